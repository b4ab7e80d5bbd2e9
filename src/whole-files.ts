import fs from 'node:fs';
import path from 'node:path';

/**
 * Writes files into a folder, made if need be, so that a full disk leaves what was there before: all of them under other
 * names first, then each gets its own name, in order.
 *
 * @param files contents by name; the last one is the one by which readers know that the others are there.
 * @throws {Error} of the system, when they cannot be written; nothing half-written is left.
 */
export function writeWholeFiles(folder: string, files: Readonly<Record<string, Uint8Array | string>>): void {
  const made = fs.mkdirSync(folder, { recursive: true });
  const unfinished = (name: string) => path.join(folder, `${name}.${process.pid}.unfinished`);
  try {
    for (const [name, content] of Object.entries(files)) fs.writeFileSync(unfinished(name), content, { flush: true });
    for (const name of Object.keys(files)) fs.renameSync(unfinished(name), path.join(folder, name));
  } catch (error) {
    for (const name of Object.keys(files)) fs.rmSync(unfinished(name), { force: true });
    if (made !== undefined) fs.rmSync(made, { recursive: true });
    throw error;
  }
}
