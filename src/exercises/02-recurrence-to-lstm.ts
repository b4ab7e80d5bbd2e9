/** Checks of the exercises of lesson 02, "From recurrence to LSTM". */
import { tf } from '../tensorflow';
import { checkExercise, NotYet, readable, requireClose, requireTensor } from './exercise';

const EXERCISES = 3;

/** The weights of one gate of a {@link GruWeights}. */
export interface GruGate {
  /** From the input, `[features, units]`. */
  W: tf.Tensor2D;
  /** From the state of the step before, `[units, units]`. */
  U: tf.Tensor2D;
  /** `[units]` */
  b: tf.Tensor1D;
}

/** What exercise 2.1 is given: the two gates of a GRU and its candidate. */
export interface GruWeights {
  /** How much of the state is written anew. */
  update: GruGate;
  /** How much of the old state the candidate may see. */
  reset: GruGate;
  /** What to write. */
  candidate: GruGate;
}

/** Exercise 2.1: `x [batch, features]` and `h [batch, units]` to the next state `[batch, units]`. */
export type GruStep = (x: tf.Tensor2D, h: tf.Tensor2D, weights: GruWeights) => tf.Tensor;

/** Checks exercise 2.1: one step of a gated recurrent unit (Cho et al. 2014). */
export function checkGruStep(answer: GruStep): void {
  // Two examples, three features, two units. `bias` opens or shuts a whole gate; weights are 0 unless given.
  const gate = (bias: number, parts: { W?: number[][]; U?: number[][] } = {}): GruGate => ({
    W: parts.W ? tf.tensor2d(parts.W) : tf.zeros([3, 2]),
    U: parts.U ? tf.tensor2d(parts.U) : tf.zeros([2, 2]),
    b: tf.fill([2], bias),
  });
  const x = (): tf.Tensor2D =>
    tf.tensor2d([
      [1, 0, 2],
      [0, -1, 0],
    ]);
  const h = (): tf.Tensor2D =>
    tf.tensor2d([
      [0.5, -0.25],
      [1, 0],
    ]);
  const step = (weights: GruWeights): tf.Tensor =>
    requireTensor(answer(x(), h(), weights), [2, 2], 'the next state is as large as the old one: [batch, units].');
  const [open, shut] = [50, -50];
  const identity = [
    [1, 0],
    [0, 1],
  ];
  checkExercise({
    name: '2.1 a GRU step',
    of: EXERCISES,
    requirements: [
      {
        says: 'a shut update gate keeps the old state',
        holds: () => {
          const got = step({ update: gate(shut), reset: gate(open), candidate: gate(1) });
          requireClose(
            got,
            h(),
            (values) => `with the update gate at 0 the state should stay ${readable(h())}, got ${values}.`,
            'the new state is a mixture: z of the candidate and 1 - z of the old state. Are the two swapped, or is b left out?',
          );
        },
      },
      {
        says: 'an open update gate writes the candidate',
        holds: () => {
          const got = step({ update: gate(open), reset: gate(open), candidate: gate(1) });
          requireClose(
            got,
            tf.fill([2, 2], Math.tanh(1)),
            (values) => `with the update gate at 1 and a candidate of tanh(1) = 0.762 everywhere, got ${values}.`,
            'the candidate goes through tanh, the gates through sigmoid; of the old state the share 1 - z is left, here 0.',
          );
        },
      },
      {
        says: 'a gate that is half open mixes half and half',
        holds: () => {
          const got = step({ update: gate(0), reset: gate(open), candidate: gate(open) });
          requireClose(
            got,
            h().add(1).div(2),
            (values) => `half of 1 and half of the old state is ${readable(h().add(1).div(2))}, got ${values}.`,
            'the shares z and 1 - z sum to one.',
          );
        },
      },
      {
        says: 'the candidate sees the input',
        holds: () => {
          const W = [
            [1, 0],
            [0, 1],
            [0, 0.5],
          ];
          const got = step({ update: gate(open), reset: gate(open), candidate: gate(0, { W }) });
          const expected = tf.matMul(x(), tf.tensor2d(W)).tanh();
          requireClose(
            got,
            expected,
            (values) => `expected tanh of ${readable(tf.matMul(x(), tf.tensor2d(W)))}, got ${values}.`,
            'x W + (something) U + b, for each of the three.',
          );
        },
      },
      {
        says: 'an open reset gate shows the old state to the candidate, a shut one hides it',
        holds: () => {
          const weights = (reset: number): GruWeights => ({
            update: gate(open),
            reset: gate(reset),
            candidate: gate(0, { U: identity }),
          });
          for (const [bias, share] of [
            [open, 1],
            [shut, 0],
            [0, 0.5],
          ] as const) {
            const expected = h().mul(share).tanh();
            requireClose(
              step(weights(bias)),
              expected,
              (values) => `with the reset gate at ${share} the candidate is ${readable(expected)}, got ${values}.`,
              'the reset gate multiplies the old state that the candidate sees, and nothing else.',
            );
          }
        },
      },
      {
        says: 'the reset gate acts before the product with U',
        holds: () => {
          const U = [
            [0, 2],
            [1, 0],
          ];
          // Shut for the first unit, open for the second.
          const reset = { ...gate(0), b: tf.tensor1d([shut, open]) };
          const got = step({ update: gate(open), reset, candidate: gate(0, { U }) });
          const expected = tf.matMul(h().mul(tf.tensor1d([0, 1])), tf.tensor2d(U)).tanh();
          requireClose(
            got,
            expected,
            (values) => `expected ${readable(expected)}, got ${values}.`,
            'first r times h, then the product with U.',
          );
        },
      },
      {
        says: 'both gates read input and state',
        holds: () => {
          const W = [
            [1, 0],
            [0, 1],
            [0.5, 0],
          ];
          const U = [
            [1, 2],
            [-1, 1],
          ];
          // The same numbers in all three, times a factor of its own for each.
          const times = (factor: number, rows: number[][]): number[][] =>
            rows.map((row) => row.map((value) => factor * value));
          const own = (bias: number, factor: number): GruGate =>
            gate(bias, { W: times(factor, W), U: times(factor, U) });
          const got = step({ update: own(0.1, 1), reset: own(-0.2, -2), candidate: own(0.3, 0.5) });
          const both = (state: tf.Tensor2D, bias: number, factor: number): tf.Tensor =>
            tf
              .matMul(x(), tf.tensor2d(W))
              .add(tf.matMul(state, tf.tensor2d(U)))
              .mul(factor)
              .add(bias);
          const z = both(h(), 0.1, 1).sigmoid();
          const r = both(h(), -0.2, -2).sigmoid();
          const candidate = both(r.mul(h()), 0.3, 0.5).tanh();
          const expected = z.mul(candidate).add(z.mul(-1).add(1).mul(h()));
          requireClose(
            got,
            expected,
            (values) => `with weights everywhere the new state should be ${readable(expected)}, got ${values}.`,
            'each gate has its own W, U and b; none may be left out or taken from a neighbour.',
          );
        },
      },
    ],
  });
}

