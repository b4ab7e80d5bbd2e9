// The two commands of the course: back to the table of contents, and a lesson back to its original.
// Their places in menus and toolbar stand in lesson.schema.json.
import { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { Dialog, showDialog, showErrorMessage } from '@jupyterlab/apputils';
import { PageConfig, PathExt, URLExt } from '@jupyterlab/coreutils';
import { DocumentRegistry } from '@jupyterlab/docregistry';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ServerConnection } from '@jupyterlab/services';
import { listIcon, undoIcon } from '@jupyterlab/ui-components';

/** What the server answers: where it put the learner's version. */
interface ResetAnswer {
  copy: string | null;
}

/** Where lessons lie and how they are called: their solutions have the same names, one folder below. */
const LESSON_FILE = /^notebooks\/\d\d-[\w-]+\.ipynb$/;

async function askServerToReset(lesson: string): Promise<ResetAnswer> {
  const settings = ServerConnection.makeSettings();
  const address = URLExt.join(settings.baseUrl, 'api/attention-notebooks/lessons', encodeURIComponent(lesson), 'reset');
  const response = await ServerConnection.makeRequest(address, { method: 'POST' }, settings);
  if (!response.ok) throw await ServerConnection.ResponseError.create(response);
  return (await response.json()) as ResetAnswer;
}

async function resetLesson(context: DocumentRegistry.Context): Promise<void> {
  const lesson = PathExt.basename(context.path);
  const answer = await showDialog({
    title: 'Reset this lesson to its original?',
    body: 'Every cell and output becomes as it was when you got the course. Your version is kept in a file beside it.',
    buttons: [Dialog.cancelButton(), Dialog.warnButton({ label: 'Reset' })],
  });
  if (!answer.button.accept) return;
  try {
    // What is typed but not yet saved belongs to the learner's version.
    if (context.model.dirty) await context.save();
    const { copy } = await askServerToReset(lesson);
    await context.revert();
    await showDialog({
      title: 'This is the original lesson again',
      body: copy
        ? `Your version is kept as ${copy}.`
        : 'You had changed nothing, so there was no version of yours to keep.',
      buttons: [Dialog.okButton()],
    });
  } catch (error) {
    await showErrorMessage(`${lesson} was not reset`, error as Error);
  }
}

const plugin: JupyterFrontEndPlugin<void> = {
  id: 'attention-notebooks:lesson',
  description: 'Table of contents, and reset of a lesson to its original.',
  autoStart: true,
  optional: [INotebookTracker],
  activate: ({ commands }: JupyterFrontEnd, tracker: INotebookTracker | null) => {
    const context = () => tracker?.currentWidget?.context;
    const isLesson = () => LESSON_FILE.test(context()?.path ?? '');
    commands.addCommand('lesson:contents', {
      label: 'Contents of the Course',
      caption: 'Save, and go to the table of contents of the course',
      icon: listIcon,
      execute: async () => {
        if (context()?.model.dirty) await context()?.save();
        window.location.assign(PageConfig.getBaseUrl());
      },
    });
    commands.addCommand('lesson:reset', {
      label: 'Reset Lesson to Its Original…',
      caption: 'Reset this lesson to its original; your version is kept beside it',
      icon: undoIcon,
      isEnabled: isLesson,
      execute: async () => {
        const lesson = context();
        if (lesson) await resetLesson(lesson);
      },
    });
    tracker?.currentChanged.connect(() => commands.notifyCommandChanged('lesson:reset'));
  },
};
export default plugin;
