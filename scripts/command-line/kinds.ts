/** The kinds of values that options take: how the text of the command line is read, and what is refused. */
import fs from 'node:fs';
import { requireFolderCanBe, requireNewFolder } from './folders';
import { UsageError } from './usage-error';

/** A kind of value. */
export interface Kind<Value> {
  /** What stands for the value in the help: `N`. */
  readonly placeholder: string;
  /** What the value may be, where that can be listed. */
  readonly choices?: readonly { readonly name: string; readonly meaning?: string }[];
  /** Where the value is a folder that the command makes: no two options may name the same one. */
  readonly makesFolder?: boolean;
  /**
   * The value of a text.
   *
   * @param option as the user types it: `--seed`.
   * @throws {UsageError} when the text is no such value.
   */
  read(text: string, option: string): Value;
}

/** A whole number from `atLeast` to `atMost`. */
export function wholeNumber({ atLeast, atMost = Infinity }: { atLeast: number; atMost?: number }): Kind<number> {
  const expected = atMost === Infinity ? `whole number of at least ${atLeast}` : `number from ${atLeast} to ${atMost}`;
  return number(expected, (value) => Number.isInteger(value) && value >= atLeast && value <= atMost);
}

/** A finite number above 0. `of` names what it counts: ` of seconds`. */
export function positiveNumber({ of = '' } = {}): Kind<number> {
  return number(`number${of} above 0`, (value) => value > 0 && value < Infinity);
}

/** A finite number of at least `atLeast`. */
export function realNumber({ atLeast }: { atLeast: number }): Kind<number> {
  return number(`number of at least ${atLeast}`, (value) => value >= atLeast && value < Infinity);
}

/** A number of at least 0 and below 1. */
export const shareBelowOne: Kind<number> = within('at least 0 and below 1', (value) => value >= 0 && value < 1);

/** A number from 0 to 1. */
export const shareUpToOne: Kind<number> = within('at least 0 and at most 1', (value) => value >= 0 && value <= 1);

/** One of some names. `meaning` says in a line of the help what each is. */
export function choice<const Name extends string>(
  names: readonly Name[],
  meaning?: (name: Name) => string,
): Kind<Name> {
  return {
    placeholder: 'NAME',
    choices: names.map((name) => ({ name, meaning: meaning?.(name) })),
    read(text, option) {
      const name = names.find((each) => each === text);
      return name ?? refuse(option, `be one of ${names.join(', ')}`, text);
    },
  };
}

/** Some of some names, separated by commas; in the order of the names. */
export function someOf<const Name extends string>(names: readonly Name[]): Kind<Name[]> {
  return {
    placeholder: 'LIST',
    choices: names.map((name) => ({ name })),
    read(text, option) {
      const listed = text.split(',').map((name) => name.trim());
      const unknown = listed.find((name) => !names.some((known) => known === name));
      if (unknown !== undefined) refuse(option, `list some of ${names.join(', ')}`, unknown || 'nothing');
      return names.filter((name) => listed.includes(name));
    },
  };
}

/** Any text. */
export const text: Kind<string> = { placeholder: 'TEXT', read: (given) => given };

/** A folder that is read. Whether it holds what it should is seen when it is. */
export const folder: Kind<string> = { placeholder: 'DIR', read: (given) => given };

/** A file that is there. */
export const file: Kind<string> = {
  placeholder: 'FILE',
  read(name, option) {
    if (fs.existsSync(name) && fs.statSync(name).isFile()) return name;
    throw new UsageError(`${option} ${name}: there is no such file`);
  },
};

/** A file that is written; whether it may be there already is the command's matter. */
export const outputFile: Kind<string> = { placeholder: 'FILE', read: (given) => given };

/** A folder that is made now, and so is not there yet, or empty. */
export const newFolder: Kind<string> = {
  placeholder: 'DIR',
  makesFolder: true,
  read(name, option) {
    requireNewFolder(option, name);
    return name;
  },
};

/** A folder that is made now, or by an earlier run of the same command. */
export const ownFolder: Kind<string> = {
  placeholder: 'DIR',
  makesFolder: true,
  read(name, option) {
    requireFolderCanBe(option, name);
    return name;
  },
};

function number(expected: string, fits: (value: number) => boolean): Kind<number> {
  return within(`a ${expected}`, fits);
}

function within(expected: string, fits: (value: number) => boolean): Kind<number> {
  return {
    placeholder: 'N',
    read(given, option) {
      const value = Number(given);
      return given.trim() !== '' && fits(value) ? value : refuse(option, `be ${expected}`, given);
    },
  };
}

function refuse(option: string, expected: string, got: string): never {
  throw new UsageError(`${option} must ${expected}, got ${got}`);
}
