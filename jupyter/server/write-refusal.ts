/** Why the operating system lets nothing be written, in words for the learner. */
import { HttpError } from './http-error';

const FULL = 'the disk is full';
const IN_THE_WAY = 'a file is in the way';

const REASONS: Partial<Record<string, string>> = {
  EACCES: 'no permission',
  EPERM: 'no permission',
  EROFS: 'read-only',
  // A file where a folder should be.
  ENOTDIR: IN_THE_WAY,
  EEXIST: IN_THE_WAY,
  ENOSPC: FULL,
  EDQUOT: FULL,
};

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? '';

/** Why nothing can be written there, now or later; `null` when `error` says something else. */
export function refusalReason(error: unknown): string | null {
  return REASONS[codeOf(error)] ?? null;
}

/** Whether it may soon be otherwise: a full disk, unlike a folder that is not ours. */
export function isFullDisk(error: unknown): boolean {
  return refusalReason(error) === FULL;
}

/**
 * Turns the operating system's refusals into answers that say what to do.
 * @param done - what could not be done to `relative`
 * @throws always, other errors as they are
 */
export function explainRefusal(error: unknown, relative: string, done = 'saved'): never {
  const code = codeOf(error);
  const reason = refusalReason(error);
  if (reason === FULL) {
    throw new HttpError(
      507,
      `The disk is full: ${relative} was not ${done}, the file on the disk is as it was. Free some space, then try again.`,
    );
  }
  if (reason === IN_THE_WAY)
    throw new HttpError(409, `${relative} was not ${done}: ${reason} where there should be a folder (${code})`);
  if (reason !== null)
    throw new HttpError(
      403,
      `${relative} was not ${done}: the system does not allow this program to write there (${code})`,
    );
  if (code === 'ENAMETOOLONG') throw new HttpError(400, `the name is too long: ${relative}`);
  if (code === 'ENOENT') throw new HttpError(404, 'not found');
  if (code === 'EBUSY') throw new HttpError(409, `${relative} was not ${done}: another program uses it (${code})`);
  if (code === 'EXDEV')
    throw new HttpError(400, `${relative} was not ${done}: it would lie on another disk. Make a copy there instead.`);
  if (code === 'EMFILE' || code === 'ENFILE')
    throw new HttpError(503, `${relative} was not ${done}: too many files are open (${code}). Try again in a moment.`);
  throw error;
}
