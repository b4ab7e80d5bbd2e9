/** A command from a table of options: its command line is read and checked, its help written, by commander. */
import { Command as Parser, type CommanderError, Option as ParserOption } from 'commander';
import { requireOwnFolders } from './folders';
import type { Need, Option, OptionTable, ValuesOf } from './options';
import { UsageError } from './usage-error';

/** The longest lines of a help; on a narrower screen, they are as long as the screen is wide. */
const HELP_WIDTH = 100;

/** What a command takes, and what its help says. */
export interface Command<Table extends OptionTable> {
  /** What calls it: `npm run train -- dates`. */
  line: string;
  /** What follows in the help: `WORD ...`; the command takes such words. Without it, options are all that it takes. */
  words?: string;
  /** What it does; the help wraps lines. */
  about: string;
  options: Table;
  /** What the help says after the options. */
  notes?: string;
  /** Every mistake is told with the way to the help, not only those in the names of options. */
  hint?: true;
}

/** A command line, read and checked. */
export interface CommandLine<Table extends OptionTable> {
  values: ValuesOf<Table>;
  /** What stands there beside the options. */
  words: string[];
  /**
   * The line that repeats the run: every option that is not at its default, but for what only keeps results.
   *
   * @param settled values to name in any case, such as one that has been worked out from others.
   */
  repeat(settled?: Partial<ValuesOf<Table>>): string;
}

/** How the user gets the help: `npm run train -- dates --help`. */
export function helpLine({ line }: { line: string }): string {
  return line.includes(' -- ') ? `${line} --help` : `${line} -- --help`;
}

/** The text of `--help`. */
export function helpOf(command: Command<OptionTable>): string {
  return parserOf(command).helpInformation().trimEnd();
}

/**
 * Reads a command line. Nothing is loaded for it but this: a mistake is told at once.
 *
 * @throws {UsageError} when it is wrong.
 */
export function readCommandLine<Table extends OptionTable>(
  command: Command<Table>,
  args: string[],
): CommandLine<Table> {
  const parser = parserOf(command);
  try {
    requireValues(command.options, args);
    parser.parse(args, { from: 'user' });
  } catch (error) {
    const problem = problemOf(error as Error, parser);
    throw new UsageError(`${problem}${problem.endsWith('?') ? '' : ';'} ${helpLine(command)} lists them`);
  }
  const rows = parser.options
    .filter((option) => option.long !== '--help')
    .map((option) => readRow(option.long!, option.attributeName(), command.options, parser.opts()));
  for (const { option, row, isSet } of rows) if (isSet && row.needs) requireNeed(option, row.needs, rows);
  requireOwnFolders(
    rows.flatMap(({ option, row, value }) => (makesFolder(row) && value ? [[option, `${value}`]] : [])),
  );
  return {
    values: Object.fromEntries(rows.map(({ key, value }) => [key, value])) as ValuesOf<Table>,
    words: parser.args,
    repeat: (settled: Record<string, unknown> = {}) =>
      [command.line, ...rows.flatMap((row) => repeated(row, settled[row.key])), ...parser.args.map(quoted)].join(' '),
  };
}

/** An option of a command line. */
interface RowRead {
  /** `--checkpoint-seconds`, as typed and as in {@link ValuesOf}. */
  option: string;
  key: string;
  row: Option;
  /** As they were given. */
  texts: string[];
  value: unknown;
  /** Whether it is other than it would be by itself. */
  isSet: boolean;
}

function readRow(option: string, key: string, options: OptionTable, given: Record<string, unknown>): RowRead {
  const row = options[option.slice(2)];
  if (row.kind === 'flag') {
    const value = given[key] ?? false;
    return { option, key, row, texts: [], value, isSet: value !== option.startsWith('--no-') };
  }
  const { kind, repeatable } = row;
  const texts = [given[key] ?? []].flat() as string[];
  const read = texts.map((each) => kind.read(each, option));
  const value = repeatable ? read : (read.at(-1) ?? row.default);
  const isSet = texts.length > 0 && String(value) !== String(row.default);
  return { option, key, row, texts, value, isSet };
}

function repeated({ option, row, texts, isSet }: RowRead, settled: unknown): string[] {
  if (settled !== undefined && row.kind !== 'flag') return [`${option} ${quoted(String(settled))}`];
  if (!isSet || row.keepsResults) return [];
  return row.kind === 'flag' ? [option] : texts.map((each) => `${option} ${quoted(each)}`);
}

