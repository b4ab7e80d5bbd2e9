import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  bidirectional,
  lstmSequence,
  lstmSequenceStepwise,
  LstmSequenceOptions,
  lstmStep,
  LstmWeights,
} from '../../../src/recurrent';
import { tf } from '../../../src/tensorflow';
import { closeTo, onBackend, random } from '../close-to';
import { ANY_MASK, everything, LstmFunction, lstmProblem, rightPadding } from './lstm-problem';

const FUNCTIONS: [string, LstmFunction][] = [
  ['lstmSequence', lstmSequence],
  ['lstmSequenceStepwise', lstmSequenceStepwise],
];

/** `tf.layers.lstm` as a function with the signature of ours; its outputs come in the order of reading. */
function layersLstm(options: { units: number; goBackwards?: boolean }): LstmFunction {
  const layer = tf.layers.lstm({
    ...options,
    returnSequences: true,
    returnState: true,
    recurrentActivation: 'sigmoid',
    recurrentInitializer: 'zeros',
  });
  return (x, { kernel, recurrentKernel, bias }, { mask, initialState } = {}) => {
    if (!layer.built) {
      layer.build(x.shape);
      layer.built = true;
    }
    const { cell } = layer as unknown as { cell: Record<string, { read: () => tf.Tensor }> };
    // The layer reads its variables; here they are whatever tensors the gradient is asked for.
    cell.kernel = { read: () => kernel };
    cell.recurrentKernel = { read: () => recurrentKernel };
    cell.bias = { read: () => bias };
    const state = initialState && [initialState.h, initialState.c];
    const [sequence, h, c] = layer.call(x, { mask, initialState: state }) as [tf.Tensor3D, tf.Tensor2D, tf.Tensor2D];
    return { outputs: options.goBackwards ? tf.reverse(sequence, 1) : sequence, finalState: { h, c } };
  };
}

function expectEqual(actual: Record<string, tf.Tensor>, expected: Record<string, tf.Tensor>, tolerance = 1e-5): void {
  assert.deepEqual(Object.keys(actual), Object.keys(expected));
  for (const name of Object.keys(expected)) closeTo(actual[name], expected[name], tolerance, name);
  tf.dispose([actual, expected]);
}

