// Renaming, on Windows too, where other programs may stand in the way for a moment. The course's server has the same in
// jupyter/notebook/rename.ts, which set-up cannot use: it is not compiled yet.
import fsp from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/** What Windows answers while a virus scanner or an indexer looks into one of the two files. */
const HELD = ['EPERM', 'EACCES', 'EBUSY'];
/** In milliseconds, about two seconds together: scanners let go within a fraction of that. */
const PAUSES = [15, 30, 60, 120, 240, 480, 960];

/**
 * Renames `from` to `to`. Windows refuses to rename what another program has open, and virus scanners and indexers open
 * whatever has just been written: there, and for these refusals alone, the rename is tried again for about two seconds.
 * Throws the last refusal as it is. The tests have a system of their own.
 */
export async function renameFile(from, to, { platform = process.platform, rename = fsp.rename, pause = sleep } = {}) {
  for (const milliseconds of platform === 'win32' ? PAUSES : []) {
    try {
      return await rename(from, to);
    } catch (error) {
      if (!HELD.includes(error.code)) throw error;
    }
    await pause(milliseconds);
  }
  return rename(from, to);
}
