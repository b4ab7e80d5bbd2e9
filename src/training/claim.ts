import type * as nodeFs from 'node:fs';
import type * as nodeOs from 'node:os';
import type * as nodePath from 'node:path';
import { lazyNodeModule } from '../node-module';
import { isRunning } from '../running-process';
import { CheckpointError } from './checkpoint';

// Training runs in a browser too, without checkpoints.
const fs = lazyNodeModule<typeof nodeFs>('node:fs');
const os = lazyNodeModule<typeof nodeOs>('node:os');
const path = lazyNodeModule<typeof nodePath>('node:path');

/** The file in a folder of checkpoints that names the training at work there. */
const CLAIM = '.training';

/** Who works in a folder. */
interface Holder {
  pid: number;
  host: string;
  /** When the process began, where the system tells: numbers of processes come again, in containers soon. */
  began?: string | undefined;
}

/** A folder that one training has for itself. */
export interface Claim {
  /** To be called when the training ends, however it ends. */
  release(): void;
}

/**
 * Takes a folder for one training: two of them would write over each other's checkpoints. What a killed process has left
 * is no obstacle.
 *
 * @throws {CheckpointError} when another training is at work there, or the folder cannot be written.
 */
export function claimFolder(folder: string): Claim {
  const file = path.join(folder, CLAIM);
  const own = JSON.stringify(holder(process.pid));
  try {
    fs.mkdirSync(folder, { recursive: true });
    requireFree(folder, file);
    fs.writeFileSync(file, own);
  } catch (cause) {
    if (cause instanceof CheckpointError) throw cause;
    throw new CheckpointError(`the folder ${folder} cannot be written: ${(cause as Error).message}`, { cause });
  }
  return { release: () => void (read(file) === own && fs.rmSync(file, { force: true })) };
}

function requireFree(folder: string, file: string): void {
  const { pid, host, began } = parse(read(file));
  if (pid === undefined || host !== os.hostname() || !isRunning(pid) || began !== holder(pid).began) return;
  throw new CheckpointError(
    `another training (process ${pid}) writes its checkpoints into ${folder}: give each a folder of its own, ` +
      'or wait until it has ended',
  );
}

function holder(pid: number): Holder {
  return { pid, host: os.hostname(), began: beginningOf(pid) };
}

/** Linux tells it; elsewhere the number alone must do. */
function beginningOf(pid: number): string | undefined {
  // Behind the name, which may hold blanks and brackets, it is the 20th field.
  return read(`/proc/${pid}/stat`)?.replace(/^.*\)/s, '').trim().split(' ')[19];
}

function parse(text: string | undefined): Partial<Holder> {
  try {
    return (JSON.parse(text ?? '{}') ?? {}) as Partial<Holder>;
  } catch {
    return {}; // cut short when its writer was killed
  }
}

function read(file: string): string | undefined {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return undefined; // not there
  }
}