for (const backend of ['tensorflow', 'cpu', 'wasm']) {
  describe(`LSTM over a sequence on ${backend}`, () => {
    onBackend(backend);

    for (const [name, lstm] of FUNCTIONS) {
      for (const goBackwards of [false, true]) {
        const direction = goBackwards ? 'backwards' : 'forwards';

        test(`${name} equals tf.layers.lstm, read ${direction}, without a mask`, () => {
          for (const [batch, time, features, units] of [
            [4, 7, 5, 6],
            [1, 2, 1, 1], // not a single step: of that tf.layers.lstm cannot take the gradient
            [3, 5, 3, 3],
            [2, 9, 1, 8],
          ]) {
            const problem = lstmProblem(batch, time, features, units);
            expectEqual(
              everything(lstm, problem, { goBackwards }),
              everything(layersLstm({ units, goBackwards }), problem),
            );
            tf.dispose(problem);
          }
        });

        test(`${name} equals tf.layers.lstm, read ${direction}, under every kind of mask`, () => {
          const problem = lstmProblem(ANY_MASK.length, 7, 5, 6, 10);
          const mask = tf.tensor2d(ANY_MASK);
          expectEqual(
            everything(lstm, problem, { mask, goBackwards }),
            everything(layersLstm({ units: 6, goBackwards }), problem, { mask }),
          );
          tf.dispose([problem, mask]);
        });
      }

      test(`${name}: a step without a real example in the whole batch`, () => {
        const problem = lstmProblem(2, 3, 2, 2);
        const mask = tf.zeros([2, 3]) as tf.Tensor2D;
        const result = everything(lstm, problem, { mask });
        closeTo(result.h, problem.initialState.h, 0, 'h');
        closeTo(result.c, problem.initialState.c, 0, 'c');
        for (const output of tf.unstack(result.outputs, 1)) closeTo(output, problem.initialState.h, 0, 'output');
        closeTo(result['gradient of kernel'], tf.zeros([2, 8]), 0, 'gradient');
      });

      test(`${name}: the content of padding does not matter, 1e9 included`, () => {
        const problem = lstmProblem(3, 6, 4, 5);
        const mask = rightPadding([6, 2, 4], 6);
        const padding = tf.sub(1, mask).expandDims(2);
        const x = tf.add(tf.mul(problem.x, mask.expandDims(2)), tf.mul(padding, 1e9)) as tf.Tensor3D;
        for (const goBackwards of [false, true]) {
          expectEqual(
            everything(lstm, { ...problem, x }, { mask, goBackwards }),
            everything(lstm, problem, { mask, goBackwards }),
            0,
          );
        }
      });

      test(`${name}: more padding changes nothing, and a batch equals its examples one by one`, () => {
        const { x, weights } = lstmProblem(3, 6, 4, 5);
        const lengths = [6, 2, 4];
        for (const goBackwards of [false, true]) {
          const together = lstm(x, weights, { mask: rightPadding(lengths, 6), goBackwards });
          const longer = tf.pad(x, [
            [0, 0],
            [0, 3],
            [0, 0],
          ]);
          const padded = lstm(longer, weights, { mask: rightPadding(lengths, 9), goBackwards });
          closeTo(padded.outputs.slice([0, 0, 0], [3, 6, 5]), together.outputs, 1e-6, 'outputs under more padding');
          closeTo(padded.finalState.c, together.finalState.c, 1e-6, 'cell under more padding');
          lengths.forEach((length, example) => {
            const alone = lstm(x.slice([example, 0, 0], [1, length, 4]), weights, { goBackwards });
            const outputs = together.outputs.slice([example, 0, 0], [1, length, 5]);
            closeTo(outputs, alone.outputs, 1e-6, 'outputs of one example');
            closeTo(together.finalState.h.slice([example, 0], [1, 5]), alone.finalState.h, 1e-6, 'final output');
            closeTo(together.finalState.c.slice([example, 0], [1, 5]), alone.finalState.c, 1e-6, 'final cell');
          });
        }
      });

      test(`${name}: the gradient is the slope`, () => {
        const problem = lstmProblem(2, 4, 3, 2, 20);
        const mask = tf.tensor2d([
          [1, 1, 1, 1],
          [0, 1, 0, 1],
        ]);
        const probe = random([2, 4, 2], 30);
        const loss = (weights: LstmWeights) =>
          tf.sum(tf.mul(lstm(problem.x, weights, { mask, goBackwards: true }).outputs, probe));
        const names = ['kernel', 'recurrentKernel', 'bias'] as const;
        const gradients = tf.grads((...parts: tf.Tensor[]) => {
          const [kernel, recurrentKernel, bias] = parts;
          return loss({ kernel, recurrentKernel, bias } as LstmWeights);
        })(names.map((part) => problem.weights[part]));
        const step = 1e-2;
        names.forEach((part, index) => {
          const { shape } = problem.weights[part];
          const values = problem.weights[part].dataSync();
          const gradient = gradients[index].dataSync();
          for (let element = 0; element < values.length; element += 3) {
            const [above, below] = [step, -step].map((change) =>
              tf.tidy(() => {
                const moved = Float32Array.from(values);
                moved[element] += change;
                return loss({ ...problem.weights, [part]: tf.tensor(moved, shape) }).dataSync()[0];
              }),
            );
            const slope = (above - below) / (2 * step);
            const difference = Math.abs(slope - gradient[element]);
            assert.ok(difference < 1e-3, `${part}[${element}]: slope ${slope}, gradient ${gradient[element]}`);
          }
        });
      });

      test(`${name} leaks no tensor, with and without gradient`, () => {
        const problem = lstmProblem(3, 5, 4, 2);
        const mask = rightPadding([5, 1, 3], 5);
        tf.dispose(everything(lstm, problem, { mask })); // what is made once and kept is made here
        const start = tf.memory().numTensors;
        for (const options of [{}, { mask }, { goBackwards: true }, { mask, goBackwards: true }]) {
          const { outputs, finalState } = lstm(problem.x, problem.weights, options);
          assert.equal(tf.memory().numTensors, start + 3);
          tf.dispose([outputs, finalState.h, finalState.c]);
          tf.dispose(everything(lstm, problem, options));
          assert.equal(tf.memory().numTensors, start);
        }
      });
    }

    const reference = golden();
    // Values made outside this repository, where they are at hand; a clone has tf.layers.lstm as its reference.
    if (reference)
      test('golden values of an independent implementation', () => {
        const { lengths, lstm: cases } = reference;
        const options: Record<string, LstmSequenceOptions> = {
          plain: {},
          masked: { mask: rightPadding(lengths, 6) },
          backwardsByLength: { mask: rightPadding(lengths, 6), goBackwards: true },
        };
        for (const [name, { inputs, parameters, output, probe, gradients }] of Object.entries(cases)) {
          for (const [, lstm] of FUNCTIONS) {
            const parts = [inputs.x, parameters.kernel, parameters.recurrentKernel, parameters.bias].map((each) =>
              tf.tensor(each),
            );
            const run = ([x, kernel, recurrentKernel, bias]: tf.Tensor[]) =>
              lstm(x as tf.Tensor3D, { kernel, recurrentKernel, bias } as LstmWeights, options[name]).outputs;
            closeTo(run(parts), tf.tensor(output), 1e-5, `${name} outputs`);
            const found = tf.grads((...changed: tf.Tensor[]) => tf.sum(tf.mul(run(changed), tf.tensor(probe))))(parts);
            ['x', 'kernel', 'recurrentKernel', 'bias'].forEach((part, index) =>
              closeTo(found[index], tf.tensor(gradients[part]), 1e-5, `${name} gradient of ${part}`),
            );
          }
        }
      });

    test('bidirectional: each direction sees only its own side', () => {
      const forward = lstmProblem(3, 5, 4, 2, 1);
      const backward = lstmProblem(3, 5, 4, 2, 60);
      const mask = rightPadding([5, 2, 3], 5);
      const both = bidirectional(forward.x, forward.weights, backward.weights, { mask });
      const left = lstmSequenceStepwise(forward.x, forward.weights, { mask });
      const right = lstmSequenceStepwise(forward.x, backward.weights, { mask, goBackwards: true });
      closeTo(both.outputs, tf.concat([left.outputs, right.outputs], 2), 1e-5, 'concat');
      closeTo(both.forwardState.c, left.finalState.c, 1e-5, 'forward cell');
      closeTo(both.backwardState.h, right.finalState.h, 1e-5, 'backward output');
      const merged = {
        sum: tf.add(left.outputs, right.outputs),
        mul: tf.mul(left.outputs, right.outputs),
        ave: tf.div(tf.add(left.outputs, right.outputs), 2),
      };
      for (const mergeMode of ['sum', 'mul', 'ave'] as const) {
        const { outputs } = bidirectional(forward.x, forward.weights, backward.weights, { mask, mergeMode });
        closeTo(outputs, merged[mergeMode], 1e-5, mergeMode);
      }
    });
  });
}

