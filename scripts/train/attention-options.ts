/** The options of the command line that say how to attend, made from the list of scores and alignments. */
import {
  type Alignment,
  ALIGNMENT_KINDS,
  type AlignmentKind,
  type AlignmentRecord,
  ALIGNMENTS,
  type ParameterRecord,
  SCORE_KINDS,
  type ScoreKind,
  SCORES,
} from '../../src/attention/kinds';
import { choice, realNumber, wholeNumber } from '../command-line/kinds';
import type { OptionTable, ValueOption, ValuesOf } from '../command-line/options';
import { UsageError } from '../command-line/usage-error';

/** How to attend: the options read and checked. */
export interface AttentionTraining {
  score: ScoreKind | 'none';
  alignment: AlignmentKind;
  /** The alignments' parameters that are options, by name. */
  parameters: Readonly<Record<string, number>>;
}

type ParametersOf<Kind extends AlignmentKind> = (typeof ALIGNMENTS)[Kind]['parameters'];
/** An alignment's parameter that is an option. */
type ParameterName = {
  [Kind in AlignmentKind]: {
    [Name in keyof ParametersOf<Kind>]: ParametersOf<Kind>[Name] extends { option: string } ? Name : never;
  }[keyof ParametersOf<Kind>];
}[AlignmentKind];
type ParameterRow = ValueOption<number> & { default: number };

/** The alignments with which a model can write the last symbol first. */
export const EITHER_WAY = ALIGNMENT_KINDS.filter((kind) => !ALIGNMENTS[kind].walksOn);

const PARAMETER_ROWS = parameterRows();
const SCORE_CHOICES: readonly (ScoreKind | 'none')[] = [...SCORE_KINDS, 'none'];

/** Rows for the tables of `npm run train`. */
export const ATTENTION_OPTIONS = {
  score: {
    ...{ kind: choice(SCORE_CHOICES, scoreHelp), default: 'general' },
    help: 'how well a query matches a key',
  },
  alignment: {
    ...{ kind: choice(ALIGNMENT_KINDS, alignmentHelp), default: 'soft' },
    help: 'how scores become weights',
  },
  ...PARAMETER_ROWS,
} satisfies OptionTable;

/** @throws {UsageError} when the values do not fit together. */
export function attentionTraining(values: ValuesOf<typeof ATTENTION_OPTIONS>): AttentionTraining {
  const { score, alignment } = values;
  if (score === 'none' && alignment !== ATTENTION_OPTIONS.alignment.default) {
    throw new UsageError(`--score none is no attention at all: leave out --alignment, got ${alignment}`);
  }
  const names = Object.keys(PARAMETER_ROWS) as ParameterName[];
  return { score, alignment, parameters: Object.fromEntries(names.map((name) => [name, values[name]])) };
}

/** The alignment that was asked for: its parameters as given, or as it is always trained, or at their defaults. */
export function alignmentOf({ alignment: kind, parameters: given }: AttentionTraining): Alignment {
  const { parameters, trainedWith = {} }: AlignmentRecord = ALIGNMENTS[kind];
  const values = Object.entries(parameters).flatMap(([name, { required, default: usual }]) => {
    const value = trainedWith[name] ?? given[name] ?? usual;
    return required || value !== usual ? [[name, value] as const] : [];
  });
  return { kind, ...Object.fromEntries(values) } as Alignment;
}

/** A row for each parameter that is an option, and needs one of the alignments that have it. */
function parameterRows(): Record<ParameterName, ParameterRow> {
  const rows: Record<string, ParameterRow> = {};
  for (const kind of ALIGNMENT_KINDS) {
    for (const [name, { help, default: usual, minimum = 0, option }] of parametersOf(kind)) {
      if (!option) continue;
      const oneOf = ALIGNMENT_KINDS.filter((each) => parametersOf(each).some(([other]) => other === name));
      const reading = option === 'whole' ? wholeNumber({ atLeast: minimum }) : realNumber({ atLeast: minimum });
      rows[name] = { kind: reading, default: Number(usual), help, needs: { option: 'alignment', oneOf } };
    }
  }
  return rows as Record<ParameterName, ParameterRow>;
}

function parametersOf(kind: AlignmentKind): [string, ParameterRecord][] {
  return Object.entries<ParameterRecord>(ALIGNMENTS[kind].parameters);
}

function scoreHelp(score: ScoreKind | 'none'): string {
  return score === 'none' ? 'no attention at all' : SCORES[score].help;
}

function alignmentHelp(kind: AlignmentKind): string {
  const { help, trainedWith = {} }: AlignmentRecord = ALIGNMENTS[kind];
  const extra = Object.keys(trainedWith).join(', ');
  return extra ? `${help} (trained with ${extra})` : help;
}
