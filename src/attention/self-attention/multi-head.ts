import { isEmpty, zerosFrom } from '../../empty-tensors';
import { requireMask, requireRank, requireShape } from '../../shapes';
import { tf } from '../../tensorflow';
import { withoutPadding } from '../../without-padding';
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
} from '../layer-inputs';
import { maskedSoftmax } from '../masked-softmax';
import { readValues } from '../read-values';
import { scaledDotScore } from '../scores/scaled-dot';
import { project } from '../scores/widths';

/** Weights of {@link multiHeadSelfAttention}, each `[width, width]`. */
export interface MultiHeadWeights {
  /** Makes the queries. */
  Wq: tf.Tensor2D;
  /** Makes the keys. */
  Wk: tf.Tensor2D;
  /** Makes the values. */
  Wv: tf.Tensor2D;
  /** Mixes what the heads have read. */
  Wo: tf.Tensor2D;
}

type FourMatrices = [Wq: tf.Tensor2D, Wk: tf.Tensor2D, Wv: tf.Tensor2D, Wo: tf.Tensor2D];

/** Options of {@link multiHeadSelfAttention}. */
export interface MultiHeadOptions {
  /** Number of heads; it divides the width. */
  heads: number;
  /** 1 for a real position, 0 for padding, `[batch, time]`. Default: all real. */
  mask?: tf.Tensor2D | undefined;
  /** Whether a position sees only itself and what stands before it. Default: false. */
  causal?: boolean | undefined;
}

/** What {@link multiHeadSelfAttention} returns. */
export type MultiHeadResult = {
  /** `[batch, time, width]`, zero on padding. */
  output: tf.Tensor3D;
  /** `[batch, heads, time, time]`: who looks at whom. */
  weights: tf.Tensor4D;
};

/**
 * Multi-head self-attention: every position asks all positions of its own sequence, several questions at once.
 *
 * The same three steps as everywhere in this course, with queries, keys and values made from one sequence: the scaled
 * dot score, a soft alignment, the reading. Each head does it in its own slice of the width, so that one can follow
 * grammar while another follows meaning; `Wo` mixes what they found.
 *
 * @param sequence `[batch, time, width]`.
 * @throws {ShapeError} when a rank is wrong or a weight is not `[width, width]`.
 * @throws {RangeError} when `heads` does not divide the width or `mask` holds anything but 0 and 1.
 * @see Vaswani et al. 2017, section 3.2.2. Lesson 10.
 */
export function multiHeadSelfAttention(
  sequence: tf.Tensor3D,
  { Wq, Wk, Wv, Wo }: MultiHeadWeights,
  { heads, mask, causal = false }: MultiHeadOptions,
): MultiHeadResult {
  requireRank('sequence', sequence, 3);
  const [batch, time, width] = sequence.shape;
  Object.entries({ Wq, Wk, Wv, Wo }).forEach(([name, weight]) => requireShape(name, weight, [width, width]));
  requireHeads(heads, width);
  if (mask) requireMask('mask', mask, batch, time);

  const splitHeads = (x: tf.Tensor3D) =>
    x
      .reshape([batch, time, heads, width / heads])
      .transpose([0, 2, 1, 3]) // [batch, heads, time, head width]
      .reshape([batch * heads, time, width / heads]) as tf.Tensor3D; // a head is one more example of the batch
  const joinHeads = (x: tf.Tensor3D) =>
    x
      .reshape([batch, heads, time, width / heads])
      .transpose([0, 2, 1, 3]) // [batch, time, heads, head width]
      .reshape([batch, time, width]) as tf.Tensor3D;

  return tf.tidy(() => {
    if (isEmpty(sequence.shape, [])) {
      const inputs = [sequence, Wq, Wk, Wv, Wo];
      return { output: zerosFrom(inputs, sequence.shape), weights: zerosFrom(inputs, [batch, heads, time, time]) };
    }
    const real = withoutPadding(sequence, mask); // [batch, time, width]
    const query = splitHeads(project(real, Wq)); // [batch * heads, time, head width]
    const keys = splitHeads(project(real, Wk)); // [batch * heads, time, head width]
    const values = splitHeads(project(real, Wv)); // [batch * heads, time, head width]
    const scores = scaledDotScore(query, keys); // [batch * heads, time, time]
    const weights = maskedSoftmax(scores, mask && maskOfHeads(mask, heads), causal ? pastOf(time) : undefined);
    const context = joinHeads(readValues(weights, values)); // [batch, time, width]
    const mixed = project(context, Wo); // [batch, time, width]
    const output = mask ? mixed.mul<tf.Tensor3D>(mask.expandDims(-1)) : mixed; // [batch, time, width]
    return { output, weights: weights.reshape([batch, heads, time, time]) as tf.Tensor4D };
  });
}

