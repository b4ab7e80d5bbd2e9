import { tf } from '../../../src/tensorflow';
import { adam } from '../../../src/training/adam';
import { SeededRandom } from '../../../src/training/random';
import { train, type TrainOptions } from '../../../src/training/train';

/** A batch of the toy: rows and their targets. */
export interface ToyBatch {
  x: tf.Tensor2D;
  y: tf.Tensor2D;
}

/** Linear regression with dropout and a shuffled order: small, and everything that must be seeded is in it. */
export function toyTraining(overrides: Partial<TrainOptions<ToyBatch>> = {}, given?: readonly tf.Variable[]) {
  const variables = [...(given ?? [tf.variable(tf.zeros([3, 1])), tf.variable(tf.zeros([1]))])];
  const [weights, bias] = variables as unknown as [tf.Tensor2D, tf.Tensor1D];
  const data = new SeededRandom(11);
  const rows = Array.from({ length: 32 }, () => [data.normal(), data.normal(), data.normal()]);
  const options: TrainOptions<ToyBatch> = {
    variables,
    optimizer: adam({ learningRate: 0.05 }),
    *batches(_epoch, random) {
      const order = random.shuffle(rows);
      for (let start = 0; start < order.length; start += 8) {
        const x = tf.tensor2d(order.slice(start, start + 8));
        yield { x, y: tf.matMul(x, tf.tensor2d([[2], [-1], [0.5]])) as tf.Tensor2D };
      }
    },
    loss: ({ x, y }, { seed }) => {
      const output = tf.matMul(tf.dropout(x, 0.1, undefined, seed) as tf.Tensor2D, weights).add(bias);
      return tf.losses.meanSquaredError(y, output) as tf.Scalar;
    },
    evaluate: () => ({ bias: bias.dataSync()[0] }),
    epochs: 4,
    seed: 0,
    progress: false,
    ...overrides,
  };
  return { variables, options, run: () => train(options) };
}

/** All bits of a training's result as text. */
export function describeResult(variables: readonly tf.Variable[], losses: readonly number[]): string {
  const bits = variables.map((variable) => Buffer.from(variable.dataSync().slice().buffer).toString('hex'));
  return `${bits.join(' ')} ${losses.length} ${losses.at(-1)}`;
}
