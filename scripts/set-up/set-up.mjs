// Brings a clone to the point where the course runs. What is there already is left alone; when nothing is to do, this
// reads the sources and looks at the names and sizes of the rest, and returns at once.
import path from 'node:path';
import { explain, Interrupted, SetUpError } from './errors.mjs';
import { frontEndDifference, unpackFrontEnd } from './front-end.mjs';
import { compileLibrary, isLinked, libraryDifference, linkLibrary } from './library.mjs';
import { withLock } from './lock.mjs';
import {
  acceptWhatIsThere,
  nativeDifference,
  nativeRecord,
  prepareNativeLibrary,
  requireWritablePackage,
  SOURCES,
} from './native-library.mjs';
import { nativeSources } from './native-sources.mjs';
import { installPackages, NOT_INSTALLED, packagesDifference } from './packages.mjs';
import { createProgress } from './progress.mjs';

/** Asked for now, by variable, or at the last set-up: a choice once made holds until another one is made. */
function wantedSource(root, option) {
  const wanted = option ?? (process.env.TFJS_NATIVE_SOURCE || undefined) ?? nativeRecord(root)?.asked ?? 'auto';
  if (SOURCES.includes(wanted)) return wanted;
  throw new SetUpError(`TFJS_NATIVE_SOURCE is ${wanted}`, `It may be one of ${SOURCES.join(', ')}.`);
}

/** What is to be done, by part: undefined where nothing is. */
export function differences(root, wanted) {
  const packages = packagesDifference(root);
  return {
    packages,
    native: packages ?? nativeDifference(root, wanted),
    library: libraryDifference(root),
    link: packages ?? (isLinked(root) ? undefined : 'not linked'),
    frontEnd: frontEndDifference(root),
  };
}

const nothingToDo = (parts) => Object.values(parts).every((part) => part === undefined);

/** Resolves with true if something was done, false if everything was ready. Throws SetUpError or Interrupted. */
export async function setUp(root, { source } = {}) {
  const wanted = wantedSource(root, source);
  if (nothingToDo(differences(root, wanted))) return false;
  const stop = new AbortController();
  const forget = onSignals((signal) => stop.abort(new Interrupted(signal)));
  const progress = createProgress();
  const context = { progress, signal: stop.signal };
  const onWait = () => progress.line('another set-up of this folder is at work; waiting for it …');
  try {
    await withLock(path.join(root, 'build', '.set-up.lock'), { signal: stop.signal, onWait }, () =>
      bringUpToDate(root, wanted, context, stop),
    );
  } catch (error) {
    // What was under way may have failed because it was stopped.
    throw stop.signal.reason instanceof Interrupted ? stop.signal.reason : explain(error, root);
  } finally {
    forget();
  }
  return true;
}

async function bringUpToDate(root, wanted, context, stop) {
  const todo = differences(root, wanted); // again: another set-up may have done it while this one waited
  if (nothingToDo(todo)) return;
  if (todo.packages === NOT_INSTALLED) {
    context.progress.line('Setting up attention-notebooks. This takes a minute or two, once.');
  } else if (todo.packages) {
    context.progress.line(`Installing the packages again: ${todo.packages}.`);
  }
  if (!todo.packages && todo.native) {
    requireWritablePackage(root);
    if (await acceptWhatIsThere(root, wanted, context.signal)) todo.native = undefined;
  }
  // The large download needs no packages: it goes on while npm installs them.
  const native = todo.native ? prepareNativeLibrary(root, wanted, context) : undefined;
  const packages = async () => {
    if (todo.packages) await installPackages(root, { ...context, space: nativeSources().space });
    await linkLibrary(root);
  };
  const afterPackages = () =>
    allOrStop(stop, [native?.install(), todo.library && compileLibrary(root, context)].filter(Boolean));
  await allOrStop(stop, [
    packages().then(afterPackages),
    native?.prepared,
    todo.frontEnd && unpackFrontEnd(root, context),
  ]);
}

/** Waits for all; when one fails, stops the others and waits until they have cleaned up. */
async function allOrStop(stop, promises) {
  let first;
  const settle = async (promise) => {
    try {
      await promise;
    } catch (error) {
      first ??= error;
      stop.abort(error);
    }
  };
  await Promise.all(promises.map(settle));
  if (first) throw first;
}

function onSignals(listener) {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, listener);
  return () => signals.forEach((signal) => process.off(signal, listener));
}

/** Prints what went wrong with `what` and what to do, and returns the exit status. */
export function report(error, what = 'Set-up') {
  if (error instanceof Interrupted) {
    console.error(`\n${error.message} Run the command again to go on; nothing half-done is used.`);
    return { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 }[error.signal];
  }
  if (error instanceof SetUpError || error.name === 'DownloadError') {
    console.error(`\n${what} failed: ${error.message}`);
    if (error.whatToDo) console.error(`\nWhat to do: ${error.whatToDo}`);
    return 1;
  }
  console.error(error);
  return 1;
}
