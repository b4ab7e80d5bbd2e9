/** A place in a text that no editor would show as letters. */
export interface UnreadablePlace {
  /** Its line, from 1. */
  line: number;
  /** What stands there, to follow "expected text in UTF-8, got". */
  what: string;
}

/** Characters that are neither letters nor blanks, and U+FFFD, which stands where bytes were no UTF-8. */
const UNREADABLE = /[\0-\x08\x0B\x0C\x0E-\x1F\x7F-\x9F\u2028\u2029\uFFFD]/;
const LINE_END = /\r\n|\n|\r/;

/** The lines of a text, however they end: in a line feed, a carriage return, or both. */
export function linesOf(text: string): string[] {
  return text.split(LINE_END);
}

/**
 * The first place of a text that shows it to be of another encoding than UTF-8, or no text at all: letters read from
 * there would be nonsense.
 */
export function unreadablePlace(text: string): UnreadablePlace | undefined {
  const at = text.search(UNREADABLE);
  if (at < 0) return undefined;
  const lines = linesOf(text.slice(0, at));
  return { line: lines.length, what: nameOf(text.slice(at - lines.at(-1)!.length, at + 200)) };
}

/** @param rest the text from the beginning of the line on: its first bad character alone does not tell UTF-16. */
function nameOf(rest: string): string {
  const [line = ''] = linesOf(rest);
  if (line.includes('\0')) return 'NUL characters, as of UTF-16 or of a file that is no text: save it as UTF-8';
  const character = UNREADABLE.exec(line)?.[0] ?? '';
  if (character === '\uFFFD') return 'another encoding';
  const code = character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
  return `the control character U+${code}`;
}
