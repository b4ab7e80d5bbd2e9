/** What the comparison compares: one recipe for a task, and a row of the table for each way to attend. */

import { ALIGNMENT_KINDS, ALIGNMENTS } from '../../src/attention/kinds';

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

const ROWS: Study['rows'] = [
  ['no attention', ['--score', 'none']],
  ...ALIGNMENT_KINDS.flatMap((kind) =>
    ALIGNMENTS[kind].study.map(({ label, options }): [string, string[]] => {
      // The first is what is trained when nothing is said.
      return [label, [...(kind === 'soft' ? [] : ['--alignment', kind]), ...options]];
    }),
  ),
];

/** Every study, by its task. */
export const STUDIES: Readonly<Record<Study['task'], Study>> = {
  dates: {
    task: 'dates',
    recipe: [],
    figures: [{ metric: 'exact', heading: 'exact %' }],
    rows: ROWS,
  },
  g2p: {
    task: 'g2p',
    recipe: ['--epochs', '2'],
    figures: [
      { metric: 'testWer', heading: 'WER %' },
      { metric: 'testPer', heading: 'PER %' },
    ],
    rows: ROWS,
  },
};