/** What exercise 2.2 is given: the old memory cell and this step's gates, each `[batch, units]`. */
export interface CellInputs {
  /** The memory of the step before. */
  c: tf.Tensor2D;
  /** Between 0 and 1: how much to keep. */
  forget: tf.Tensor2D;
  /** Between 0 and 1: how much to write. */
  input: tf.Tensor2D;
  /** Between -1 and 1: what to write. */
  candidate: tf.Tensor2D;
}

/** Exercise 2.2: the next memory cell `[batch, units]`, broken by a tanh that does not belong there. */
export type SquashedCell = (inputs: CellInputs) => tf.Tensor;

/** Checks exercise 2.2: a tanh around the memory cell, which makes it leak even when the forget gate is open. */
export function checkSquashedCell(answer: SquashedCell): void {
  const cell = (c: number, forget: number, input: number, candidate: number): tf.Tensor => {
    const one = (value: number): tf.Tensor2D => tf.tensor2d([[value, value]]);
    const inputs = { c: one(c), forget: one(forget), input: one(input), candidate: one(candidate) };
    return requireTensor(answer(inputs), [1, 2], 'one number for each unit: [batch, units].');
  };
  checkExercise({
    name: '2.2 a memory that leaks',
    of: EXERCISES,
    requirements: [
      {
        says: 'it keeps by the forget gate and writes by the input gate',
        holds: () => {
          // So small that a tanh hardly changes it.
          requireClose(
            cell(0.02, 0.5, 0.25, 0.08),
            tf.fill([1, 2], 0.03),
            (values) => `half of 0.02 kept and a quarter of 0.08 written make 0.03, got ${values}.`,
            'begin with the right cell: forget times the old cell, plus input times the candidate.',
          );
        },
      },
      {
        says: 'the new cell is squashed',
        holds: () => {
          const [got = NaN] = cell(3, 1, 0, 0).dataSync();
          if (Math.abs(got - 3) < 1e-4) {
            throw new NotYet(
              'an old cell of 3 with an open forget gate stayed 3: this memory is as it should be.',
              'the mistake to build: a tanh around the whole sum.',
            );
          }
          requireClose(
            tf.tensor1d([got]),
            tf.tensor1d([Math.tanh(3)]),
            (values) => `an old cell of 3 should become tanh(3) = 0.995, got ${values}.`,
            'one tanh, around the sum, after the gates.',
          );
        },
      },
      {
        says: 'what is written is squashed together with what is kept',
        holds: () => {
          requireClose(
            cell(1, 1, 1, 1),
            tf.fill([1, 2], Math.tanh(2)),
            (values) => `1 kept and 1 written should give tanh(2) = 0.964, got ${values}.`,
            'around the sum, not around its parts.',
          );
        },
      },
    ],
  });
}

