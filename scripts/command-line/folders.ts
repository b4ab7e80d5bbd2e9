/** Folders that a command shall make: what would fail at its end is refused at its start. */
import fs from 'node:fs';
import path from 'node:path';
import { UsageError } from './usage-error';

/** @throws {UsageError} when `folder`, where what the option names shall come to lie, is none or cannot be written to. */
export function requireWritableFolder(option: string, named: string, folder: string): void {
  const refuse = (why: string) => {
    throw new UsageError(`${option} ${named} cannot be made: ${why}`);
  };
  if (!fs.existsSync(folder)) refuse(`there is no folder ${folder}`);
  if (!fs.statSync(folder).isDirectory()) refuse(`${folder} is a file`);
  try {
    fs.accessSync(folder, fs.constants.W_OK);
  } catch {
    refuse(`${folder} cannot be written to`);
  }
}

/** @throws {UsageError} when it is a file, or could not be made. */
export function requireFolderCanBe(option: string, folder: string): void {
  if (fs.existsSync(folder) && !fs.statSync(folder).isDirectory()) {
    throw new UsageError(`${option} ${folder} is a file; name a folder`);
  }
  let above = path.resolve(folder);
  while (!fs.existsSync(above)) above = path.dirname(above);
  requireWritableFolder(option, folder, above);
}

/** @throws {UsageError} when it is there already and not empty, or could not be made. */
export function requireNewFolder(option: string, folder: string): void {
  requireFolderCanBe(option, folder);
  if (fs.existsSync(folder) && fs.readdirSync(folder).length > 0) {
    throw new UsageError(`${option} ${folder} is not empty; name a new folder`);
  }
}

/** @throws {UsageError} when two options name one folder: what each keeps there would get into the other's way. */
export function requireOwnFolders(folders: readonly (readonly [option: string, folder: string])[]): void {
  const options = new Map<string, string>();
  for (const [option, folder] of folders) {
    const other = options.get(path.resolve(folder));
    if (other) throw new UsageError(`${other} and ${option} both name ${folder}; give each a folder of its own`);
    options.set(path.resolve(folder), option);
  }
}
