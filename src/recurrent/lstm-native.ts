import { NativeGraph } from '../native/graph';
import type { NativeBackend } from '../native/native-operations';
import { maskValues } from '../shapes';
import { tf } from '../tensorflow';
import { withoutPadding } from '../without-padding';
import { differentiable } from './differentiable';
import { backwardGraph, DIRECTION_INPUTS, forwardGraph, type LstmGraph, PACKING_INPUTS, TRACE } from './lstm-graphs';
import type { LstmImplementation } from './lstm-run';
import { packSteps } from './packing';

/**
 * LSTMs as native TensorFlow computes them: all steps in one operation, and all their gradients in one graph; two
 * directions at the same time.
 *
 * The operations take Keras' weights as they are (gates i, f, g, o). They trust their caller: a wrong length ends the
 * process, so every shape is checked before.
 *
 * @see BlockLSTMV2 and BlockLSTMGradV2 in TensorFlow's `rnn_ops.cc`.
 */
export function nativeLstm(backend: NativeBackend): LstmImplementation {
  const graph = keepGraphs(backend);

  return (x, directions, mask) => {
    const [batch, time] = x.shape;
    const count = directions.length;
    // Padding is not read, unless there is nothing else: some row has to be.
    const nothingReal = mask !== undefined && !maskValues(mask).includes(1);
    const inputs: tf.NamedTensorMap = { x: nothingReal ? withoutPadding(x, mask) : x };
    const packings: tf.NamedTensorMap = {};
    directions.forEach(({ weights, initialState, goBackwards }, index) => {
      const parts = { ...weights, h0: initialState.h, c0: initialState.c };
      for (const name of DIRECTION_INPUTS) inputs[name + index] = parts[name];
      const packing = packSteps(batch, time, goBackwards, mask);
      for (const name of PACKING_INPUTS) packings[name + index] = packing[name];
    });
    const results = ['outputs', ...numbered(['hLast', 'cLast'], count)];
    const traceNames = numbered(TRACE, count);
    const taped = tf.engine().isTapeOn();

    const [outputs, ...states] = differentiable(
      inputs,
      (save) => {
        const all = graph(forwardGraph, count)(
          { ...inputs, ...packings },
          taped ? [...results, ...traceNames] : results,
        );
        save([...Object.values(inputs), ...Object.values(packings), ...all.slice(results.length)]);
        return all.slice(0, results.length) as [tf.Tensor, ...tf.Tensor[]];
      },
      (gradients, saved) => {
        const names = [...Object.keys(inputs), ...Object.keys(packings), ...traceNames];
        const gradientNames = ['gradient', ...numbered(['hLastGradient', 'cLastGradient'], count)];
        const wanted = Object.keys(inputs);
        const found = graph(backwardGraph, count)({ ...zip(gradientNames, gradients), ...zip(names, saved) }, wanted);
        return zip(wanted, found);
      },
    );
    return {
      outputs: outputs as tf.Tensor3D,
      finalStates: directions.map((_, index) => ({
        h: states[2 * index] as tf.Tensor2D,
        c: states[2 * index + 1] as tf.Tensor2D,
      })),
    };
  };
}

/** Makes each graph at its first use. */
function keepGraphs(backend: NativeBackend) {
  const graphs = new Map<string, { native: NativeGraph; names: LstmGraph['outputs'] }>();
  return (make: (directions: number) => LstmGraph, directions: number) => {
    const key = `${make.name} ${directions}`;
    let graph = graphs.get(key);
    if (!graph) {
      const { builder, outputs } = make(directions);
      graph = { native: new NativeGraph(backend, builder), names: outputs };
      graphs.set(key, graph);
    }
    const { native, names } = graph;
    return (inputs: Record<string, tf.TensorInfo>, wanted: string[]) =>
      native.run(
        inputs,
        wanted.map((name) => names[name]!),
      );
  };
}

/** `['h', 'c']` and 2 as `['h0', 'c0', 'h1', 'c1']`. */
function numbered(names: readonly string[], count: number): string[] {
  return Array.from({ length: count }, (_, index) => names.map((name) => name + index)).flat();
}

function zip(names: string[], tensors: tf.Tensor[]): tf.NamedTensorMap {
  return Object.fromEntries(names.map((name, index) => [name, tensors[index]!]));
}
