import { isEmpty, zerosFrom } from '../empty-tensors';
import { requireMask, requireRank, requireShape } from '../shapes';
import { tf } from '../tensorflow';
import { withoutPadding } from '../without-padding';
import { softAlignment } from './alignments/soft';
import {
  definedArguments,
  glorotInitializer,
  type LayerArguments,
  type LayerMask,
  type LayerShapes,
  maskOf,
  requireKnownArguments,
  requireOwnMasks,
  requirePositiveInteger,
  sequenceShape,
  splitOneSequence,
  type TakenMask,
} from './layer-inputs';
import { readValues } from './read-values';
import { project } from './scores/widths';

/** Weights of {@link attentionPooling}. */
export interface AttentionPoolingWeights {
  /** Projects a value, `[width, units]`. */
  Wk: tf.Tensor2D;
  /** Bias, `[units]`. */
  b: tf.Tensor1D;
  /** The context vector: what to look for, `[units]`. Without it `units` must be 1 and the hidden value is the score. */
  v?: tf.Tensor1D | undefined;
}

/** Options of {@link attentionPooling}. */
export interface AttentionPoolingOptions {
  /** 1 for a real position, 0 for padding, `[batch, time]`. Default: all real. */
  mask?: tf.Tensor2D | undefined;
}

/** What {@link attentionPooling} returns. */
export type AttentionPoolingResult = {
  /** `[batch, width]`. */
  pooled: tf.Tensor2D;
  /** `[batch, time]`: >= 0, 0 on padding, each row summing to 1, or all zero when nothing is real. */
  weights: tf.Tensor2D;
};

/**
 * Attention pooling: a sequence becomes one vector, and the model learns which steps matter.
 *
 * Static attention, one question for the whole sequence: `score(s) = v . tanh(Wk x_s + b)`, a softmax over time, and
 * the sum of the values under those weights. In the grid of this course it is the additive score without a query (one
 * that is the same for all texts would add the same everywhere, which b can hold), soft alignment, and the usual reading.
 *
 * @param values `[batch, time, width]`, for example a BiLSTM's outputs.
 * @throws {ShapeError} when a rank is wrong or a weight does not fit.
 * @throws {RangeError} when `mask` holds anything but 0 and 1.
 * @see Yang et al. 2016, "Hierarchical attention networks", equations 5 to 7. Lesson 04.
 */
export function attentionPooling(
  values: tf.Tensor3D,
  { Wk, b, v }: AttentionPoolingWeights,
  { mask }: AttentionPoolingOptions = {},
): AttentionPoolingResult {
  requireRank('values', values, 3);
  const [batch, time, width] = values.shape;
  requireShape('Wk', Wk, [width, v ? null : 1]);
  requireShape('b', b, [Wk.shape[1]]);
  if (v) requireShape('v', v, [Wk.shape[1]]);
  if (mask) requireMask('mask', mask, batch, time);
  return tf.tidy(() => {
    if (isEmpty([batch, width], [values])) {
      const inputs = [values, Wk, b, v];
      return { pooled: zerosFrom(inputs, [batch, width]), weights: zerosFrom(inputs, [batch, time]) };
    }
    const real = withoutPadding(values, mask); // [batch, time, width]
    const hidden = project(real, Wk).add(b).tanh() as tf.Tensor3D; // [batch, time, units]
    const scores = v ? project(hidden, v.expandDims(1)) : hidden; // [batch, time, 1]
    const weights = softAlignment(scores.reshape([batch, 1, time]), { mask }); // [batch, 1, time]
    const pooled = readValues(weights, real).reshape([batch, width]) as tf.Tensor2D; // [batch, width]
    return { pooled, weights: weights.reshape([batch, time]) as tf.Tensor2D };
  });
}

/** Arguments of {@link AttentionPooling}, beside those of every layer. */
export interface AttentionPoolingArgs extends LayerArguments {
  /** Width of the hidden layer that scores a step. Default: the width of the values. */
  units?: number | undefined;
  /** Whether to learn a context vector `v`; without it each step has one linear score under a tanh. Default: true. */
  contextVector?: boolean | undefined;
  /** Whether to return `[pooled, weights]` instead of `pooled`. Default: false. */
  returnWeights?: boolean | undefined;
  /** Seed of the initial weights, 0 included. Default: random. */
  seed?: number | undefined;
}

