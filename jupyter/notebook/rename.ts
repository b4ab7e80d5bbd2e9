/** Renaming, on Windows too, where other programs may stand in the way for a moment. */
import fs from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/** What Windows answers while a virus scanner or an indexer looks into one of the two files. */
const HELD = ['EPERM', 'EACCES', 'EBUSY'];
/** In milliseconds, about two seconds together: scanners let go within a fraction of that. */
const PAUSES = [15, 30, 60, 120, 240, 480, 960];

/** The system that renames; the tests have one of their own. */
export interface RenamingSystem {
  platform?: NodeJS.Platform;
  rename?: (from: string, to: string) => Promise<void>;
  pause?: (milliseconds: number) => Promise<unknown>;
}

/**
 * Renames `from` to `to`.
 *
 * Windows refuses to rename a file that another program has open, and virus scanners and indexers open whatever has
 * just been written. There, and for these refusals alone, the rename is tried again for about two seconds.
 * @throws the last refusal as it is.
 */
export async function renameFile(
  from: string,
  to: string,
  { platform = process.platform, rename = fs.rename, pause = sleep }: RenamingSystem = {},
): Promise<void> {
  for (const milliseconds of platform === 'win32' ? PAUSES : []) {
    try {
      return await rename(from, to);
    } catch (error) {
      if (!HELD.includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    }
    await pause(milliseconds);
  }
  return rename(from, to);
}
