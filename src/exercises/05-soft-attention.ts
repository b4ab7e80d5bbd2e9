/** Checks of the exercises of lesson 05, "Soft attention". */
import { additiveScore, type AdditiveScoreWeights } from '../attention/scores/additive';
import { lstmStep } from '../recurrent/lstm-step';
import type { LstmState, LstmWeights } from '../recurrent/lstm-types';
import { softAlignment } from '../attention/alignments/soft';
import { readValues } from '../attention/read-values';
import { tf } from '../tensorflow';
import { checkExercise, NotYet, readable, requireClose, requireNoError, requireTensor } from './exercise';

const EXERCISES = 3;

/** Exercise 5.1: `targets [batch, time]` and the start symbol's id to what the decoder reads, `[batch, time]`. */
export type PreviousSymbols = (targets: tf.Tensor2D, startId: number) => tf.Tensor;

/** Checks exercise 5.1: under teacher forcing each step reads the true symbol before. */
export function checkPreviousSymbols(answer: PreviousSymbols): void {
  const previous = (targets: number[][], startId: number): tf.Tensor => {
    const hint = 'as many symbols are read as are written: one more in front, so one less at the end.';
    const shape = [targets.length, targets[0]?.length ?? 0];
    const read = (): tf.Tensor => {
      try {
        return answer(tf.tensor2d(targets, undefined, 'int32'), startId);
      } catch (error) {
        const { message } = error as Error;
        if (!/int32/.test(message)) throw error;
        const types = "the ids are int32, and tf.concat joins one type only: tf.fill(shape, startId, 'int32').";
        throw new NotYet(`your function threw: ${message}`, types);
      }
    };
    return requireTensor(read(), shape, hint);
  };
  const reads = (targets: number[][], startId: number, expected: number[][], hint: string): void =>
    requireClose(
      previous(targets, startId),
      tf.tensor2d(expected),
      (got) =>
        `to write ${JSON.stringify(targets)} from start ${startId}, it reads ${JSON.stringify(expected)}; got ${got}.`,
      hint,
    );
  checkExercise({
    name: '5.1 what the decoder reads',
    of: EXERCISES,
    requirements: [
      { says: 'it reads as many symbols as it writes', holds: () => void previous([[7, 8, 9, 3]], 2) },
      {
        says: 'the first step reads the start symbol',
        holds: () => {
          const first = previous([[7, 8, 9, 3]], 2).dataSync()[0];
          if (first !== 2) {
            throw new NotYet(
              `the first symbol read should be the start symbol, 2; got ${first}.`,
              first === 7
                ? 'it reads what it is about to write: that is copying from the answer sheet.'
                : 'make a column of start symbols with tf.fill, and put it in front with tf.concat.',
            );
          }
        },
      },
      {
        says: 'every other step reads the symbol before',
        holds: () =>
          reads(
            [[7, 8, 9, 3]],
            2,
            [[2, 7, 8, 9]],
            'move the targets one place to the right; the last one is never read.',
          ),
      },
      {
        says: 'each example of a batch has its own symbols',
        holds: () =>
          reads(
            [
              [7, 8, 3],
              [4, 5, 6],
            ],
            2,
            [
              [2, 7, 8],
              [2, 4, 5],
            ],
            'axis 0 is the batch, axis 1 is the time: move along axis 1, in every row.',
          ),
      },
      {
        says: 'the start symbol may be any id',
        holds: () => reads([[7, 8, 3]], 11, [[11, 7, 8]], 'use startId, not a number of your own.'),
      },
    ],
  });
}

/** Exercise 5.2: `energies [queries, keys]` to a picture `[queries, keys]` as public code draws it. */
export type BrokenPicture = (energies: tf.Tensor2D) => tf.Tensor;

