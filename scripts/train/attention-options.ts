/** The options of the command line that say how to attend, made from the list of scores and alignments. */
import {
  Alignment,
  ALIGNMENT_KINDS,
  AlignmentKind,
  AlignmentRecord,
  ALIGNMENTS,
  ParameterRecord,
  SCORE_KINDS,
  ScoreKind,
  SCORES,
} from '../../src/attention/kinds';
import { oneOf, Options, positiveNumber, Task, UsageError, wholeNumber } from './task';

/** How to attend: the options read and checked. */
export interface AttentionTraining {
  score: ScoreKind | 'none';
  alignment: AlignmentKind;
  /** The alignments' parameters that are options, by name. */
  parameters: Readonly<Record<string, number>>;
}

const SCORE_CHOICES: readonly (ScoreKind | 'none')[] = [...SCORE_KINDS, 'none'];
const DEFAULTS = { score: 'general', alignment: 'soft' } as const;

/** An alignment's parameter that is an option, and which alignments have it. */
interface ParameterOption extends ParameterRecord {
  readonly name: string;
  readonly alignments: AlignmentKind[];
}

const PARAMETERS: readonly ParameterOption[] = ALIGNMENT_KINDS.reduce<ParameterOption[]>((found, kind) => {
  for (const [name, parameter] of Object.entries<ParameterRecord>(ALIGNMENTS[kind].parameters)) {
    const known = found.find((each) => each.name === name);
    if (known) known.alignments.push(kind);
    else if (parameter.option) found.push({ ...parameter, name, alignments: [kind] });
  }
  return found;
}, []);

/** The options for `parseArgs`. */
export const ATTENTION_OPTIONS: Task['options'] = Object.fromEntries(
  [...Object.entries(DEFAULTS), ...PARAMETERS.map(({ name, default: usual }) => [name, usual] as const)].map(
    ([name, usual]) => [name, { type: 'string', default: String(usual) }],
  ),
);

/** The help's lines on them. */
export function attentionHelp(): string {
  const choice = (name: string, help: string) => `${' '.repeat(23)}${name.padEnd(17)}${help}`;
  const alignment = (kind: AlignmentKind) => {
    const { help, trainedWith = {} }: AlignmentRecord = ALIGNMENTS[kind];
    const extra = Object.keys(trainedWith).join(', ');
    return choice(kind, extra ? `${help} (trained with ${extra})` : help);
  };
  return [
    `  --score NAME         how well a query matches a key (default ${DEFAULTS.score}):`,
    ...SCORE_KINDS.map((kind) => choice(kind, SCORES[kind].help)),
    choice('none', 'no attention at all'),
    `  --alignment NAME     how scores become weights (default ${DEFAULTS.alignment}):`,
    ...ALIGNMENT_KINDS.map(alignment),
    ...PARAMETERS.flatMap(({ name, help, alignments, default: usual }) => [
      `  ${`--${name} N`.padEnd(21)}${help}`,
      `${' '.repeat(23)}(of ${alignments.join(' and ')}; default ${String(usual)})`,
    ]),
  ].join('\n');
}

/** @throws {UsageError} when one has a wrong value, or does not fit the others. */
export function readAttention(options: Options): AttentionTraining {
  const score = oneOf('score', String(options.score), SCORE_CHOICES);
  const alignment = oneOf('alignment', String(options.alignment), ALIGNMENT_KINDS);
  const values = PARAMETERS.map((parameter) => [parameter.name, readParameter(parameter, options)] as const);
  if (score === 'none' && alignment !== DEFAULTS.alignment) {
    throw new UsageError(`--score none is no attention at all: leave out --alignment, got ${alignment}`);
  }
  // A number that the alignment does not know would be recorded, and do nothing.
  PARAMETERS.forEach(({ name, default: usual, alignments }, index) => {
    if (values[index][1] === usual || alignments.includes(alignment)) return;
    throw new UsageError(`--${name} needs --alignment ${alignments.join(' or ')}, got ${alignment}`);
  });
  return { score, alignment, parameters: Object.fromEntries(values) };
}

function readParameter({ name, option, minimum = 0 }: ParameterOption, options: Options): number {
  const text = String(options[name]);
  if (option === 'whole') return wholeNumber(name, text, minimum);
  return Number(text) === minimum ? minimum : positiveNumber(name, text);
}

/** The alignments with which a model can write the last symbol first. */
export const EITHER_WAY = ALIGNMENT_KINDS.filter((kind) => !ALIGNMENTS[kind].walksOn);

/** The alignment that was asked for: its parameters as given, or as it is always trained, or at their defaults. */
export function alignmentOf({ alignment: kind, parameters: given }: AttentionTraining): Alignment {
  const { parameters, trainedWith = {} }: AlignmentRecord = ALIGNMENTS[kind];
  const values = Object.entries(parameters).flatMap(([name, { required, default: usual }]) => {
    const value = trainedWith[name] ?? given[name] ?? usual;
    return required || value !== usual ? [[name, value] as const] : [];
  });
  return { kind, ...Object.fromEntries(values) } as Alignment;
}
