/**
 * The lessons of the course, and the way back to a lesson's original.
 *
 * The original of a lesson is kept in `.learner/originals/` whenever the server meets the lesson as published (when it
 * starts, lists the lessons, or is about to save over one), so it follows updates of the course by itself. A reset
 * writes the original back and keeps what was there as `04-….my-copy-DATE.ipynb` beside it.
 */
import fs from 'node:fs/promises';
import path from 'node:path';
import { writeAtomically } from '../notebook/atomic-write';
import { isAsPublished, fingerprint } from '../notebook/fingerprint';
import { type Notebook, NotebookFormatError, parseNotebook } from '../notebook/format';
import { readOutline } from '../notebook/outline';
import { COURSE_NOTEBOOK } from '../notebook/select';
import { HttpError } from './http-error';
import { explainUnreadable } from './read-refusal';
import { explainRefusal, isFullDisk, refusalReason } from './write-refusal';

export interface Lesson {
  /** The file's name without its ending: `04-attention-pooling`. */
  name: string;
  /** Path in the contents API. */
  path: string;
  number: string;
  title: string;
  /** What the learner will be able to do. */
  goals: string[];
  time: string | null;
  /** Whether text or code differ from the published lesson. */
  changed: boolean;
  /** Whether its file is gone, deleted or renamed: a reset brings it back. */
  missing: boolean;
  /** Why the file cannot be read, when it cannot. */
  problem: string | null;
  /** Path of the solution notebook, when there is one. */
  solution: string | null;
}

/** What a reset did. */
export interface ResetResult {
  name: string;
  path: string;
  /** Where the learner's version lies now; `null` when there was none, or no difference to keep. */
  copy: string | null;
}

export interface LessonsOptions {
  today?: () => Date;
  /** Told once, on one line, what cannot be written. */
  log?: (line: string) => void;
}

/** The notebooks of the course in `folder`. */
async function courseNotebooksIn(folder: string): Promise<string[]> {
  return (await fs.readdir(folder)).filter((name) => COURSE_NOTEBOOK.test(name));
}

