/** A course of its own for the browser's tests: the real server on a temporary folder, so that no lesson is touched. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { markPublished } from '../../jupyter/notebook/fingerprint';
import { parseNotebook, formatNotebook, type Notebook } from '../../jupyter/notebook/format';
import { startServer, type RunningServer } from '../../jupyter/server/server';

export const repository = path.resolve(__dirname, '../..');
const FIXTURE = path.join(__dirname, 'fixtures', '00-fixture.ipynb');

export class Course {
  private constructor(
    readonly root: string,
    readonly server: RunningServer,
  ) {}

  static async start(): Promise<Course> {
    const frontEnd = path.join(repository, 'build', 'front-end');
    if (!fs.existsSync(path.join(frontEnd, 'app.js')))
      throw new Error(`${frontEnd} has no app.js: run npm run setup first`);
    const root = fs.mkdtempSync(path.join(os.tmpdir(), 'attention-notebooks-course-'));
    fs.mkdirSync(path.join(root, 'notebooks'));
    // Lessons find tslab and the library where they would in the repository.
    for (const name of ['node_modules', 'build'])
      fs.symlinkSync(path.join(repository, name), path.join(root, name), 'dir');
    return new Course(root, await startServer({ root, frontEnd, spareKernel: true }));
  }

  async close(): Promise<void> {
    await this.server.close();
    fs.rmSync(this.root, { recursive: true });
  }

  file(name: string): string {
    return path.join(this.root, 'notebooks', name);
  }

  read(name: string): Notebook {
    return parseNotebook(fs.readFileSync(this.file(name), 'utf8'));
  }

  /** Puts a notebook into the course as a published lesson: a copy of `source`, by default of the fixture. */
  async addLesson(name: string, source = FIXTURE): Promise<string> {
    const notebook = markPublished(parseNotebook(fs.readFileSync(source, 'utf8')));
    fs.writeFileSync(this.file(name), formatNotebook(notebook));
    await this.server.lessons.list();
    return name;
  }
}
