/** Text files that the command line names. */
import fs from 'node:fs';
import { unreadablePlace } from '../src/text/unreadable';
import { UsageError } from './command-line/usage-error';

/** A file's text. @throws {UsageError} when there is no such file. */
export function readTextFile(option: string, file: string): string {
  if (!fs.existsSync(file) || !fs.statSync(file).isFile()) {
    throw new UsageError(`--${option} ${file}: there is no such file`);
  }
  return fs.readFileSync(file, 'utf8');
}

/** The words of a file, separated by blanks or line ends. @throws {UsageError} when it is no text in UTF-8. */
export function readWords(option: string, file: string): string[] {
  const text = readTextFile(option, file).replace(/^\uFEFF/, '');
  const unreadable = unreadablePlace(text);
  if (unreadable) {
    throw new UsageError(
      `--${option} ${file}, line ${unreadable.line}: expected text in UTF-8, got ${unreadable.what}`,
    );
  }
  return text.split(/\s+/).filter((word) => word !== '');
}
