/** Why the operating system lets something not be read, in words for the learner. */
import { HttpError } from './http-error';

/** Turns the operating system's refusals into answers that say what to do. @throws always, other errors as they are */
export function explainUnreadable(error: unknown, relative: string): never {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'ENOTDIR') throw new HttpError(404, 'not found');
  if (code === 'EISDIR') throw new HttpError(400, `${relative} is a folder`);
  if (code === 'EACCES' || code === 'EPERM')
    throw new HttpError(403, `${relative} cannot be read: the system does not allow it to this program (${code})`);
  if (code === 'EMFILE' || code === 'ENFILE')
    throw new HttpError(503, `${relative} cannot be read: too many files are open (${code}). Try again in a moment.`);
  throw error;
}
