// Nothing that is typed is lost to a save. Jupyter alone takes a document for saved once the answer comes, whatever was
// changed since the content left, and lets saves and renames of one document overtake each other.
import { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { IDocumentManager, IDocumentWidgetOpener } from '@jupyterlab/docmanager';
import { DocumentRegistry } from '@jupyterlab/docregistry';

type Document = DocumentRegistry.Context;

const lastTurns = new WeakMap<Document, Promise<unknown>>();

/** Does `work` on the document once everything asked of it before is done. */
export function inTurn<T>(document: Document, work: () => Promise<T>): Promise<T> {
  const turn = (lastTurns.get(document) ?? Promise.resolve()).then(work);
  lastTurns.set(
    document,
    turn.catch(() => {}),
  );
  return turn;
}

function saveInTurn(document: Document): void {
  const { model } = document;
  const save = document.save.bind(document);
  const rename = document.rename.bind(document);
  const revert = document.revert.bind(document);
  /** How often the content has changed, and up to which change the disk has it. */
  let changes = 0;
  let saved = 0;
  model.contentChanged.connect(() => changes++);

  /** One that waits for its turn will send what is there then: it serves everybody who asks until it starts. */
  let waiting: Promise<void> | null = null;
  document.save = () =>
    (waiting ??= inTurn(document, async () => {
      waiting = null;
      const sent = changes;
      await save();
      saved = Math.max(saved, sent);
      if (changes > saved) model.dirty = true;
    }));
  document.rename = (name) => inTurn(document, () => rename(name));
  // In nobody's turn: a save that finds another version on the disk reverts to it when the learner says so.
  document.revert = async () => {
    await revert();
    saved = changes;
  };
}

const plugin: JupyterFrontEndPlugin<void> = {
  id: 'attention-notebooks:saving',
  description: 'Saves documents one step after the other, and nothing counts as saved that was not sent.',
  autoStart: true,
  requires: [IDocumentManager, IDocumentWidgetOpener],
  activate: ({ commands, shell }: JupyterFrontEnd, manager: IDocumentManager, opener: IDocumentWidgetOpener) => {
    const known = new WeakSet<Document>();
    opener.opened.connect((_sender, widget) => {
      const document = manager.contextForWidget(widget);
      if (!document || known.has(document)) return;
      known.add(document);
      saveInTurn(document);
    });
    commands.commandExecuted.connect((_sender, { id }) => {
      if (id !== 'docmanager:save' || !shell.currentWidget) return;
      const document = manager.contextForWidget(shell.currentWidget);
      // While one save is at work Jupyter ignores the command: what was typed since would wait for the next autosave.
      // A failure has its dialog already.
      if (document?.contentsModel?.writable && document.model.dirty) document.save().catch(() => {});
    });
  },
};
export default plugin;
