/** Saving so that a file is at any moment either the old one or the new one, whole. */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs/promises';
import path from 'node:path';
import { renameFile } from './rename';

const pending = new Map<string, Promise<void>>();

/** Writes that are under way for one file wait for each other, so that the last request wins. */
function inTurn(file: string, write: () => Promise<void>): Promise<void> {
  const turn = (pending.get(file) ?? Promise.resolve()).catch(() => {}).then(write);
  pending.set(file, turn);
  const forget = (): void => {
    if (pending.get(file) === turn) pending.delete(file);
  };
  turn.then(forget, forget);
  return turn;
}

/**
 * Replaces `file` by one that holds `data`: a temporary file in the same folder is written, flushed to the disk and
 * renamed. When anything fails (a full disk, say) the old file stays as it was and nothing is left behind.
 */
export function writeAtomically(file: string, data: string | Buffer): Promise<void> {
  return inTurn(file, async () => {
    const temporary = path.join(path.dirname(file), `.${path.basename(file)}.${randomBytes(6).toString('hex')}.tmp`);
    const old = await fs.stat(file).catch(() => null);
    try {
      const handle = await fs.open(temporary, 'wx', old ? old.mode & 0o777 : 0o666);
      try {
        await handle.writeFile(data);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await renameFile(temporary, file);
    } catch (error) {
      await fs.rm(temporary, { force: true });
      throw error;
    }
    // The new file is in its place; some file systems (shared folders, network drives) cannot flush a folder.
    await flushFolder(path.dirname(file)).catch(() => {});
  });
}

/** Makes a rename survive a power cut. Windows has no such operation. */
async function flushFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await fs.open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
