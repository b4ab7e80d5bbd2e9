import { inNotebook } from './progress';

/** A request by the user to end a training: Ctrl-C in a terminal, "Interrupt" in a notebook. */
export interface Interrupt {
  /** Whether the request came. */
  readonly requested: boolean;
  /** Stops listening and leaves everything as it was. */
  release(): void;
}

/**
 * Listens for SIGINT. The first one is only noted, so that a loop can end in good order; in a terminal the second one
 * ends the process as usual.
 *
 * In a tslab kernel the kernel's own listener is put aside meanwhile: it would fail the cell at once, and the variable
 * that the cell assigns would be lost. A second interrupt reaches it again, for a step that never ends. Listening starts
 * in a later turn of the event loop, because tslab runs the first part of a cell in a mode that takes all listeners away
 * and puts back only those that it found. A browser has no such signal: there it is never requested.
 */
export async function listenForInterrupt(): Promise<Interrupt> {
  await nextTurn();
  if (typeof process === 'undefined') return { requested: false, release: () => {} };
  const setAside = inNotebook() ? process.listeners('SIGINT') : [];
  let requested = false;
  let released = false;
  const listener = () => {
    requested = true;
    release();
  };
  const release = () => {
    if (released) return;
    released = true;
    // First back, then away: with no listener at all for a moment, a signal would end the process.
    for (const other of setAside) process.on('SIGINT', other);
    process.removeListener('SIGINT', listener);
  };
  process.on('SIGINT', listener);
  for (const other of setAside) process.removeListener('SIGINT', other);
  return {
    get requested() {
      return requested;
    },
    release,
  };
}

/** Lets the event loop run: signals, messages and timers get their turn. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    if (typeof setImmediate === 'function') setImmediate(resolve);
    else setTimeout(resolve);
  });
}
