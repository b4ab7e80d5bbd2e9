/**
 * Every score and every alignment as plain data: what it is called, which parameters it has, and what tables, commands
 * and tests need to know of it. To add one, write its file, its record here, and its row in `scores/score.ts` or
 * `alignments/align.ts`; the rest of the project reads it from here.
 */

/** What the weights of a score need to know beside the widths of query and keys. */
export interface ScoreNeeds {
  /** Queries and keys must have one width. */
  readonly sameWidth?: true;
  /** The width of a hidden layer. */
  readonly units?: true;
  /** The length of the longest source. */
  readonly maximumKeys?: true;
}

/** What is known of a score. */
interface ScoreRecord {
  /** How tables show it. */
  readonly label: string;
  /** One line of help: what the score looks at. */
  readonly help: string;
  readonly needs: ScoreNeeds;
}

/** All scores, by name. */
export const SCORES = {
  dot: { label: 'dot', help: 'how far query and key point the same way', needs: { sameWidth: true } },
  scaledDot: { label: 'scaled dot', help: 'the same, divided by the root of the width', needs: { sameWidth: true } },
  general: { label: 'general', help: 'a learned matrix between query and key', needs: {} },
  additive: { label: 'additive', help: 'a hidden layer over query and key, each projected', needs: { units: true } },
  concat: { label: 'concat', help: 'a hidden layer over both laid end to end', needs: { units: true } },
  location: { label: 'location', help: 'the query alone says where to look', needs: { maximumKeys: true } },
} as const satisfies Readonly<Record<string, ScoreRecord>>;

/** The name of a score. */
export type ScoreKind = keyof typeof SCORES;

/** The names of all scores. */
export const SCORE_KINDS = Object.keys(SCORES) as readonly ScoreKind[];

/** What is known of a parameter: one of its `choices`, else true or false where its default is, else a number. */
export interface ParameterRecord {
  /** One line of help. */
  readonly help: string;
  /** What is taken when it is left out; where it must not be, what commands and tables take. */
  readonly default: number | boolean | string | undefined;
  /** An alignment's record must name it. */
  readonly required?: true;
  /** The lowest value it may have, or with `above` the value it must be above. */
  readonly minimum?: number;
  readonly above?: number;
  /** It must be a whole number. */
  readonly whole?: true;
  /** The values it may have. */
  readonly choices?: readonly string[];
  /** Commands offer it as an option, for whole numbers or any. */
  readonly option?: 'whole' | 'real';
}

/** What is known of an alignment. */
export interface AlignmentRecord {
  /** How tables show it. */
  readonly label: string;
  /** One line of help: how the weights come from the scores. */
  readonly help: string;
  readonly parameters: Readonly<Record<string, ParameterRecord>>;
  /** The first symbol belongs to the source's beginning and the last one to its end. */
  readonly walksOn: boolean;
  /** At test time it decides where training takes an expectation or a sample. */
  readonly decides: boolean;
  /** No slope passes through it. */
  readonly withoutSlope?: true;
  /** What a row of weights sums to, where it may look at anything. */
  readonly rowSum: '1' | 'at most 1';
  /** Parameters with which tests hold it to its properties and the benchmark measures it. */
  readonly variants: readonly Readonly<Record<string, number | boolean | string>>[];
  /** With which parameters commands train it, where they are not the defaults. */
  readonly trainedWith?: Readonly<Record<string, number | boolean | string>>;
  /** Its rows in the comparison, each with options of `npm run train`. */
  readonly study: readonly { readonly label: string; readonly options: readonly string[] }[];
}

const SEED = { help: 'seed of what is drawn, 0 included', default: undefined } as const;
const RADIUS = {
  help: 'how far the window reaches to either side',
  default: 2,
  required: true,
  minimum: 0,
  option: 'whole',
} as const;
const STOPPING = {
  bias: { help: 'added to every score before the sigmoid', default: 0 },
  noise: {
    help: 'standard deviation of the noise on the scores in training',
    default: 0,
    minimum: 0,
    option: 'real',
  },
  seed: SEED,
} as const;