/** The same mask for every head, `[batch * heads, time]`. */
function maskOfHeads(mask: tf.Tensor2D, heads: number): tf.Tensor2D {
  const [batch, time] = mask.shape;
  return mask
    .expandDims(1)
    .tile([1, heads, 1])
    .reshape([batch * heads, time]);
}

/** True where a position may look when it sees only the past and itself, bool `[time, time]`. */
function pastOf(time: number): tf.Tensor2D {
  return tf.lessEqual(tf.range(0, time), tf.range(0, time).expandDims(1)); // [time, time]
}

function requireHeads(heads: number, width: number): void {
  requirePositiveInteger('heads', heads);
  if (width % heads !== 0) throw new RangeError(`heads must divide the width ${width}, got ${heads}`);
}

/** Arguments of {@link MultiHeadSelfAttention}, beside those of every layer. */
export interface MultiHeadSelfAttentionArgs extends LayerArguments {
  /** Number of heads; it divides the width of the input. */
  heads: number;
  /** Whether a position sees only itself and what stands before it. Default: false. */
  causal?: boolean | undefined;
  /** Whether to return `[output, weights]` instead of `output`. Default: false. */
  returnWeights?: boolean | undefined;
  /** Seed of the initial weights, 0 included. Default: random. */
  seed?: number | undefined;
}

/**
 * {@link multiHeadSelfAttention} as a layer: `[batch, time, width]` to `[batch, time, width]`.
 *
 * The mask arrives by itself from an embedding with `maskZero`, or is given as a second input, and goes on with the
 * output. With `returnWeights` the layer returns `[output, weights [batch, heads, time, time]]`.
 *
 * @throws {ShapeError} when the input is not rank 3 or the mask is not `[batch, time]`.
 * @throws {RangeError} when `heads` is not a positive whole number that divides the width.
 * @see Lesson 10.
 */
export class MultiHeadSelfAttention extends tf.layers.Layer {
  /** The name by which a saved model finds this class again. */
  static readonly className = 'MultiHeadSelfAttention';

  private readonly heads: number;
  private readonly causal: boolean;
  private readonly returnWeights: boolean;
  private readonly seed: number | undefined;
  private projections: tf.LayerVariable[] = [];
  private taken: TakenMask[] = [];

  constructor(args: MultiHeadSelfAttentionArgs) {
    super(args);
    requireKnownArguments('MultiHeadSelfAttention', args, ['heads', 'causal', 'returnWeights', 'seed']);
    requirePositiveInteger('heads', args.heads);
    this.heads = args.heads;
    this.causal = args.causal ?? false;
    this.returnWeights = args.returnWeights ?? false;
    this.seed = args.seed;
    this.supportsMasking = true;
  }

  override build(inputShape: LayerShapes): void {
    const width = sequenceShape(inputShape)[2] as number;
    requirePositiveInteger('the width of the input of MultiHeadSelfAttention', width);
    requireHeads(this.heads, width);
    this.projections = ['Wq', 'Wk', 'Wv', 'Wo'].map((name, index) =>
      this.addWeight(name, [width, width], 'float32', glorotInitializer(this.seed, index)),
    );
    this.built = true;
  }

  override computeOutputShape(inputShape: LayerShapes): LayerShapes {
    const shape = sequenceShape(inputShape);
    const [batch, time] = shape;
    return this.returnWeights ? [shape, [batch, this.heads, time, time]] : shape;
  }

  override call(inputs: tf.Tensor | tf.Tensor[], kwargs: { mask?: LayerMask }): tf.Tensor | tf.Tensor[] {
    return tf.tidy(() => {
      this.invokeCallHook(inputs, kwargs);
      const { sequence, mask: given } = splitOneSequence('MultiHeadSelfAttention', inputs);
      const mask = given ?? maskOf(kwargs?.mask, 0);
      this.taken = given ? [] : [{ input: 0, mask }];
      const [Wq, Wk, Wv, Wo] = this.projections.map((variable) => variable.read()) as FourMatrices;
      const { heads, causal } = this;
      const result = multiHeadSelfAttention(sequence, { Wq, Wk, Wv, Wo }, { heads, causal, mask });
      return this.returnWeights ? [result.output, result.weights] : result.output;
    });
  }

  /** The output keeps the time axis of the input, and so its mask. */
  override computeMask(_inputs: tf.Tensor | tf.Tensor[], mask?: tf.Tensor | tf.Tensor[]): tf.Tensor | tf.Tensor[] {
    requireOwnMasks(this.name, mask, this.taken);
    const own = maskOf(mask, 0) ?? null;
    return (this.returnWeights ? [own, null] : own) as unknown as tf.Tensor | tf.Tensor[];
  }

  override getConfig(): tf.serialization.ConfigDict {
    const { heads, causal, returnWeights, seed } = this;
    return { ...super.getConfig(), ...definedArguments({ heads, causal, returnWeights, seed }) };
  }
}
tf.serialization.registerClass(MultiHeadSelfAttention);
