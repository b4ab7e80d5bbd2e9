import { tf } from '../tensorflow';

/** The engine's function under `tf.customGrad`, which also allows more than one output. */
interface EngineWithCustomGradients {
  runKernelFunc(operation: {
    inputs: tf.NamedTensorMap;
    forwardFunc: (backend: unknown, save: (tensors: tf.Tensor[]) => void) => tf.Tensor[];
    backwardsFunc: (gradients: tf.Tensor | tf.Tensor[], saved: tf.Tensor[]) => Record<string, () => tf.Tensor>;
  }): tf.Tensor[];
}

/**
 * Runs a computation with several outputs whose gradient is written by hand, as one step of the tape.
 *
 * @param forward computes the outputs, and hands `save` what `backward` will need.
 * @param backward from the gradients of all outputs, and what was saved, those of all inputs.
 */
export function differentiable<Outputs extends [tf.Tensor, ...tf.Tensor[]]>(
  inputs: tf.NamedTensorMap,
  forward: (save: (tensors: tf.Tensor[]) => void) => Outputs,
  backward: (gradients: Outputs, saved: tf.Tensor[]) => tf.NamedTensorMap,
): Outputs {
  const outputs = (tf.engine() as unknown as EngineWithCustomGradients).runKernelFunc({
    inputs,
    forwardFunc: (_, save) => forward(save),
    backwardsFunc: (gradients, saved) => {
      const results = backward([gradients].flat() as Outputs, saved);
      return Object.fromEntries(Object.keys(inputs).map((name) => [name, () => results[name]!]));
    },
  });
  return outputs as Outputs;
}
