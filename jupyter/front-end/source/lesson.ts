// The two commands of the course: back to the table of contents, and a lesson back to its original.
// Their places in menus and toolbar stand in lesson.schema.json.
import { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { Dialog, showDialog, showErrorMessage } from '@jupyterlab/apputils';
import { PageConfig, PathExt, URLExt } from '@jupyterlab/coreutils';
import { DocumentRegistry } from '@jupyterlab/docregistry';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ServerConnection } from '@jupyterlab/services';
import { listIcon, undoIcon } from '@jupyterlab/ui-components';
import { inTurn } from './saving';

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

/** Keeps hands off `page` as long as `work` takes: what would be typed meanwhile would be in no version. */
async function behindDialog<T>(title: string, page: HTMLElement, work: () => Promise<T>): Promise<T> {
  const dialog = new Dialog({ title, buttons: [], hasClose: false });
  // A dialog without a button leaves the keyboard to the cell.
  page.inert = true;
  void dialog.launch();
  try {
    return await work();
  } finally {
    page.inert = false;
    dialog.reject();
  }
}

async function resetLesson(context: DocumentRegistry.Context, page: HTMLElement): Promise<void> {
  const lesson = PathExt.basename(context.path);
  const answer = await showDialog({
    title: 'Reset this lesson to its original?',
    body: 'Every cell and output becomes as it was when you got the course. Your version is kept in a file beside it.',
    buttons: [Dialog.cancelButton(), Dialog.warnButton({ label: 'Reset' })],
  });
  if (!answer.button.accept) return;
  try {
    const { copy } = await behindDialog('Bringing the original back…', page, async () => {
      // What is typed but not yet saved belongs to the learner's version.
      if (context.model.dirty) await context.save();
      // No save may come between: it would replace the original by what the page still shows.
      return inTurn(context, async () => {
        const reset = await askServerToReset(lesson);
        await context.revert();
        return reset;
      });
    });
    await showDialog({
      title: 'This is the original lesson again',
      body: copy
        ? `Your version is kept as ${copy}.`
        : 'You had changed nothing, so there was no version of yours to keep.',
      buttons: [Dialog.okButton()],
    });
  } catch (error) {
    await showErrorMessage('This lesson was not reset', error as Error);
  }
}

const plugin: JupyterFrontEndPlugin<void> = {
  id: 'attention-notebooks:lesson',
  description: 'Table of contents, and reset of a lesson to its original.',
  autoStart: true,
  optional: [INotebookTracker],
  activate: ({ commands, shell }: JupyterFrontEnd, tracker: INotebookTracker | null) => {
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
        if (lesson) await resetLesson(lesson, shell.node);
      },
    });
    tracker?.currentChanged.connect(() => commands.notifyCommandChanged('lesson:reset'));
  },
};
export default plugin;
