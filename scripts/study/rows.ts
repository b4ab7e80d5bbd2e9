/** What the comparison compares: one recipe for a task, and a row of the table for each way to attend. */

/** A task's study. */
export interface Study {
  task: 'dates' | 'g2p';
  /** What all rows share, as options of `npm run train`. */
  recipe: readonly string[];
  /** The figures that the table shows, by their names in the recorded runs; as shares of 1. */
  figures: readonly { metric: string; heading: string }[];
  /** A row's name, and what is its own. The first row is the baseline. */
  rows: readonly (readonly [name: string, options: readonly string[]])[];
}

const ALIGNMENTS = [
  ['no attention', ['--score', 'none']],
  ['soft', []],
  ['hard, straight-through', ['--alignment', 'gumbel']],
  ['hard, exact marginal', ['--alignment', 'hard', '--loss', 'marginal']],
  ['hard, REINFORCE', ['--alignment', 'hard', '--loss', 'reinforce']],
  ['local-m', ['--alignment', 'localMonotonic']],
  ['local-p', ['--alignment', 'localPredictive']],
  ['coverage', ['--alignment', 'coverage']],
  ['forward', ['--alignment', 'forward']],
  ['monotonic', ['--alignment', 'monotonic', '--noise', '1']],
  ['chunkwise', ['--alignment', 'chunkwise', '--noise', '1']],
] as const;

/** Every study, by its task. */
export const STUDIES: Readonly<Record<Study['task'], Study>> = {
  dates: {
    task: 'dates',
    recipe: [],
    figures: [{ metric: 'exact', heading: 'exact %' }],
    rows: ALIGNMENTS,
  },
  g2p: {
    task: 'g2p',
    recipe: ['--epochs', '2'],
    figures: [
      { metric: 'testWer', heading: 'WER %' },
      { metric: 'testPer', heading: 'PER %' },
    ],
    rows: ALIGNMENTS,
  },
};
