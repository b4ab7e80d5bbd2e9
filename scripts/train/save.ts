/** What a training has reached, kept: its figures are printed before, and what cannot be written is put elsewhere. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { UsageError } from '../command-line/usage-error';

/**
 * Saves into the folder of an option and prints where; if that fails, as on a full disk, into a new folder among the
 * system's temporary files.
 *
 * @param save writes into a folder and returns what to print.
 * @throws {UsageError} when the option's folder cannot be written; the message names the other one.
 */
export function saveOrKeep(option: string, folder: string, save: (folder: string) => string): string {
  try {
    return save(folder);
  } catch (error) {
    const problem = `--${option} ${folder} could not be written: ${messageOf(error)}`;
    throw new UsageError(`${problem}; ${keepElsewhere(save)}`, { cause: error });
  }
}

function keepElsewhere(save: (folder: string) => string): string {
  let elsewhere: string | undefined;
  try {
    elsewhere = fs.mkdtempSync(path.join(os.tmpdir(), 'attention-notebooks-'));
    return `what was learned is kept in ${save(path.join(elsewhere, 'model'))}`;
  } catch (error) {
    if (elsewhere !== undefined) fs.rmSync(elsewhere, { recursive: true, force: true });
    return `nor could it be kept in ${os.tmpdir()}: ${messageOf(error)}`;
  }
}

/** Does each deed, whatever becomes of the others. @throws the first failure; further ones are printed. */
export function doAll(...deeds: readonly (() => unknown)[]): void {
  const failures: unknown[] = [];
  for (const deed of deeds) {
    try {
      deed();
    } catch (error) {
      failures.push(error);
    }
  }
  for (const further of failures.slice(1)) console.error(messageOf(further));
  if (failures.length > 0) throw failures[0];
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