test('sizes at which the native library computes in other blocks: still equal to the plain computation', () => {
  tf.tidy(() => {
    const problem = lstmProblem(33, 19, 40, 136);
    const mask = rightPadding(
      Array.from({ length: 33 }, (_, example) => (example * 5) % 20),
      19,
    );
    for (const goBackwards of [false, true]) {
      const expected = everything(lstmSequenceStepwise, problem, { mask, goBackwards });
      const actual = everything(lstmSequence, problem, { mask, goBackwards });
      for (const [name, tensor] of Object.entries(expected)) {
        const largest = tf.max(tf.abs(tensor)).dataSync()[0];
        const difference = tf.max(tf.abs(tf.sub(actual[name], tensor))).dataSync()[0];
        assert.ok(difference <= 1e-5 * Math.max(1, largest), `${name}: ${difference} of ${largest}`);
      }
    }
  });
});

type Nested = number[] | Nested[];
interface Golden {
  lengths: number[];
  lstm: Record<
    string,
    Record<'inputs' | 'parameters' | 'gradients', Record<string, Nested>> & { output: Nested; probe: Nested }
  >;
}

/** Reference values made elsewhere, where they are at hand. */
function golden(): Golden | undefined {
  const file = path.resolve(__dirname, '../../../../shared/golden/golden.json');
  return fs.existsSync(file) ? (JSON.parse(fs.readFileSync(file, 'utf8')) as Golden) : undefined;
}

