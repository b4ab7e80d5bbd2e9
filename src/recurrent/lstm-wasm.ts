import { tf } from '../tensorflow';
import { type OwnOperations, withScratch } from '../wasm/own-operations';
import { addressOf, emptyTensor, type WasmBackend } from '../wasm/wasm-backend';
import { differentiable } from './differentiable';
import type { LstmImplementation } from './lstm-run';

/** What is differentiated for each direction, beside `x`. */
const DIRECTION_INPUTS = ['kernel', 'recurrentKernel', 'bias', 'h0', 'c0'] as const;
/** How many tensors each direction leaves for its gradient: what the steps read, their gates, cells, and tanh(cells). */
const TRACE_LENGTH = 4;

/**
 * LSTMs as this library's own WebAssembly computes them: all steps in one call, and all their gradients in another.
 *
 * @see `lstm.ts` in `src/wasm/assembly`, where the calls' parameters are explained.
 */
export function wasmLstm(backend: WasmBackend, operations: OwnOperations): LstmImplementation {
  const address = (tensor: tf.TensorInfo) => addressOf(backend, tensor);
  const make = (...shape: number[]) => emptyTensor(backend, shape);
  const copyOf = (tensor: tf.Tensor) => {
    const copy = make(...tensor.shape);
    backend.typedArrayFromHeap(copy).set(backend.typedArrayFromHeap(tensor));
    return copy;
  };

  return (x, directions, mask) => {
    const [batch, time, features] = x.shape;
    const units = directions[0]!.weights.recurrentKernel.shape[0];
    const sizes = [batch, time, features, units];
    const width = directions.length * units;
    const inputs: tf.NamedTensorMap = { x };
    directions.forEach(({ weights, initialState }, index) => {
      const parts = [weights.kernel, weights.recurrentKernel, weights.bias, initialState.h, initialState.c];
      DIRECTION_INPUTS.forEach((name, position) => (inputs[name + index] = parts[position]!));
    });

    const [outputs, ...states] = differentiable(
      inputs,
      (save) => {
        const real = mask && tf.cast(mask, 'bool');
        const outputs = make(batch, time, width);
        const traces: tf.Tensor[] = [];
        const states: tf.Tensor[] = [];
        directions.forEach(({ goBackwards }, index) => {
          const given = DIRECTION_INPUTS.map((name) => address(inputs[name + index]!));
          const trace = [features + units, 4 * units, units, units].map((each) => make(time, batch, each));
          const last = [make(batch, units), make(batch, units)];
          withScratch(backend, operations.lstmForwardScratch(batch, features, units), (scratch) =>
            operations.lstmForward(
              ...[...sizes, goBackwards, address(x), ...given, real ? address(real) : 0, ...trace.map(address)],
              ...[address(outputs) + 4 * index * units, width, ...last.map(address), scratch],
            ),
          );
          traces.push(...trace);
          states.push(...last);
        });
        save([...Object.values(inputs), ...traces, ...(real ? [real] : [])]);
        return [outputs, ...states];
      },
      ([dOutputs, ...dStates], saved) => {
        const values = Object.fromEntries(Object.keys(inputs).map((name, index) => [name, saved[index]!]));
        const traces = saved.slice(Object.keys(inputs).length);
        const real = traces[TRACE_LENGTH * directions.length];
        const dx = make(batch, time, features);
        const gradients: tf.NamedTensorMap = { x: dx };
        directions.forEach(({ goBackwards }, index) => {
          const given = ['kernel', 'recurrentKernel', 'c0'].map((name) => address(values[name + index]!));
          const trace = traces.slice(TRACE_LENGTH * index, TRACE_LENGTH * (index + 1)).map(address);
          const weights = ['kernel', 'recurrentKernel', 'bias'].map((name) => make(...values[name + index]!.shape));
          // Going in, the gradients of the last state; coming out, those of the first.
          const states = [copyOf(dStates[2 * index]!), copyOf(dStates[2 * index + 1]!)];
          withScratch(backend, operations.lstmBackwardScratch(batch, time, features, units), (scratch) =>
            operations.lstmBackward(
              ...[...sizes, goBackwards, ...given, real ? address(real) : 0, ...trace],
              ...[address(dOutputs!) + 4 * index * units, width, address(dx), index > 0],
              ...[...[...weights, ...states].map(address), scratch],
            ),
          );
          DIRECTION_INPUTS.forEach((name, part) => (gradients[name + index] = [...weights, ...states][part]!));
        });
        return gradients;
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