/** Exercise 2.3: gradients of any shapes and the largest common norm that is allowed, to the clipped gradients. */
export type ClipGradients = (gradients: tf.Tensor[], largest: number) => tf.Tensor[];

/** Checks exercise 2.3: all gradients shortened together, so that their direction stays. */
export function checkClipGradients(answer: ClipGradients): void {
  const clip = (gradients: tf.Tensor[], largest: number): tf.Tensor[] => {
    const clipped = answer(gradients, largest) as unknown;
    if (!Array.isArray(clipped) || clipped.length !== gradients.length) {
      const got = Array.isArray(clipped) ? `an array of ${clipped.length}` : String(clipped as string);
      throw new NotYet(`expected an array of ${gradients.length} tensors, got ${got}.`, 'one for each that came in.');
    }
    return clipped.map((tensor, index) =>
      requireTensor(tensor, gradients[index]!.shape, 'a gradient keeps its shape: only its numbers shrink.'),
    );
  };
  const example = (): tf.Tensor[] => [tf.tensor1d([3, 0]), tf.tensor2d([[0], [4]])]; // together 5 long
  const close = (got: tf.Tensor[], want: tf.Tensor[], message: (shown: string) => string, hint: string): void =>
    requireClose(
      tf.concat(got.map((tensor) => tensor.flatten())),
      tf.concat(want.map((tensor) => tensor.flatten())),
      message,
      hint,
    );
  checkExercise({
    name: '2.3 clip the gradients',
    of: EXERCISES,
    requirements: [
      {
        says: 'long gradients are shortened to the largest norm',
        holds: () => {
          close(
            clip(example(), 1),
            example().map((tensor) => tensor.div(5)),
            (shown) => `3, 0 and 0, 4 are 5 long together; shortened to 1 they are 0.6, 0, 0, 0.8. Got ${shown}.`,
            'one factor for all: the largest norm divided by their common norm, the root of the sum of all squares.',
          );
          close(
            clip(example(), 2.5),
            example().map((tensor) => tensor.div(2)),
            (shown) => `shortened to 2.5 they are 1.5, 0, 0, 2. Got ${shown}.`,
            'divided by their norm they are 1 long; as long as `largest` says they become when that is in the factor too.',
          );
        },
      },
      {
        says: 'short gradients stay as they are',
        holds: () => {
          close(
            clip(example(), 10),
            example(),
            (shown) => `gradients of the norm 5 are within 10 and should stay 3, 0, 0, 4; got ${shown}.`,
            'the factor is never above 1: clipping only shortens.',
          );
        },
      },
      {
        says: 'negative numbers count like positive ones',
        holds: () => {
          close(
            clip([tf.tensor1d([-6, 8])], 5),
            [tf.tensor1d([-3, 4])],
            (shown) => `-6, 8 is 10 long; shortened to 5 it is -3, 4. Got ${shown}.`,
            'squares have no sign; the direction does.',
          );
        },
      },
      {
        says: 'zero gradients stay zero',
        holds: () => {
          close(
            clip([tf.zeros([2])], 1),
            [tf.zeros([2])],
            (shown) => `zeros should stay zeros, got ${shown}.`,
            'zero divided by zero is not a number. Divide by the larger of the norm and the limit.',
          );
        },
      },
    ],
  });
}
