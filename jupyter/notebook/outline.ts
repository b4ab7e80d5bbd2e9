/** What a lesson says about itself at its beginning: its title, what it teaches, how long it takes. */
import type { Notebook } from './format';

export interface Outline {
  title: string | null;
  goals: string[];
  time: string | null;
}

/** Headings of all text cells, in order; code blocks inside the text are passed over. */
export function headings(notebook: Notebook): { cell: number; level: number; text: string }[] {
  return notebook.cells.flatMap((cell, index) =>
    cell.cell_type !== 'markdown'
      ? []
      : withoutCodeBlocks(cell.source)
          .split('\n')
          .flatMap((line) => {
            const match = /^ {0,3}(#{1,6})[ \t]+(.*?)(?:[ \t]+#+)?[ \t]*$/.exec(line);
            return match ? [{ cell: index, level: match[1].length, text: match[2] }] : [];
          }),
  );
}

/** Markdown with its fenced code blocks emptied. */
export function withoutCodeBlocks(markdown: string): string {
  return markdown.replace(/^ {0,3}(```+|~~~+)[^\n]*\n[\s\S]*?^ {0,3}\1[ \t]*$/gm, '');
}

/** Markdown as plain text: no emphasis, code marks or links. */
function plainText(markdown: string): string {
  return markdown
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/(\*{1,3})(?=\S)(.*?\S)\1/g, '$2')
    .replace(/(?<!\w)(_{1,3})(?=\S)(.*?\S)\1(?!\w)/g, '$2')
    .replace(/`([^`]*)`/g, '$1')
    .replace(/\$([^$]*)\$/g, '$1')
    .replace(/<[^>]+>/g, '')
    .trim();
}

/** Introduces the list of what the lesson teaches. */
export const GOALS = /you will be able to|afterwards you can/i;
/** A label, at the beginning of a line or in bold: `**Time** about an hour`, `Time: an hour`. */
const TIME =
  /(?:^|\n)[ \t]*(?:[-*+][ \t]+)?(?:\*\*|__)?Time(?:\*\*|__|:)[:* \t]*([^\n]+)|\*\*Time:?\*\*:?[ \t]*([^\n]+)/i;

/** Reads the text cells before the first code cell. */
export function readOutline(notebook: Notebook): Outline {
  const firstCode = notebook.cells.findIndex((cell) => cell.cell_type === 'code');
  const opening = notebook.cells
    .slice(0, firstCode < 0 ? undefined : firstCode)
    .filter((cell) => cell.cell_type === 'markdown')
    .map((cell) => withoutCodeBlocks(cell.source))
    .join('\n\n');
  const title = headings(notebook).find(({ level }) => level === 1)?.text ?? null;
  const time = TIME.exec(opening);
  const sentence = time && (time[1] ?? time[2]).split(/\.(?=\s|$)/)[0];
  return { title: title && plainText(title), goals: readGoals(opening), time: sentence && plainText(sentence) };
}

/** The list that follows those words; without one, the sentence itself. */
function readGoals(opening: string): string[] {
  const lines = opening.split('\n');
  const start = lines.findIndex((line) => GOALS.test(line));
  if (start < 0) return [];
  const goals: string[] = [];
  for (const line of lines.slice(start + 1)) {
    const item = /^\s*(?:[-*+]|\d+[.)])\s+(.*)$/.exec(line);
    if (item) goals.push(item[1]);
    else if (goals.length === 0 ? /^\s*#/.test(line) : line.trim() === '' || /^\S/.test(line)) break;
    else if (goals.length > 0) goals[goals.length - 1] += ` ${line.trim()}`;
  }
  if (goals.length > 0) return goals.map((goal) => plainText(goal).replace(/[;,.]$/, ''));
  const isLabel = /^\s*#/.test(lines[start]) || lines[start].replace(GOALS, '').replace(/[^\p{L}]/gu, '') === '';
  return isLabel ? [] : [plainText(lines[start])];
}