/** All alignments, by name. */
export const ALIGNMENTS = {
  soft: {
    label: 'soft',
    help: 'the softmax over all real positions',
    parameters: {},
    walksOn: false,
    decides: false,
    rowSum: '1',
    variants: [{}],
    study: [{ label: 'soft', options: [] }],
  },
  hard: {
    label: 'hard',
    help: 'one position: the best, or one drawn from the softmax',
    parameters: {
      mode: { help: 'take the best or draw', default: 'argmax', required: true, choices: ['argmax', 'sample'] },
      seed: SEED,
    },
    walksOn: false,
    decides: true,
    withoutSlope: true,
    rowSum: '1',
    variants: [{ mode: 'argmax' }, { mode: 'sample', seed: 0 }],
    study: [
      { label: 'hard, exact marginal', options: ['--loss', 'marginal'] },
      { label: 'hard, REINFORCE', options: ['--loss', 'reinforce'] },
    ],
  },
  gumbel: {
    label: 'gumbel',
    help: 'a draw, softened so that a gradient passes through it',
    parameters: {
      temperature: { help: 'near 0 almost one-hot, above 1 smooth', default: 1, required: true, above: 0 },
      straightThrough: { help: 'read one position, learn as if soft', default: false },
      seed: SEED,
    },
    walksOn: false,
    decides: true,
    rowSum: '1',
    variants: [
      { temperature: 0.7, seed: 0 },
      { temperature: 0.7, straightThrough: true, seed: 3 },
    ],
    trainedWith: { straightThrough: true },
    study: [{ label: 'hard, straight-through', options: [] }],
  },
  localMonotonic: {
    label: 'local-m',
    help: 'the softmax over a window that moves on by one position a step',
    parameters: { radius: RADIUS },
    walksOn: true,
    decides: false,
    rowSum: '1',
    variants: [{ radius: 1 }],
    study: [{ label: 'local-m', options: [] }],
  },
  localPredictive: {
    label: 'local-p',
    help: 'the softmax over a window, under a bell, around a predicted position',
    parameters: { radius: RADIUS },
    walksOn: false,
    decides: false,
    rowSum: 'at most 1',
    variants: [{ radius: 2 }],
    study: [{ label: 'local-p', options: [] }],
  },
  monotonic: {
    label: 'monotonic',
    help: 'where a reader who never goes back is expected to stop',
    parameters: STOPPING,
    walksOn: true,
    decides: true,
    rowSum: 'at most 1',
    variants: [{}, { bias: -0.5, noise: 1, seed: 0 }],
    study: [{ label: 'monotonic', options: ['--noise', '1'] }],
  },
  chunkwise: {
    label: 'chunkwise',
    help: 'the softmax over the last few positions before such a stop',
    parameters: {
      chunk: {
        help: 'how many positions a chunk holds',
        default: 3,
        required: true,
        minimum: 1,
        whole: true,
        option: 'whole',
      },
      ...STOPPING,
    },
    walksOn: true,
    decides: true,
    rowSum: 'at most 1',
    variants: [{ chunk: 3 }, { chunk: 2 }],
    study: [{ label: 'chunkwise', options: ['--noise', '1'] }],
  },
  forward: {
    label: 'forward',
    help: 'each weight stays or moves on by one position a step',
    parameters: {},
    walksOn: true,
    decides: false,
    rowSum: '1',
    variants: [{}],
    study: [{ label: 'forward', options: [] }],
  },
  coverage: {
    label: 'coverage',
    help: 'what has been aligned is hardly considered again',
    parameters: {},
    walksOn: false,
    decides: false,
    rowSum: '1',
    variants: [{}],
    study: [{ label: 'coverage', options: [] }],
  },
  sparsemax: {
    label: 'sparsemax',
    help: 'the nearest weights that sum to 1: low scores get exactly 0',
    parameters: {},
    walksOn: false,
    decides: false,
    rowSum: '1',
    variants: [{}],
    study: [{ label: 'sparsemax', options: [] }],
  },
} as const satisfies Readonly<Record<string, AlignmentRecord>>;

/** The name of an alignment. */
export type AlignmentKind = keyof typeof ALIGNMENTS;

/** The names of all alignments. */
export const ALIGNMENT_KINDS = Object.keys(ALIGNMENTS) as readonly AlignmentKind[];

type ParametersOf<Kind extends AlignmentKind> = (typeof ALIGNMENTS)[Kind]['parameters'];
type RequiredOf<Kind extends AlignmentKind> = {
  [Name in keyof ParametersOf<Kind>]: ParametersOf<Kind>[Name] extends { required: true } ? Name : never;
}[keyof ParametersOf<Kind>];
// Numbers first: notebooks are compiled without strict checks, where a default of undefined would pass for boolean too.
type ValueOf<Parameter> = Parameter extends { choices: readonly (infer Choice)[] }
  ? Choice
  : Parameter extends { default: number }
    ? number
    : Parameter extends { default: boolean }
      ? boolean
      : number;
type FieldsOf<Kind extends AlignmentKind> = { kind: Kind } & {
  [Name in RequiredOf<Kind>]: ValueOf<ParametersOf<Kind>[Name]>;
} & { [Name in Exclude<keyof ParametersOf<Kind>, RequiredOf<Kind>>]?: ValueOf<ParametersOf<Kind>[Name]> | undefined };

/**
 * Every alignment, named, with its parameters: plain data, so that it can be saved with a model. For example
 * `{ kind: 'soft' }`, `{ kind: 'localMonotonic', radius: 2 }`, or `{ kind: 'hard', mode: 'sample', seed: 0 }`.
 */
export type Alignment = {
  // Field by field, so that editors and messages show records and not how they were made.
  [Kind in AlignmentKind]: FieldsOf<Kind> extends infer Fields ? { [Name in keyof Fields]: Fields[Name] } : never;
}[AlignmentKind];

/** The alignment of that name. */
export type AlignmentOf<Kind extends AlignmentKind> = Extract<Alignment, { kind: Kind }>;

/** The names of the alignments that need no parameter. */
export type PlainAlignmentKind = {
  [Kind in AlignmentKind]: [RequiredOf<Kind>] extends [never] ? Kind : never;
}[AlignmentKind];

/** So the compiler sees that the variants are alignments. */
const VARIANTS: {
  readonly [Kind in AlignmentKind]: { readonly variants: readonly Omit<AlignmentOf<Kind>, 'kind'>[] };
} = ALIGNMENTS;

/** Every alignment in each of its variants. */
export const ALIGNMENT_VARIANTS: readonly Alignment[] = ALIGNMENT_KINDS.flatMap((kind) =>
  VARIANTS[kind].variants.map((parameters) => ({ kind, ...parameters }) as Alignment),
);
