/** Options, told once: parsing, checks, help and the repeatable command line follow from these rows. */
import type { Kind } from './kinds';

/** What a value or a flag has in common. */
interface Row {
  /** What the option is for; the default and what the option needs are added. */
  help: string;
  /** The heading under which the help lists it. */
  group?: string;
  /** Another option that must be given too, or have one of some values: without it, this one would do nothing. */
  needs?: Need;
  /** It only says where results go: a run is repeated without it. */
  keepsResults?: true;
}

/** What an option needs of another. */
export interface Need {
  /** The other one's name. */
  option: string;
  /** Its values with which this option has a meaning; without them, any that is given. */
  oneOf?: readonly string[];
}

/** An option that stands alone. One named `no-x` is true unless given, and called `x`. */
export interface FlagOption extends Row {
  kind: 'flag';
}

/** An option with a value. */
export interface ValueOption<Value> extends Row {
  kind: Kind<Value>;
  /** What stands for the value in the help, in place of the kind's own word. */
  value?: string;
  /** Without it, an option that is not given is undefined. */
  default?: Value;
  /** What the help says of the default where that hangs on other options. */
  defaultText?: string;
  /** It may be given several times: the value is a list, empty where it is not given. */
  repeatable?: true;
}

/** A row of a table of options. */
export type Option = FlagOption | ValueOption<number> | ValueOption<string> | ValueOption<readonly string[]>;

/** The options of a command by their names, without dashes. */
export type OptionTable = Readonly<Record<string, Option>>;

/** The values of a table's options by their names in camel case: `checkpoint-seconds` is `checkpointSeconds`. */
export type ValuesOf<Table extends OptionTable> = {
  [Name in keyof Table & string as KeyOf<Name>]: ValueOf<Table[Name]>;
};

type KeyOf<Name extends string> = Name extends `no-${infer Rest}` ? CamelCase<Rest> : CamelCase<Name>;

type CamelCase<Name extends string> = Name extends `${infer Head}-${infer Tail}`
  ? `${Head}${Capitalize<CamelCase<Tail>>}`
  : Name;

type ValueOf<Each> = Each extends { kind: 'flag' }
  ? boolean
  : Each extends { kind: Kind<infer Value> }
    ? Each extends { repeatable: true }
      ? Value[]
      : Each extends { default: infer Default }
        ? Value | Extract<Default, undefined>
        : Value | undefined
    : never;

/** The same options under a heading of the help. */
export function inGroup<Table extends OptionTable>(group: string, options: Table): Table {
  const rows = Object.entries(options).map(([name, row]) => [name, { ...row, group }]);
  return Object.fromEntries(rows) as Table;
}
