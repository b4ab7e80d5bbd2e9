import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import type { ParseArgsConfig } from 'node:util';

/** The command line is wrong: one clear line, exit status 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** What stands on the command line, by name; an option that may be given several times has a list. */
export type Options = Record<string, string | boolean | string[] | undefined>;

/** A task of `npm run train` or `npm run evaluate`. */
export interface Task {
  name: string;
  /** One line for the list of tasks. */
  summary: string;
  /** All options and what the printed figures mean. */
  help: string;
  options: NonNullable<ParseArgsConfig['options']>;
  /** @throws {UsageError} when an option has a wrong value. */
  run(options: Options): Promise<void>;
}

/** A whole number >= `minimum`. @throws {UsageError} when it is anything else. */
export function wholeNumber(option: string, text: string, minimum: number): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isInteger(value) || value < minimum) {
    throw new UsageError(`--${option} must be a whole number of at least ${minimum}, got ${text}`);
  }
  return value;
}

/** A number above 0. @throws {UsageError} when it is anything else. */
export function positiveNumber(option: string, text: string): number {
  const value = Number(text);
  if (!(value > 0 && value < Infinity)) throw new UsageError(`--${option} must be a number above 0, got ${text}`);
  return value;
}

/** A number of at least 0 and below 1. @throws {UsageError} when it is anything else. */
export function shareBelowOne(option: string, text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= 0 && value < 1) return value;
  throw new UsageError(`--${option} must be at least 0 and below 1, got ${text}`);
}

/** A number from 0 to 1. @throws {UsageError} when it is anything else. */
export function shareUpToOne(option: string, text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= 0 && value <= 1) return value;
  throw new UsageError(`--${option} must be at least 0 and at most 1, got ${text}`);
}

/** One of the choices. @throws {UsageError} when it is none of them. */
export function oneOf<Choice extends string>(option: string, text: string, choices: readonly Choice[]): Choice {
  const choice = choices.find((each) => each === text);
  if (!choice) throw new UsageError(`--${option} must be one of ${choices.join(', ')}, got ${text}`);
  return choice;
}

/** @throws {UsageError} when `folder`, where what the option names shall come to lie, is none or cannot be written to. */
export function requireWritableFolder(option: string, named: string, folder: string): void {
  const refuse = (why: string) => {
    throw new UsageError(`--${option} ${named} cannot be made: ${why}`);
  };
  if (!fs.existsSync(folder)) refuse(`there is no folder ${folder}`);
  if (!fs.statSync(folder).isDirectory()) refuse(`${folder} is a file`);
  try {
    fs.accessSync(folder, fs.constants.W_OK);
  } catch {
    refuse(`${folder} cannot be written to`);
  }
}

/** The command that repeats a run: every option that is not at its default, but for what only keeps results. */
export function repeatCommand(task: Task, options: Options): string {
  const keeps = ['checkpoints', 'checkpoint-seconds', 'save', 'save-small', 'record', 'json'];
  const flags = Object.entries(task.options).flatMap(([name, { default: usual }]) => {
    const value = options[name];
    if (value === undefined || value === usual || keeps.includes(name)) return [];
    if (value === true) return [`--${name}`];
    return [value].flat().map((each) => `--${name} ${each}`);
  });
  return ['npm run train --', task.name, ...flags].join(' ');
}

/** The commit that is checked out, with a + when files differ from it; `unknown` outside a repository. */
export function currentCommit(): string {
  const git = (...args: string[]): string => spawnSync('git', args, { encoding: 'utf8' }).stdout?.trim() ?? '';
  const commit = git('rev-parse', '--short=12', 'HEAD');
  if (!commit) return 'unknown';
  return git('status', '--porcelain', '--', 'src', 'scripts') ? `${commit}+` : commit;
}