/** As a shell reads it. */
function quoted(word: string): string {
  return /^[\w@%+=:,./~-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

function makesFolder({ kind }: Option): boolean {
  return kind !== 'flag' && kind.makesFolder === true;
}

function requireNeed(option: string, need: Need, rows: readonly RowRead[]): void {
  const other = rows.find((each) => each.option === `--${need.option}`);
  if (!other) throw new Error(`${option} needs --${need.option}, which the command does not have`);
  if (!need.oneOf && !other.isSet) throw new UsageError(`${option} needs ${other.option}: give both, or neither`);
  if (!need.oneOf || need.oneOf.includes(String(other.value))) return;
  throw new UsageError(`${option} needs ${other.option} ${alternatives(need.oneOf)}, got ${String(other.value)}`);
}

function alternatives(names: readonly string[]): string {
  return names.join(names.length === 2 ? ' or ' : ', ');
}

/** @throws {Error} when an option lacks its value: commander takes the next option, or a negative number, for one. */
function requireValues(options: OptionTable, args: readonly string[]): void {
  const end = args.indexOf('--');
  args.slice(0, end < 0 ? undefined : end).forEach((arg, index, all) => {
    const row = arg.startsWith('--') ? options[arg.slice(2)] : undefined;
    if (!row || row.kind === 'flag') return;
    const next = all[index + 1];
    if (next === undefined) throw new Error(`${arg} needs a value`);
    if (next.startsWith('-')) throw new Error(`${arg} needs a value, and one that begins with - is written ${arg}=-1`);
  });
}

/** What is wrong with a command line, in one sentence. */
function problemOf(error: Error, parser: Parser): string {
  const { code } = error as CommanderError;
  if (code === 'commander.excessArguments') return `Unexpected argument '${parser.args[0]}'`;
  if (code !== 'commander.unknownOption') return error.message.replace(/^error: /, '');
  const [, option, , similar] = /'([^'=]*)(=[^']*)?'(?:[^]*Did you mean (.*)\?)?/.exec(error.message) ?? [];
  return `Unknown option '${option}'${similar ? `; did you mean ${similar}?` : ''}`;
}

function parserOf({ line, words, about, options, notes }: Command<OptionTable>): Parser {
  const parser = new Parser(line)
    .usage([line.includes(' -- ') ? '' : '--', words, '[options]'].filter(Boolean).join(' '))
    .description(about)
    .helpOption('--help', 'print this')
    .exitOverride()
    .configureOutput({
      writeErr: () => undefined,
      getOutHelpWidth: () => Math.min(process.stdout.columns ?? HELP_WIDTH, HELP_WIDTH),
    });
  if (words !== undefined) parser.argument('[words...]');
  const explained = new Map<ParserOption, string>();
  for (const [name, row] of Object.entries(options)) {
    const option = new ParserOption(`--${name}${row.kind === 'flag' ? '' : ` <${row.value ?? row.kind.placeholder}>`}`);
    if (row.kind !== 'flag' && row.repeatable) {
      option.argParser((each: string, before: string[] = []) => [...before, each]);
    }
    if (row.group !== undefined) option.helpGroup(`${row.group}:`);
    explained.set(option, explanation(row));
    parser.addOption(option);
  }
  return parser.configureHelp({
    optionTerm: ({ flags }) => flags.replace(/<(.*)>/, '$1'),
    optionDescription: (option) => explained.get(option) ?? option.description,
    formatHelp(command, helper) {
      const width = helper.helpWidth ?? HELP_WIDTH;
      const groups = helper.groupItems([...command.options], helper.visibleOptions(command), groupOf);
      const indent = helper.padWidth(command, helper);
      const list = (each: ParserOption) =>
        helper.formatItem(helper.optionTerm(each), indent, helper.optionDescription(each), helper);
      const blocks = [...groups].map(([group, each]) =>
        [helper.boxWrap(group, width), ...each.map(list)].filter(Boolean).join('\n'),
      );
      const wrapped = [about, notes].map((each) => each && helper.boxWrap(each, width));
      return [helper.commandUsage(command), wrapped[0], ...blocks, wrapped[1]].filter(Boolean).join('\n\n') + '\n';
    },
  });
}

function groupOf({ helpGroupHeading }: ParserOption): string {
  return helpGroupHeading ?? '';
}

/** An option's line in the help. */
function explanation(row: Option): string {
  const { help, needs } = row;
  const usual = row.kind === 'flag' ? undefined : (row.defaultText ?? row.default);
  const choices = row.kind === 'flag' ? [] : (row.kind.choices ?? []);
  const explained = choices.some(({ meaning }) => meaning !== undefined);
  const width = Math.max(0, ...choices.map(({ name }) => name.length));
  const meanings = choices.map(({ name, meaning }) => `\n  ${name.padEnd(width)}  ${meaning}`);
  const remarks = [
    explained ? '' : choices.map(({ name }) => name).join(', '),
    usual === undefined ? '' : `default ${String(usual)}`,
    needs === undefined ? '' : ['only with', `--${needs.option}`, alternatives(needs.oneOf ?? [])].join(' ').trim(),
    row.kind !== 'flag' && row.repeatable ? 'several times' : '',
  ].filter(Boolean);
  const line = remarks.length === 0 ? help : `${help} (${remarks.join('; ')})`;
  return explained ? `${line}:${meanings.join('')}` : line;
}