/** Checks exercise 5.2: energies instead of weights, each row divided by its own maximum. */
export function checkBrokenPicture(answer: BrokenPicture): void {
  const picture = (energies: number[][]): tf.Tensor =>
    requireTensor(
      answer(tf.tensor2d(energies)),
      [energies.length, energies[0]?.length ?? 0],
      'a picture has one number for each query and key: keep the axis when you take the maximum.',
    );
  const drawn = (energies: number[][], expected: number[][], hint: string): void =>
    requireClose(
      picture(energies),
      tf.tensor2d(expected),
      (got) => `energies ${JSON.stringify(energies)} should be drawn as ${JSON.stringify(expected)}, got ${got}.`,
      hint,
    );
  checkExercise({
    name: '5.2 a picture that lies',
    of: EXERCISES,
    requirements: [
      {
        says: 'the largest energy of each row is drawn as 1',
        holds: () =>
          drawn(
            [
              [1, 2, 4],
              [1, 1, 2],
            ],
            [
              [0.25, 0.5, 1],
              [0.5, 0.5, 1],
            ],
            'no softmax in this one: divide each row by its own maximum, not by its sum or by the largest of all.',
          ),
      },
      {
        says: 'a row that looks nowhere in particular seems certain everywhere',
        holds: () =>
          drawn(
            [[3, 3, 3, 3]],
            [[1, 1, 1, 1]],
            'four equal energies are weights of 0.25 each; here they are drawn as 1.',
          ),
      },
      {
        says: 'a row of negative energies is drawn upside down',
        holds: () =>
          drawn(
            [[-1, -2, -4]],
            [[1, 2, 4]],
            'the maximum itself, not its absolute value: the worst key is now the brightest.',
          ),
      },
    ],
  });
}

/** What exercise 5.3 is given. */
export interface BahdanauInputs {
  /** The embedded symbol before, `[batch, embedding]`. */
  symbol: tf.Tensor2D;
  /** The LSTM's state after the step before, each `[batch, units]`. */
  state: LstmState;
  /** What the encoder has read, `[batch, keys, width]`. */
  memory: tf.Tensor3D;
  /** 1 = real, 0 = padding, `[batch, keys]`. */
  mask: tf.Tensor2D;
  /** The weights of the additive score. */
  score: Pick<AdditiveScoreWeights, 'Wq' | 'Wk' | 'v'>;
  /** Of an LSTM whose input is the symbol and then the context, side by side. */
  lstm: LstmWeights;
}

/** What a decoder step in Bahdanau's order leaves behind. */
export interface BahdanauResult {
  /** The LSTM's new output, `[batch, units]`. */
  h: tf.Tensor;
  /** Its new memory cell, `[batch, units]`. */
  c: tf.Tensor;
  /** What was read, `[batch, width]`. */
  context: tf.Tensor;
}

/** Exercise 5.3: one decoder step in Bahdanau's order: the new state of the LSTM, and what was read. */
export type BahdanauStep = (inputs: BahdanauInputs) => BahdanauResult;

