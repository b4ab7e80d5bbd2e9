/** Checks of the exercises of lesson 03, "BiLSTM". */
import { bidirectional } from '../recurrent/bidirectional';
import { lstmSequence } from '../recurrent/lstm-sequence';
import type { LstmWeights } from '../recurrent/lstm-types';
import { tf } from '../tensorflow';
import { checkExercise, NotYet, readable, requireClose, requireTensor } from './exercise';

const EXERCISES = 3;

/** Exercise 3.1: `x [batch, time, width]` and each text's length, to the same with each text turned around. */
export type TurnWithin = (x: tf.Tensor3D, lengths: number[]) => tf.Tensor;

/** Checks exercise 3.1: each text is reversed within its own length, and its padding stays where it is. */
export function checkTurnWithin(answer: TurnWithin): void {
  // Three words, four words, one word; padding is 0, so that it can be told apart.
  const padded = [
    [1, 2, 3, 0],
    [4, 5, 6, 7],
    [8, 0, 0, 0],
  ];
  const lengths = [3, 4, 1];
  const turned = (rows: number[][]): tf.Tensor => {
    const x = tf.tensor3d(rows.map((row) => row.map((value) => [value, 10 * value])));
    return requireTensor(
      answer(x, [...lengths]),
      [3, 4, 2],
      'as many texts, steps and features come out as went in.',
    ).slice([0, 0, 0], [3, 4, 1]);
  };
  const row = (rows: tf.Tensor, index: number): tf.Tensor => rows.slice([index, 0, 0], [1, 4, 1]).reshape([4]);
  checkExercise({
    name: '3.1 turn within the length',
    of: EXERCISES,
    requirements: [
      {
        says: 'a text without padding is turned around',
        holds: () =>
          requireClose(
            row(turned(padded), 1),
            tf.tensor1d([7, 6, 5, 4]),
            (got) => `the text 4, 5, 6, 7 should become 7, 6, 5, 4; got ${got}.`,
            'time is axis 1: x.reverse(1) turns the steps, not the texts and not the features.',
          ),
      },
      {
        says: 'a shorter text is turned within its own length',
        holds: () =>
          requireClose(
            row(turned(padded), 0),
            tf.tensor1d([3, 2, 1, 0]),
            (got) => `the text 1, 2, 3 with one step of padding should become 3, 2, 1, 0; got ${got}.`,
            'the padding belongs at the end, before and after. Which part of the row may be turned?',
          ),
      },
      {
        says: 'a text of one word stays as it is',
        holds: () =>
          requireClose(
            row(turned(padded), 2),
            tf.tensor1d([8, 0, 0, 0]),
            (got) => `the text 8 with three steps of padding should stay 8, 0, 0, 0; got ${got}.`,
            'each text has a length of its own: one length for all is not enough.',
          ),
      },
      {
        says: 'the features of a word stay together',
        holds: () => {
          const x = tf.tensor3d([[[1, 2], [3, 4], [0, 0]]]); // prettier-ignore
          const got = requireTensor(answer(x, [2]), [1, 3, 2], 'as many steps come out as went in.');
          requireClose(
            got,
            tf.tensor3d([[[3, 4], [1, 2], [0, 0]]]), // prettier-ignore
            (values) => `the words [1, 2] and [3, 4] should change places as a whole, got ${values}.`,
            'turn axis 1 only.',
          );
        },
      },
    ],
  });
}

/** What exercise 3.2 is given: one text, and the weights of the two directions. */
export interface TwoDirections {
  /** `[batch, time, width]`, no padding. */
  x: tf.Tensor3D;
  /** For reading from the left. */
  forward: LstmWeights;
  /** For reading from the right. */
  backward: LstmWeights;
}

/** Exercise 3.2: the two directions side by side `[batch, time, 2 * units]`, the backward one not turned back. */
export type BrokenBidirectional = (inputs: TwoDirections) => tf.Tensor;

