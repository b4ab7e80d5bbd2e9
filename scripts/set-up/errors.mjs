// Errors that a learner can act on: what went wrong, and what to do about it.

/** A failure with a cause that set-up understands. Anything else that is thrown is a bug, and is shown with its stack. */
export class SetUpError extends Error {
  constructor(message, whatToDo) {
    super(message);
    this.name = 'SetUpError';
    this.whatToDo = whatToDo;
  }
}

/** Set-up was stopped by a signal. */
export class Interrupted extends Error {
  constructor(signal) {
    super(`Set-up was stopped (${signal}).`);
    this.name = 'Interrupted';
    this.signal = signal;
  }
}

const MORE_SPACE =
  'Free some space, or point TFJS_NATIVE_CACHE (native TensorFlow) or npm_config_cache (packages) at a folder on a larger disk.';
const NOT_WRITABLE =
  'The project folder, npm’s cache and the cache folder (TFJS_NATIVE_CACHE) must be writable by you. Do not use sudo: correct the owner, or move the project.';

/** Turns the system's errors into ones that say what to do; leaves the others as they are. */
export function explain(error, where) {
  const place = error.path ?? where;
  if (error.code === 'ENOSPC' || error.code === 'EDQUOT') {
    return new SetUpError(`the disk filled up while writing ${place}`, MORE_SPACE);
  }
  if (['EACCES', 'EPERM', 'EROFS'].includes(error.code)) {
    return new SetUpError(`cannot write ${place} (${error.code})`, NOT_WRITABLE);
  }
  return error;
}

export { MORE_SPACE, NOT_WRITABLE };
