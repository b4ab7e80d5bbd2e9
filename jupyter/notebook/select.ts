/** Which notebooks a command line means. */
import fs from 'node:fs';
import path from 'node:path';
import { UsageError } from '../../scripts/command-line/usage-error';

/** A notebook of the course: a lesson or a solution, but no copy that a learner's reset has left. */
export const COURSE_NOTEBOOK = /^\d\d-[\w-]+\.ipynb$/;

function notebooksIn(folder: string): string[] {
  if (!fs.existsSync(folder)) return [];
  return fs
    .readdirSync(folder)
    .filter((name) => COURSE_NOTEBOOK.test(name))
    .sort()
    .map((name) => path.join(folder, name));
}

/** Lessons, then solutions, in the order of the course. */
export function courseNotebooks(root: string): { lessons: string[]; solutions: string[] } {
  return {
    lessons: notebooksIn(path.join(root, 'notebooks')),
    solutions: notebooksIn(path.join(root, 'notebooks', 'solutions')),
  };
}

/**
 * The notebooks that `words` name: `04` (the lesson and its solution), `lessons`, `solutions`, `solutions/04`, or the
 * path of any notebook. No word: all.
 * @throws {UsageError} when a word names none.
 */
export function selectNotebooks(root: string, words: readonly string[]): string[] {
  const { lessons, solutions } = courseNotebooks(root);
  const all = [...lessons, ...solutions];
  if (words.length === 0) return all;
  const chosen = words.flatMap((word) => {
    if (word === 'lessons') return lessons;
    if (word === 'solutions') return solutions;
    if (word.endsWith('.ipynb')) {
      if (!fs.existsSync(word)) throw new UsageError(`there is no notebook ${word}`);
      return [path.resolve(word)];
    }
    const inSolutions = /^solutions\/(.*)$/.exec(word)?.[1];
    const number = (inSolutions ?? word).padStart(2, '0');
    const found = (inSolutions === undefined ? all : solutions).filter((file) =>
      path.basename(file).startsWith(`${number}-`),
    );
    if (found.length === 0) {
      const numbers = [...new Set(all.map((file) => path.basename(file).slice(0, 2)))].sort().join(', ') || 'none';
      throw new UsageError(
        `${word} names no notebook; there are ${numbers}. Give a number, a path, lessons or solutions.`,
      );
    }
    return found;
  });
  return [...new Set(chosen)];
}