/** Checks exercise 5.3: ask with the old state, read, then let the LSTM step. */
export function checkBahdanauStep(answer: BahdanauStep): void {
  const step = (inputs: BahdanauInputs): BahdanauResult => {
    const got = answer(inputs) as Partial<ReturnType<BahdanauStep>> | undefined;
    if (!got || !('context' in got)) {
      throw new NotYet('expected an object with h, c and context.', 'end with: return { h, c, context };');
    }
    const [batch, units] = inputs.state.h.shape;
    const width = inputs.memory.shape[2];
    return {
      context: requireTensor(
        got.context,
        [batch, width],
        'there is one query: take its axis away again, squeeze([1]).',
      ),
      h: requireTensor(got.h, [batch, units], 'h is the output of lstmStep.'),
      c: requireTensor(got.c, [batch, units], 'c is the cell of lstmStep.'),
    };
  };
  checkExercise({
    name: "5.3 Bahdanau's order",
    of: EXERCISES,
    requirements: [
      {
        says: 'it gives h, c and a context for each example',
        holds: () => {
          step(bahdanauInputs());
          requireNoError(
            () => step(firstExample(bahdanauInputs())),
            'a batch of one example',
            'squeeze() takes every axis of size 1 away, here the batch too. Name the axis: squeeze([1]).',
          );
        },
      },
      {
        says: 'padding is not read',
        holds: () => {
          const inputs = bahdanauInputs();
          const { context } = step({ ...inputs, score: { ...inputs.score, v: tf.zeros([3]) } });
          const expected = tf.tensor2d([
            [3, 4],
            [1, 0],
          ]);
          requireClose(
            context,
            expected,
            (got) =>
              `with all scores 0 the context is the mean of the real positions, ${readable(expected)}; got ${got}.`,
            'pass the mask on: softAlignment(scores, { mask }).',
          );
        },
      },
      {
        says: 'the question is the state before the step',
        holds: () => {
          const inputs = bahdanauInputs();
          requireClose(
            step(inputs).context,
            correctStep(inputs).context,
            (got) => `expected the context ${readable(correctStep(inputs).context)}, got ${got}.`,
            'the query is state.h as it came in, not the state after lstmStep; the keys are the memory.',
          );
        },
      },
      {
        says: 'the LSTM reads the symbol and the context',
        holds: () => {
          const inputs = bahdanauInputs();
          requireClose(
            step(inputs).h,
            correctStep(inputs).h,
            (got) => `expected h ${readable(correctStep(inputs).h)}, got ${got}.`,
            'its input is tf.concat([symbol, context], 1), in this order, and its state is the old one, both h and c.',
          );
        },
      },
      {
        says: 'the cell goes on',
        holds: () => {
          const inputs = bahdanauInputs();
          requireClose(
            step(inputs).c,
            correctStep(inputs).c,
            (got) => `expected c ${readable(correctStep(inputs).c)}, got ${got}.`,
            'h and c are two things: c may be larger than 1.',
          );
        },
      },
    ],
  });
}

/** Two examples, three positions of which the second example has two padded; all sizes differ. */
function bahdanauInputs(): BahdanauInputs {
  const random = (shape: number[], seed: number): tf.Tensor => tf.randomNormal(shape, 0, 1, 'float32', seed);
  const [embedding, units, width, attention] = [5, 4, 2, 3];
  return {
    symbol: random([2, embedding], 1) as tf.Tensor2D,
    state: { h: random([2, units], 2) as tf.Tensor2D, c: random([2, units], 3).mul(2) as tf.Tensor2D },
    memory: tf.tensor3d([
      [
        [1, 2],
        [3, 4],
        [5, 6],
      ],
      [
        [1, 0],
        [100, 100],
        [100, 100],
      ],
    ]),
    mask: tf.tensor2d([
      [1, 1, 1],
      [1, 0, 0],
    ]),
    score: {
      Wq: random([units, attention], 4) as tf.Tensor2D,
      Wk: random([width, attention], 5) as tf.Tensor2D,
      v: random([attention], 6) as tf.Tensor1D,
    },
    lstm: {
      kernel: random([embedding + width, 4 * units], 7) as tf.Tensor2D,
      recurrentKernel: random([units, 4 * units], 8) as tf.Tensor2D,
      bias: random([4 * units], 9) as tf.Tensor1D,
    },
  };
}

/** The first example alone, a batch of one. */
function firstExample({ symbol, state, memory, mask, ...weights }: BahdanauInputs): BahdanauInputs {
  const first = <T extends tf.Tensor>(tensor: T): T => tensor.slice([0], [1]);
  const alone = { h: first(state.h), c: first(state.c) };
  return { symbol: first(symbol), state: alone, memory: first(memory), mask: first(mask), ...weights };
}

function correctStep({ symbol, state, memory, mask, score, lstm }: BahdanauInputs): ReturnType<BahdanauStep> {
  const scores = additiveScore(state.h.expandDims(1) as tf.Tensor3D, memory, score); // [batch, 1, keys]
  const context = readValues(softAlignment(scores, { mask }), memory).squeeze([1]); // [batch, width]
  const { h, c } = lstmStep(tf.concat([symbol, context], 1) as tf.Tensor2D, state, lstm); // each [batch, units]
  return { h, c, context };
}