/** @throws {HttpError} when there is something that cannot be read as a file. */
async function readIfThere(file: string): Promise<Buffer | null> {
  try {
    if (!(await fs.stat(file)).isFile()) throw new HttpError(400, `${path.basename(file)} is not a file`);
    return await fs.readFile(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    explainUnreadable(error, path.basename(file));
  }
}

export class Lessons {
  private readonly today: () => Date;
  private readonly log: (line: string) => void;
  /** Which originals could not be kept, and why. */
  private readonly notKept = new Map<string, string>();
  private told = false;

  /**
   * @param folder - the folder of the notebooks
   * @param originals - the folder in which originals are kept
   * @param apiFolder - the notebooks' folder in paths of the contents API
   */
  constructor(
    private readonly folder: string,
    private readonly originals: string,
    private readonly apiFolder: string,
    { today = () => new Date(), log = () => {} }: LessonsOptions = {},
  ) {
    this.today = today;
    this.log = log;
  }

  async list(): Promise<Lesson[]> {
    const there = await courseNotebooksIn(this.folder);
    // Without the folder there are none.
    const kept = await courseNotebooksIn(this.originals).catch(() => []);
    const files = [...new Set([...there, ...kept])].sort();
    const lessons = await Promise.all(files.map((file) => this.describe(file)));
    await this.tellWhatCannotBeWritten();
    // What an update of the course has dropped, and copies that the learner had made, are not missed.
    return lessons.filter((lesson) => lesson !== null).filter(({ missing, solution }) => !missing || solution !== null);
  }

  /** `null` when there is neither the file nor its original. */
  private async describe(file: string): Promise<Lesson | null> {
    let problem: string | null = null;
    const own = await readIfThere(path.join(this.folder, file)).catch((error: unknown) => {
      if (!(error instanceof HttpError)) throw error;
      problem = error.message;
      return null;
    });
    const data = own ?? (await this.original(file))?.data;
    if (!data && problem === null) return null;
    const name = path.basename(file, '.ipynb');
    const solution = await fs.stat(path.join(this.folder, 'solutions', file)).catch(() => null);
    const lesson: Lesson = {
      name,
      path: `${this.apiFolder}/${file}`,
      number: name.slice(0, 2),
      title: name.slice(3).replace(/-/g, ' '),
      goals: [],
      time: null,
      changed: false,
      missing: own === null && problem === null,
      problem,
      solution: solution?.isFile() ? `${this.apiFolder}/solutions/${file}` : null,
    };
    if (!data || problem !== null) return { ...lesson, changed: true };
    let notebook: Notebook;
    try {
      notebook = parseNotebook(data.toString());
    } catch (error) {
      if (!(error instanceof NotebookFormatError)) throw error;
      return { ...lesson, changed: true, problem: error.message };
    }
    const { title, goals, time } = readOutline(notebook);
    const changed = !isAsPublished(notebook);
    if (own && !changed)
      await this.keepOriginal(file, own, notebook).catch((error: unknown) => this.goWithoutOriginal(file, error));
    return { ...lesson, title: title ?? lesson.title, goals, time, changed };
  }

  /** To be called before a lesson's file is replaced: keeps it when it is the original. */
  async beforeWriting(absolute: string): Promise<void> {
    const file = path.basename(absolute);
    if (path.dirname(absolute) !== this.folder || !COURSE_NOTEBOOK.test(file)) return;
    const data = await fs.readFile(absolute).catch(() => null);
    if (!data) return;
    try {
      const notebook = parseNotebook(data.toString());
      // A full disk is soon mended, and until then the original stays where it is: the save is refused.
      if (isAsPublished(notebook))
        await this.keepOriginal(file, data, notebook).catch((error: unknown) => {
          if (isFullDisk(error)) throw error;
          this.goWithoutOriginal(file, error);
        });
    } catch (error) {
      // A file that is no notebook is nobody's original.
      if (!(error instanceof NotebookFormatError)) throw error;
    }
    await this.tellWhatCannotBeWritten();
  }

  private async keepOriginal(file: string, data: Buffer, notebook: Notebook): Promise<void> {
    const kept = await this.original(file);
    // The first one met has the published outputs; what running the cells added later is the learner's.
    if (kept && fingerprint(kept.notebook) === fingerprint(notebook)) return;
    await fs.mkdir(this.originals, { recursive: true });
    await writeAtomically(path.join(this.originals, file), data);
    this.notKept.delete(file);
  }

  /** A course in a folder that cannot be written can still be read and run. @throws `error` when it says something else */
  private goWithoutOriginal(file: string, error: unknown): void {
    const reason = refusalReason(error);
    if (reason === null) throw error;
    this.notKept.set(file, reason);
  }

  /** Says so once: nobody wants to read it again with each page. */
  private async tellWhatCannotBeWritten(): Promise<void> {
    if (this.told) return;
    const forEdits = await fs.access(this.folder, fs.constants.W_OK).then(() => null, refusalReason);
    const [forOriginals = null] = this.notKept.values();
    const limits = [
      ...(forEdits ? [`edits cannot be saved (${this.folder} cannot be written: ${forEdits})`] : []),
      ...(forOriginals
        ? [`Reset lesson has no original to bring back (${this.originals} cannot be written: ${forOriginals})`]
        : []),
    ];
    if (limits.length === 0 || this.told) return;
    this.told = true;
    this.log(
      `You can read and run the lessons, but ${limits.join(', and ')}. ` +
        'Mend that, or copy the course to a folder of yours, and start it again.',
    );
  }

  private async original(file: string): Promise<{ data: Buffer; notebook: Notebook } | null> {
    const data = await fs.readFile(path.join(this.originals, file)).catch(() => null);
    if (!data) return null;
    try {
      const notebook = parseNotebook(data.toString());
      return isAsPublished(notebook) ? { data, notebook } : null;
    } catch (error) {
      if (error instanceof NotebookFormatError) return null;
      throw error;
    }
  }

  /**
   * Writes the original of the lesson `name` back and keeps the learner's version, if there is one, beside it.
   * @throws {HttpError} 404 when there is no such lesson, 409 when its original is not known; 403, 409 or 507 when it
   *   cannot be written.
   */
  async reset(name: string): Promise<ResetResult> {
    const file = name.endsWith('.ipynb') ? name : `${name}.ipynb`;
    const lesson = COURSE_NOTEBOOK.test(file) ? await this.describe(file) : null;
    if (!lesson) throw new HttpError(404, `there is no lesson ${name}`);
    const original = await this.original(file);
    if (!original) {
      const reason = this.notKept.get(file);
      const why = reason
        ? `it could not be kept in ${this.originals} (${reason})`
        : 'it was changed before this app met it';
      throw new HttpError(
        409,
        `The original of ${lesson.path} is not known: ${why}. ` +
          `Get it from where you got the course (with git: git checkout -- ${lesson.path}).`,
      );
    }
    const absolute = path.join(this.folder, file);
    const current = await readIfThere(absolute);
    const result = { name: lesson.name, path: lesson.path, copy: null };
    if (current?.equals(original.data)) return result;
    try {
      const copy = current && (await this.keepCopy(lesson.name, current));
      await writeAtomically(absolute, original.data);
      return { ...result, copy: copy && `${this.apiFolder}/${copy}` };
    } catch (error) {
      explainRefusal(error, lesson.path);
    }
  }

  private async keepCopy(name: string, data: Buffer): Promise<string> {
    const today = this.today();
    const date = [today.getFullYear(), today.getMonth() + 1, today.getDate()]
      .map((part) => String(part).padStart(2, '0'))
      .join('-');
    const taken = new Set(await fs.readdir(this.folder));
    let copy = `${name}.my-copy-${date}.ipynb`;
    for (let number = 2; taken.has(copy); number++) copy = `${name}.my-copy-${date}-${number}.ipynb`;
    await writeAtomically(path.join(this.folder, copy), data);
    return copy;
  }
}
