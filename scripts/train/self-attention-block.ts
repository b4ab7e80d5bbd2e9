import { AddSinusoidalPositions, MultiHeadSelfAttention, tf, trainableVariables } from '../../src';

/** Sizes of {@link SelfAttentionBlock}. */
export interface BlockSettings {
  /** Width of a word, the same before and after the block. */
  width: number;
  /** Number of heads; it divides the width. */
  heads: number;
  /** Width inside the feed-forward part. */
  hidden: number;
  /** Whether the block is told the order of the words. */
  positions: boolean;
  /** A seed for each part, by name. */
  seedOf: (name: string) => number;
}

/**
 * One block of a Transformer: the words look at each other, then each is thought over by itself. Both parts add to what
 * was there before, and each reads its input brought to one scale.
 *
 * @see Vaswani et al. 2017, section 3.1; normalised first, as in Xiong et al. 2020. Lesson 10.
 */
export class SelfAttentionBlock {
  private readonly positions = new AddSinusoidalPositions();
  private readonly attention: MultiHeadSelfAttention;
  private readonly scales: readonly tf.Variable[];
  private readonly inner: tf.layers.Layer;
  private readonly outer: tf.layers.Layer;

  constructor(private readonly settings: BlockSettings) {
    const { width, heads, hidden, seedOf } = settings;
    const glorot = (name: string) => tf.initializers.glorotUniform({ seed: seedOf(name) });
    this.attention = new MultiHeadSelfAttention({ heads, seed: seedOf('self-attention') });
    this.scales = [0, 1].map(() => tf.variable(tf.ones([settings.width])));
    this.inner = tf.layers.dense({ units: hidden, activation: 'relu', kernelInitializer: glorot('inner') });
    this.outer = tf.layers.dense({ units: width, kernelInitializer: glorot('outer') });
  }

  /** What training changes. */
  get variables(): tf.Variable[] {
    return [...[this.attention, this.inner, this.outer].flatMap(trainableVariables), ...this.scales];
  }

  /** Words `[batch, time, width]` and mask `[batch, time]` to `[batch, time, width]`. */
  apply(words: tf.Tensor3D, mask: tf.Tensor2D): tf.Tensor3D {
    const { positions, width } = this.settings;
    const large = words.mul(Math.sqrt(width)); // as large as the positions, which reach from -1 to 1
    const placed = (positions ? this.positions.apply(large) : large) as tf.Tensor3D; // [batch, time, width]
    const read = this.attention.apply([normalise(placed).mul(this.scales[0]) as tf.Tensor3D, mask]) as tf.Tensor3D;
    const told = placed.add<tf.Tensor3D>(read); // [batch, time, width]
    const thought = this.outer.apply(this.inner.apply(normalise(told).mul(this.scales[1]))) as tf.Tensor3D;
    return told.add(thought);
  }
}

/**
 * Each word's vector with mean 0 and variance 1. `tf.layers.layerNormalization` computes the same, but its gradient
 * takes most of a training step's time.
 */
function normalise(words: tf.Tensor3D): tf.Tensor3D {
  const centred = words.sub(words.mean(2, true)); // [batch, time, width]
  return centred.div(centred.square().mean(2, true).add(1e-5).sqrt());
}
