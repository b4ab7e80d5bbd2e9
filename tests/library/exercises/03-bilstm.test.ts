import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import {
  checkBrokenBidirectional,
  checkDeepBidirectional,
  checkTurnWithin,
  type BrokenBidirectional,
  type DeepBidirectional,
  type TurnWithin,
} from '../../../src/exercises';
import { bidirectional, lstmSequence } from '../../../src/recurrent';
import { tf } from '../../../src/tensorflow';
import { accepts, rejects } from './answers';

describe('exercise 3.1, turn within the length', () => {
  const solution: TurnWithin = (x, lengths) =>
    tf.concat(
      lengths.map((length, row) => {
        const words = x.slice([row, 0, 0], [1, length, -1]);
        return tf.concat([words.reverse(1), x.slice([row, length, 0], [1, -1, -1])], 1);
      }),
    );
  const byGather: TurnWithin = (x, lengths) => {
    const places = lengths.map((length) =>
      Array.from({ length: x.shape[1] }, (_, place) => (place < length ? length - 1 - place : place)),
    );
    return tf.gather(x, tf.tensor2d(places, undefined, 'int32'), 1, 1);
  };

  accepts<TurnWithin>(checkTurnWithin, { 'slices that are turned': solution, gather: byGather });
  rejects<TurnWithin>(checkTurnWithin, {
    'the unmodified stub': [(x) => x, /4, 5, 6, 7 should become 7, 6, 5, 4/],
    'the whole rectangle turned': [(x) => x.reverse(1), /1, 2, 3 with one step of padding/],
    'texts turned instead of words': [(x) => x.reverse(0), /time is axis 1/],
    'features turned too': [(x, lengths) => solution(x.reverse(2), lengths), /should become 7, 6, 5, 4/],
    'one length for all': [(x) => solution(x, x.shape[1] === 4 ? [3, 4, 3] : [2]), /a length of its own/],
    'padding cut off': [(x, lengths) => x.slice([0, 0, 0], [1, lengths[0], -1]).reverse(1), /expected the shape/],
  });
});

describe('exercise 3.2, a half that is not turned back', () => {
  const solution: BrokenBidirectional = ({ x, forward, backward }) =>
    tf.concat([lstmSequence(x, forward).outputs, lstmSequence(x.reverse(1), backward).outputs], 2);

  accepts<BrokenBidirectional>(checkBrokenBidirectional, { 'the mistake': solution });
  rejects<BrokenBidirectional>(checkBrokenBidirectional, {
    'the unmodified stub': [({ x }) => x, /expected the shape \[1, 4, 6\], got \[1, 4, 2\]/],
    'a BiLSTM that is right': [
      ({ x, forward, backward }) => bidirectional(x, forward, backward).outputs,
      /your backward half is right/,
    ],
    'backward weights that read from the left': [
      ({ x, forward, backward }) => tf.concat([lstmSequence(x, forward).outputs, lstmSequence(x, backward).outputs], 2),
      /turn x around/,
    ],
    'the halves in the wrong order': [
      ({ x, forward, backward }) => bidirectional(x, backward, forward).outputs,
      /forward half comes first/,
    ],
  });
});

describe('exercise 3.3, layers on top of each other', () => {
  const solution: DeepBidirectional = (x, layers, mask) =>
    layers.reduce((states, { forward, backward }) => bidirectional(states, forward, backward, { mask }).outputs, x);

  accepts<DeepBidirectional>(checkDeepBidirectional, { 'the solution': solution });
  rejects<DeepBidirectional>(checkDeepBidirectional, {
    'the unmodified stub': [(x) => x, /expected the shape \[1, 4, 6\], got \[1, 4, 2\]/],
    'the first layer only': [(x, layers, mask) => solution(x, layers.slice(0, 1), mask), /what the next layer reads/],
    'no mask': [
      (x, layers) => layers.reduce((states, each) => bidirectional(states, each.forward, each.backward).outputs, x),
      /every layer needs the mask/,
    ],
    'a mask in the first layer only': [
      (x, layers, mask) =>
        layers.reduce((states, each, index) => {
          const options = index === 0 ? { mask } : {};
          return bidirectional(states, each.forward, each.backward, options).outputs;
        }, x),
      /every layer needs the mask/,
    ],
    'the directions swapped': [
      (x, layers, mask) => solution(x, layers.map(({ forward, backward }) => ({ forward: backward, backward: forward })), mask), // prettier-ignore
      /in this order/,
    ],
  });
});

test('the solution notebook passes every check', () => {
  const file = path.join(__dirname, '../../../notebooks/solutions/03-bilstm.ipynb');
  const printed = fs.readFileSync(file, 'utf8');
  assert.match(printed, /3 of 3 done/);
  assert.doesNotMatch(printed, /not yet {2}/);
});
