/** What the user can mend, by name, since TensorFlow, which comes with some of them, is loaded only when work begins. */
const MENDABLE = [
  ...['UsageError', 'CheckpointError', 'LossError', 'LexiconError', 'WordVectorsError', 'NotebookFormatError'],
];

/** Does a command's work; what the user can mend is told in one line, exit status 2. */
export async function tellInOneLine(command: string, work: () => void | Promise<void>): Promise<void> {
  outliveTheScreen(command);
  try {
    await work();
  } catch (error) {
    if (!(error instanceof Error && (MENDABLE.includes(error.name) || isOfTheSystem(error)))) throw error;
    console.error(`${command}: ${error.message}`);
    process.exitCode = 2;
  }
}

/** Of a full disk, a file that may not be read, and the like: the message names the operation and the file. */
function isOfTheSystem(error: NodeJS.ErrnoException): boolean {
  return typeof error.syscall === 'string' && typeof error.code === 'string';
}

/** A process listens once, however many commands its tests run. */
let listening = false;

/**
 * The screen may be a file on a full disk, or a program that has read enough, as `head` does: the work goes on, since what
 * it saves is written elsewhere.
 */
function outliveTheScreen(command: string): void {
  if (listening) return;
  listening = true;
  let told = false;
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (told || error.code === 'EPIPE') return;
    told = true;
    console.error(`${command}: the output could not be written: ${error.message}`);
    process.exitCode = 2;
  });
}