/** Checks exercise 3.2: the backward outputs are left in the order of reading, as in much public code. */
export function checkBrokenBidirectional(answer: BrokenBidirectional): void {
  const broken = (x: tf.Tensor3D): tf.Tensor =>
    requireTensor(
      answer({ x, forward: someWeights(2, 3, 1), backward: someWeights(2, 3, 2) }),
      [1, 4, 6],
      'two outputs of width 3 side by side: tf.concat along the last axis.',
    );
  const half = (states: tf.Tensor, from: number): tf.Tensor => states.slice([0, 0, from], [1, 4, 3]);
  checkExercise({
    name: '3.2 a half that is not turned back',
    of: EXERCISES,
    requirements: [
      { says: 'the result has the shape [batch, time, 2 * units]', holds: () => void broken(someText(4)) },
      {
        says: 'the forward half is right',
        holds: () => {
          const x = someText(4);
          requireClose(
            half(broken(x), 0),
            lstmSequence(x, someWeights(2, 3, 1)).outputs,
            (got) => `the first 3 features should be lstmSequence(x, forward).outputs, got ${got}.`,
            'the mistake is in the backward half; the forward half comes first and stays whole.',
          );
        },
      },
      {
        says: 'the backward half stands at the wrong words',
        holds: () => {
          const x = someText(4);
          const right = lstmSequence(x, someWeights(2, 3, 2), { goBackwards: true }).outputs;
          const got = half(broken(x), 3);
          if (got.sub(right).abs().max().dataSync()[0]! < 1e-5) {
            throw new NotYet(
              'your backward half is right: each word has its own state.',
              'the mistake is to turn the text before reading and to forget to turn the outputs back. The option goBackwards turns them back for you.',
            );
          }
          requireClose(
            got,
            right.reverse(1),
            (values) => `the last word's state should stand at the first word, and so on; got ${values}.`,
            'turn x around along time, x.reverse(1), read it with the backward weights, and take the outputs as they come.',
          );
        },
      },
      {
        says: 'at the first word, the backward half knows only the last word',
        holds: () => {
          const changed = someText(4).mul(tf.tensor3d([[[-1], [-1], [-1], [1]]])); // prettier-ignore
          const first = (states: tf.Tensor): tf.Tensor => states.slice([0, 0, 3], [1, 1, 3]);
          requireClose(
            first(broken(changed as tf.Tensor3D)),
            first(broken(someText(4))),
            () => 'with other words before the last, its first backward state changed.',
            'read from the right: the first state that comes out has seen one word.',
          );
        },
      },
    ],
  });
}

/** One layer of exercise 3.3. */
export interface DirectionWeights {
  /** For reading from the left. */
  forward: LstmWeights;
  /** For reading from the right. */
  backward: LstmWeights;
}

/** Exercise 3.3: `x [batch, time, width]` through all layers to `[batch, time, 2 * units]` of the last one. */
export type DeepBidirectional = (x: tf.Tensor3D, layers: DirectionWeights[], mask: tf.Tensor2D) => tf.Tensor;

/** Checks exercise 3.3: BiLSTMs on top of each other, each with the mask. */
export function checkDeepBidirectional(answer: DeepBidirectional): void {
  const layer = (width: number, seed: number): DirectionWeights => ({
    forward: someWeights(width, 3, seed),
    backward: someWeights(width, 3, seed + 1),
  });
  const both = (): DirectionWeights[] => [layer(2, 1), layer(6, 3)];
  const deep = (x: tf.Tensor3D, layers: DirectionWeights[], mask: tf.Tensor2D): tf.Tensor =>
    requireTensor(
      answer(x, layers, mask),
      [1, x.shape[1], 6],
      'two directions of width 3 side by side, for each step.',
    );
  const real = (length: number, time = length): tf.Tensor2D =>
    tf.tensor2d([Array.from({ length: time }, (_, place) => (place < length ? 1 : 0))]);
  const reference = (x: tf.Tensor3D, layers: DirectionWeights[]): tf.Tensor3D =>
    layers.reduce((states, { forward, backward }) => bidirectional(states, forward, backward).outputs, x);
  checkExercise({
    name: '3.3 layers on top of each other',
    of: EXERCISES,
    requirements: [
      {
        says: 'one layer is the bidirectional of the lesson',
        holds: () => {
          const layers = both().slice(0, 1);
          requireClose(
            deep(someText(4), layers, real(4)),
            reference(someText(4), layers),
            (got) =>
              `with a single layer the result should be bidirectional(x, forward, backward).outputs, got ${got}.`,
            'hand forward and backward over in this order.',
          );
        },
      },
      {
        says: 'the second layer reads what the first one wrote',
        holds: () =>
          requireClose(
            deep(someText(4), both(), real(4)),
            reference(someText(4), both()),
            (got) => `two layers should give ${readable(reference(someText(4), both()).slice([0, 0, 0], [1, 1, 6]))} at the first word, got ${got}.`, // prettier-ignore
            'start with x; after each layer its outputs are what the next layer reads.',
          ),
      },
      {
        says: 'padding changes nothing',
        holds: () => {
          const longer = tf.concat([someText(3), tf.fill([1, 2, 2], 9)], 1) as tf.Tensor3D;
          requireClose(
            deep(longer, both(), real(3, 5)).slice([0, 0, 0], [1, 3, 6]),
            reference(someText(3), both()),
            () => 'three words with two steps of padding should have the same states as the three words alone.',
            'every layer reads backwards, so every layer needs the mask, not only the first one.',
          );
        },
      },
    ],
  });
}

/** A text `[1, time, 2]`, always the same; shorter ones are the beginning of longer ones. */
function someText(time: number): tf.Tensor3D {
  return tf.tensor3d([Array.from({ length: time }, (_, place) => [Math.sin(1 + 2 * place), Math.cos(3 * place)])]);
}

/** Weights of an LSTM, always the same for a seed. */
function someWeights(width: number, units: number, seed: number): LstmWeights {
  const values = (rows: number, shift: number): number[] =>
    Array.from({ length: rows * 4 * units }, (_, index) => Math.sin(seed + shift + 1.7 * index));
  return {
    kernel: tf.tensor2d(values(width, 0), [width, 4 * units]),
    recurrentKernel: tf.tensor2d(values(units, 0.3), [units, 4 * units]),
    bias: tf.tensor1d(values(1, 0.6)),
  };
}