/**
 * {@link attentionPooling} as a layer, to be put on a BiLSTM that returns sequences.
 *
 * `new AttentionPooling().apply(sequence)` gives `[batch, width]`; with `returnWeights` it gives
 * `[pooled [batch, width], weights [batch, time]]`. The mask arrives by itself from an embedding with `maskZero`, or is
 * given as a second input, `apply([sequence, mask])`. It ends here: what comes after has no time axis.
 *
 * @throws {ShapeError} when the input is not `[batch, time, width]` or the mask is not `[batch, time]`.
 * @throws {RangeError} when an argument is unknown, `units` is not a positive whole number, or not 1 without a context vector.
 * @see Lesson 04, "Attention pooling".
 */
export class AttentionPooling extends tf.layers.Layer {
  /** The name by which a saved model finds this class again. */
  static readonly className = 'AttentionPooling';

  private readonly units: number | undefined;
  private readonly contextVector: boolean;
  private readonly returnWeights: boolean;
  private readonly seed: number | undefined;
  private Wk!: tf.LayerVariable;
  private b!: tf.LayerVariable;
  private v?: tf.LayerVariable;
  private taken: TakenMask[] = [];

  constructor(args: AttentionPoolingArgs = {}) {
    super(args);
    requireKnownArguments('AttentionPooling', args, ['units', 'contextVector', 'returnWeights', 'seed']);
    const { units, contextVector = true, returnWeights = false, seed } = args;
    if (units !== undefined) requirePositiveInteger('units', units);
    if (!contextVector && units !== undefined && units !== 1) {
      throw new RangeError(`units must be 1 or left out when contextVector is false, got ${units}`);
    }
    this.units = units;
    this.contextVector = contextVector;
    this.returnWeights = returnWeights;
    this.seed = seed;
    this.supportsMasking = true;
  }

  override build(inputShape: LayerShapes): void {
    const [, , width] = sequenceShape(inputShape);
    requirePositiveInteger('the width of the input of AttentionPooling', width as number);
    const units = this.contextVector ? (this.units ?? (width as number)) : 1;
    this.Wk = this.addWeight('Wk', [width, units], 'float32', glorotInitializer(this.seed, 0));
    this.b = this.addWeight('b', [units], 'float32', tf.initializers.zeros());
    if (this.contextVector) this.v = this.addWeight('v', [units], 'float32', glorotInitializer(this.seed, 1));
    this.built = true;
  }

  override computeOutputShape(inputShape: LayerShapes): LayerShapes {
    const [batch, time, width] = sequenceShape(inputShape);
    return this.returnWeights
      ? [
          [batch, width],
          [batch, time],
        ]
      : [batch, width];
  }

  override call(inputs: tf.Tensor | tf.Tensor[], kwargs: { mask?: LayerMask }): tf.Tensor | tf.Tensor[] {
    return tf.tidy(() => {
      this.invokeCallHook(inputs, kwargs);
      const { sequence, mask: given } = splitOneSequence('AttentionPooling', inputs);
      const mask = given ?? maskOf(kwargs?.mask, 0);
      this.taken = given ? [] : [{ input: 0, mask }];
      const { pooled, weights } = attentionPooling(
        sequence,
        { Wk: this.Wk.read() as tf.Tensor2D, b: this.b.read() as tf.Tensor1D, v: this.v?.read() as tf.Tensor1D },
        { mask },
      );
      return this.returnWeights ? [pooled, weights] : pooled;
    });
  }

  /** The mask is used here and does not go on: no output has the time axis that it speaks of. */
  override computeMask(_inputs: tf.Tensor | tf.Tensor[], mask?: tf.Tensor | tf.Tensor[]): tf.Tensor | tf.Tensor[] {
    requireOwnMasks(this.name, mask, this.taken);
    return (this.returnWeights ? [null, null] : null) as unknown as tf.Tensor | tf.Tensor[];
  }

  override getConfig(): tf.serialization.ConfigDict {
    const { units, contextVector, returnWeights, seed } = this;
    return { ...super.getConfig(), ...definedArguments({ units, contextVector, returnWeights, seed }) };
  }
}
tf.serialization.registerClass(AttentionPooling);