test('any shape and any mask: the fused form equals the stepwise one', () => {
  const size = fc.integer({ min: 1, max: 6 });
  fc.assert(
    fc.property(size, size, size, size, fc.boolean(), fc.infiniteStream(fc.boolean()), (b, t, d, u, back, bits) => {
      tf.tidy(() => {
        const problem = lstmProblem(b, t, d, u);
        const mask = tf.tensor2d(
          Array.from({ length: b * t }, () => Number(bits.next().value)),
          [b, t],
        );
        expectEqual(
          everything(lstmSequence, problem, { mask, goBackwards: back }),
          everything(lstmSequenceStepwise, problem, { mask, goBackwards: back }),
        );
      });
    }),
    { numRuns: 30, seed: 7 },
  );
});

test('what does not fit is refused before anything runs, naming the argument', () => {
  const { x, weights, initialState } = lstmProblem(2, 3, 4, 5);
  const cases: [RegExp, () => unknown][] = [
    [/^x must have rank 3, got rank 2 with shape \[2, 3\]/, () => [tf.zeros([2, 3]), weights]],
    [/^x must hold at least one example and one step, got shape \[2, 0, 4\]/, () => [tf.zeros([2, 0, 4]), weights]],
    [/^x must be float32, got int32: convert it with tf.cast/, () => [tf.zeros([2, 3, 4], 'int32'), weights]],
    [/^kernel must have shape \[4, 20\], got \[3, 20\]/, () => [x, { ...weights, kernel: tf.zeros([3, 20]) }]],
    [/^kernel must have shape \[4, 20\], got \[4, 24\]/, () => [x, { ...weights, kernel: tf.zeros([4, 24]) }]],
    [/^recurrentKernel must have shape \[5, 20\]/, () => [x, { ...weights, recurrentKernel: tf.zeros([5, 16]) }]],
    [/^recurrentKernel must be a tensor of rank 2, got undefined/, () => [x, { kernel: weights.kernel }]],
    [/^bias must have shape \[20\], got \[16\]/, () => [x, { ...weights, bias: tf.zeros([16]) }]],
    [/^mask must have shape \[2, 3\], got \[2, 4\]/, () => [x, weights, { mask: tf.ones([2, 4]) }]],
    [
      /^mask must hold only 1 \(real position\) and 0 \(padding\), got -1000000000/,
      () => [x, weights, { mask: tf.fill([2, 3], -1e9) }],
    ],
    [/^bias must be float32, got int32/, () => [x, { ...weights, bias: tf.zeros([20], 'int32') }]],
    [
      /^initialState.h must be float32, got int32/,
      () => [x, weights, { initialState: { ...initialState, h: tf.zeros([2, 5], 'int32') } }],
    ],
    [
      /^initialState.c must have shape \[2, 5\], got \[1, 5\]/,
      () => [x, weights, { initialState: { ...initialState, c: tf.zeros([1, 5]) } }],
    ],
  ];
  for (const [message, make] of cases) {
    const given = make() as Parameters<LstmFunction>;
    for (const [, lstm] of FUNCTIONS) {
      assert.throws(
        () => lstm(...given),
        (error: Error) => message.test(error.message) || assert.fail(`${error.message} does not match ${message}`),
      );
    }
  }
  assert.throws(
    () => bidirectional(x, weights, weights, { mergeMode: 'max' as 'sum' }),
    /^RangeError: mergeMode must be one of concat, sum, mul, ave, got max/,
  );
});

test('a step whose arguments do not fit is refused by name, not stretched to fit', () => {
  const { weights, initialState } = lstmProblem(2, 3, 4, 5);
  const x = tf.zeros<tf.Rank.R2>([2, 4]);
  const one = initialState.c.slice([0, 0], [1, 5]) as tf.Tensor2D;
  const cases: [RegExp, () => unknown][] = [
    [
      /^x must have rank 2, got rank 3/,
      () => lstmStep(tf.zeros([2, 3, 4]) as tf.Tensor as tf.Tensor2D, initialState, weights),
    ],
    [/^kernel must have shape \[3, 20\], got \[4, 20\]/, () => lstmStep(tf.zeros([2, 3]), initialState, weights)],
    [/^state.h must have shape \[2, 5\], got \[1, 5\]/, () => lstmStep(x, { ...initialState, h: one }, weights)],
    [/^state.c must have shape \[2, 5\], got \[1, 5\]/, () => lstmStep(x, { ...initialState, c: one }, weights)],
    [/^bias must have shape \[20\], got \[1\]/, () => lstmStep(x, initialState, { ...weights, bias: tf.zeros([1]) })],
  ];
  for (const [message, run] of cases) assert.throws(run, { message });
});
