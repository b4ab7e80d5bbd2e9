/**
 * What the attention layers share as citizens of tf.layers: their inputs, masks and seeds.
 */
import { ShapeError } from '../shapes';
import { tf } from '../tensorflow';

/** The arguments every layer of tf.layers takes: name, inputShape, trainable and so on. */
export type LayerArguments = NonNullable<ConstructorParameters<typeof tf.layers.Layer>[0]>;

/** A shape of tf.layers, where null is a size not known yet. */
export type LayerShape = (number | null)[];

/** One shape, or one for each input. */
export type LayerShapes = LayerShape | LayerShape[];

/** The masks that tf.layers hands to a layer: one, or one for each input. */
export type LayerMask = tf.Tensor | null | undefined | (tf.Tensor | null | undefined)[];

/** The shape of a sequence. */
export type SequenceShape = [batch: number | null, time: number | null, width: number | null];

/** A layer's inputs, told apart. */
export interface SplitInputs {
  /** The inputs of rank 3. */
  sequences: tf.Tensor3D[];
  /** The mask, when it was given as the last input. */
  mask?: tf.Tensor2D | undefined;
}

/**
 * Tells the sequences from a mask given as the last input.
 *
 * A mask can be an input because tf.layers hands a layer the mask of its *first* input only, and the mask of an earlier
 * layer when its own inputs have none: with several inputs an explicit mask is the one safe way.
 */
export function splitInputs(inputs: tf.Tensor | tf.Tensor[]): SplitInputs {
  const all = Array.isArray(inputs) ? inputs : [inputs];
  const last = all.at(-1);
  if (all.length > 1 && last?.rank === 2) {
    return { sequences: all.slice(0, -1) as tf.Tensor3D[], mask: last as tf.Tensor2D };
  }
  return { sequences: all as tf.Tensor3D[] };
}

/**
 * {@link splitInputs} for a layer that looks at one sequence.
 *
 * @throws {ShapeError} when there is more than one: a second one would be passed over in silence.
 */
export function splitOneSequence(
  layer: string,
  inputs: tf.Tensor | tf.Tensor[],
): { sequence: tf.Tensor3D; mask: tf.Tensor2D | undefined } {
  const { sequences, mask } = splitInputs(inputs);
  const [sequence, second] = sequences;
  if (sequence && !second) return { sequence, mask };
  throw new ShapeError(
    `${layer} must be applied to one sequence, or to [sequence, mask], got ${sequences.length} sequences ` +
      '(a mask is [batch, time])',
  );
}

/** The input of a layer that takes one. */
export function onlyInput(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
  return Array.isArray(inputs) ? (inputs[0] as tf.Tensor) : inputs;
}

/** The mask of a layer's input number `index`, if it has one. */
export function maskOf(masks: LayerMask, index: number): tf.Tensor2D | undefined {
  const mask = Array.isArray(masks) ? masks[index] : index === 0 ? masks : undefined;
  return (mask ?? undefined) as tf.Tensor2D | undefined;
}

/** All input shapes as a list, also when there is only one. */
export function listShapes(shapes: LayerShapes): [LayerShape, ...LayerShape[]] {
  return (Array.isArray(shapes[0]) ? shapes : [shapes]) as [LayerShape, ...LayerShape[]];
}

/**
 * The shape of the first input, for a layer whose first input is a sequence.
 *
 * @throws {ShapeError} when it is not `[batch, time, width]`.
 */
export function sequenceShape(shapes: LayerShapes): SequenceShape {
  const [shape] = listShapes(shapes);
  if (shape.length !== 3) {
    throw new ShapeError(
      `the input must have rank 3, [batch, time, width], got rank ${shape.length} with shape [${shape.join(', ')}]`,
    );
  }
  return shape as SequenceShape;
}

/** What every layer of tf.layers takes, and what a saved layer's config holds beside. */
const COMMON_ARGUMENTS = [
  'batchInputShape',
  'batchSize',
  'customObjects',
  'dtype',
  'inputDType',
  'inputShape',
  'name',
  'trainable',
  'updatable',
  'weights',
];

/** @throws {RangeError} when a layer is given an argument that it does not know, which it would pass over in silence. */
export function requireKnownArguments(layer: string, args: object, own: readonly string[]): void {
  const unknown = Object.keys(args).find((name) => !own.includes(name) && !COMMON_ARGUMENTS.includes(name));
  if (unknown === undefined) return;
  const known = own.length > 0 ? `${own.join(', ')}, and those of every layer` : 'those of every layer';
  throw new RangeError(`${layer} does not know the argument ${unknown}; its arguments are ${known}`);
}

/** A uniform Glorot initialiser of its own for weight number `index`: equal seeds would make equal weights. */
export function glorotInitializer(seed: number | undefined, index: number): ReturnType<typeof tf.initializers.zeros> {
  return tf.initializers.glorotUniform(seed === undefined ? {} : { seed: seed + index });
}

/** A layer's own arguments for its config; what was left out stays out, for tf.layers would save it as null. */
export function definedArguments(own: Record<string, unknown>): tf.serialization.ConfigDict {
  return Object.fromEntries(
    Object.entries(own).filter(([, value]) => value !== undefined),
  ) as tf.serialization.ConfigDict;
}

/** @throws {RangeError} when `value` is not a positive whole number. */
export function requirePositiveInteger(argument: string, value: number): void {
  if (!(Number.isInteger(value) && value > 0)) {
    throw new RangeError(`${argument} must be a positive whole number, got ${value}`);
  }
}

/** A mask that a layer took from tf.layers, and the input it took it for. */
export interface TakenMask {
  /** Which input it should be the mask of. */
  input: number;
  /** What the layer took, if anything. */
  mask?: tf.Tensor | undefined;
}

/**
 * Finds out whether the masks that a layer has used were its own.
 *
 * In a model, tf.layers passes the mask of the first input only, and if no input has one, the mask that some earlier
 * layer had. It does tell the truth right after the call, to `computeMask`; so there we compare, and rather stop than
 * look at padding, or at the wrong example's padding, in silence.
 *
 * @param masks what `computeMask` was given. A list comes from a running model; anything else is not compared.
 * @throws {Error} when a mask was missing or another layer's.
 */
export function requireOwnMasks(layer: string, masks: LayerMask, taken: TakenMask[]): void {
  if (!Array.isArray(masks)) return;
  for (const { input, mask } of taken) {
    const own = masks[input] ?? undefined;
    if (own === mask) continue;
    const problem = own ? `did not receive the mask of its input ${input}` : 'received the mask of another layer';
    throw new Error(
      `${layer} ${problem}, because tf.layers passes on only one. Give the mask as last input: ` +
        `layer.apply([..., mask]), where mask = new PaddingMask().apply(tokens)`,
    );
  }
}
