import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { additiveScore, readValues, softAlignment } from '../../../src/attention';
import {
  checkBahdanauStep,
  checkBrokenPicture,
  checkPreviousSymbols,
  type BahdanauInputs,
  type BahdanauStep,
  type BrokenPicture,
  type PreviousSymbols,
} from '../../../src/exercises';
import { lstmStep } from '../../../src/recurrent';
import { tf } from '../../../src/tensorflow';
import { accepts, rejects } from './answers';

describe('exercise 5.1, what the decoder reads', () => {
  const shifted = (targets: tf.Tensor2D): tf.Tensor2D =>
    targets.slice([0, 0], [targets.shape[0], targets.shape[1] - 1]);
  const column = (targets: tf.Tensor2D, startId: number): tf.Tensor => tf.fill([targets.shape[0], 1], startId, 'int32');

  accepts<PreviousSymbols>(checkPreviousSymbols, {
    'start and then the targets but the last': (targets, startId) =>
      tf.concat([column(targets, startId), shifted(targets)], 1),
    'padding on the left': (targets, startId) =>
      shifted(targets).pad(
        [
          [0, 0],
          [1, 0],
        ],
        startId,
      ),
  });

  rejects<PreviousSymbols>(checkPreviousSymbols, {
    'the unmodified stub': [(targets) => targets, /copying from the answer sheet/],
    'one symbol too many': [(targets, startId) => tf.concat([column(targets, startId), targets], 1), /so one less/],
    'the first symbol overwritten': [
      (targets, startId) => tf.concat([column(targets, startId), targets.slice([0, 1])], 1),
      /one place to the right/,
    ],
    'the row reversed': [
      (targets, startId) => tf.concat([column(targets, startId), shifted(targets).reverse(1)], 1),
      /one place to the right/,
    ],
    'one long row': [
      (targets, startId) => {
        const flat = targets.flatten();
        const start = tf.tensor1d([startId], 'int32');
        return tf.concat([start, flat.slice([0], [flat.size - 1])]).reshape(targets.shape);
      },
      /in every row/,
    ],
    'a fixed start symbol': [(targets) => tf.concat([column(targets, 2), shifted(targets)], 1), /use startId/],
    'start symbols of another type': [
      (targets, startId) => tf.concat([tf.fill([targets.shape[0], 1], startId), shifted(targets)], 1),
      /tf\.fill\(shape, startId, 'int32'\)/,
    ],
  });
});

describe('exercise 5.2, a picture that lies', () => {
  accepts<BrokenPicture>(checkBrokenPicture, {
    'the mistake': (energies) => energies.div(energies.max(1, true)),
  });

  rejects<BrokenPicture>(checkBrokenPicture, {
    'the unmodified stub': [(energies) => energies, /divide each row by its own maximum/],
    'the weights, which are right': [(energies) => energies.softmax(), /no softmax in this one/],
    'rows divided by their sum': [(energies) => energies.div(energies.sum(1, true)), /not by its sum/],
    'everything divided by one maximum': [(energies) => energies.div(energies.max()), /own maximum/],
    'an axis that is lost': [(energies) => energies.max(1), /keep the axis/],
    'an absolute maximum': [(energies) => energies.div(energies.abs().max(1, true)), /the worst key is now/],
  });
});

describe("exercise 5.3, Bahdanau's order", () => {
  const ask = ({ state, memory, mask, score }: BahdanauInputs, query = state.h): tf.Tensor2D => {
    const scores = additiveScore(query.expandDims(1), memory, score);
    return readValues(softAlignment(scores, { mask }), memory).squeeze([1]);
  };
  const solution: BahdanauStep = (inputs) => {
    const context = ask(inputs);
    return { ...lstmStep(tf.concat([inputs.symbol, context], 1), inputs.state, inputs.lstm), context };
  };

  accepts<BahdanauStep>(checkBahdanauStep, { 'the solution': solution });

  rejects<BahdanauStep>(checkBahdanauStep, {
    'the unmodified stub': [({ state, memory }) => ({ ...state, context: memory.mean(1) }), /pass the mask on/],
    'a query axis that stays': [(inputs) => ({ ...solution(inputs), context: ask(inputs).expandDims(1) }), /squeeze/],
    'all axes of size 1 taken away': [
      (inputs) => {
        const { state, memory, mask, score, symbol, lstm } = inputs;
        const scores = additiveScore(state.h.expandDims(1), memory, score);
        const context = readValues(softAlignment(scores, { mask }), memory).squeeze<tf.Tensor2D>();
        return { ...lstmStep(tf.concat([symbol, context], 1), state, lstm), context };
      },
      /a batch of one example: [^]*Name the axis/,
    ],
    'nothing at all': [() => undefined as never, /return \{ h, c, context \}/],
    'a mask that is forgotten': [
      (inputs) => solution({ ...inputs, mask: tf.onesLike(inputs.mask) }),
      /pass the mask on/,
    ],
    "Luong's order": [
      (inputs) => {
        const first = solution(inputs);
        return { ...first, context: ask(inputs, first.h as tf.Tensor2D) };
      },
      /state\.h as it came in/,
    ],
    'context before symbol': [
      (inputs) => {
        const context = ask(inputs);
        return { ...lstmStep(tf.concat([context, inputs.symbol], 1), inputs.state, inputs.lstm), context };
      },
      /in this order/,
    ],
    'a cell that starts from h': [
      (inputs) => ({ ...solution({ ...inputs, state: { h: inputs.state.h, c: inputs.state.h } }) }),
      /both h and c/,
    ],
    'h in the place of c': [
      (inputs) => {
        const { h, context } = solution(inputs);
        return { h, c: h, context };
      },
      /two things/,
    ],
  });
});

test('the solution notebook passes every check', () => {
  const file = path.join(__dirname, '../../../notebooks/solutions/05-soft-attention.ipynb');
  const printed = fs.readFileSync(file, 'utf8');
  assert.match(printed, /3 of 3 done/);
  assert.doesNotMatch(printed, /not yet {2}/);
});
