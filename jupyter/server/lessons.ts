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
  /** Why the file cannot be read, when it cannot. */
  problem: string | null;
  /** Path of the solution notebook, when there is one. */
  solution: string | null;
}

/** What a reset did. */
export interface ResetResult {
  name: string;
  path: string;
  /** Where the learner's version lies now; `null` when there was no difference to keep. */
  copy: string | null;
}

export class Lessons {
  /**
   * @param folder - the folder of the notebooks
   * @param originals - the folder in which originals are kept
   * @param apiFolder - the notebooks' folder in paths of the contents API
   */
  constructor(
    private readonly folder: string,
    private readonly originals: string,
    private readonly apiFolder: string,
    private readonly today: () => Date = () => new Date(),
  ) {}

  async list(): Promise<Lesson[]> {
    const names = (await fs.readdir(this.folder)).filter((name) => COURSE_NOTEBOOK.test(name)).sort();
    return Promise.all(names.map((name) => this.describe(name)));
  }

  private async describe(file: string): Promise<Lesson> {
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
      problem: null,
      solution: solution?.isFile() ? `${this.apiFolder}/solutions/${file}` : null,
    };
    const data = await fs.readFile(path.join(this.folder, file));
    let notebook: Notebook;
    try {
      notebook = parseNotebook(data.toString());
    } catch (error) {
      if (!(error instanceof NotebookFormatError)) throw error;
      return { ...lesson, changed: true, problem: error.message };
    }
    const { title, goals, time } = readOutline(notebook);
    const changed = !isAsPublished(notebook);
    if (!changed) await this.keepOriginal(file, data, notebook);
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
      if (isAsPublished(notebook)) await this.keepOriginal(file, data, notebook);
    } catch (error) {
      // A file that is no notebook is nobody's original.
      if (!(error instanceof NotebookFormatError)) throw error;
    }
  }

  private async keepOriginal(file: string, data: Buffer, notebook: Notebook): Promise<void> {
    const kept = await this.original(file);
    // The first one met has the published outputs; what running the cells added later is the learner's.
    if (kept && fingerprint(kept.notebook) === fingerprint(notebook)) return;
    await fs.mkdir(this.originals, { recursive: true });
    await writeAtomically(path.join(this.originals, file), data);
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
   * Writes the original of the lesson `name` back and keeps the learner's version beside it.
   * @throws {HttpError} 404 when there is no such lesson, 409 when its original was never seen.
   */
  async reset(name: string): Promise<ResetResult> {
    const file = name.endsWith('.ipynb') ? name : `${name}.ipynb`;
    if (!COURSE_NOTEBOOK.test(file) || !(await fs.readdir(this.folder)).includes(file))
      throw new HttpError(404, `there is no lesson ${name}`);
    const lesson = await this.describe(file);
    const original = await this.original(file);
    if (!original) {
      throw new HttpError(
        409,
        `The original of ${lesson.path} is not known: it was changed before this app met it. ` +
          `Get it from where you got the course (with git: git checkout -- ${lesson.path}).`,
      );
    }
    const absolute = path.join(this.folder, file);
    const current = await fs.readFile(absolute);
    if (current.equals(original.data)) return { name: lesson.name, path: lesson.path, copy: null };
    const copy = await this.keepCopy(lesson.name, current);
    await writeAtomically(absolute, original.data);
    return { name: lesson.name, path: lesson.path, copy: `${this.apiFolder}/${copy}` };
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
