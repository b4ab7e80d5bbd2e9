import {
  AttentionPooling,
  FusedLSTM,
  lastStates,
  maxPooling,
  meanPooling,
  SeededRandom,
  tf,
  trainableVariables,
} from '../../src';
import type { Pooling } from './glosses';
import { SelfAttentionBlock } from './self-attention-block';

const EMBEDDING_WIDTH = 64;
const LSTM_UNITS = 100;
const BLOCK = { width: EMBEDDING_WIDTH, heads: 4, hidden: 128 };

/**
 * Words, a BiLSTM(100) over them, a pooling, and one linear layer: the model of lessons 03 and 04. In the model of
 * lesson 10 a block of self-attention stands in place of the BiLSTM.
 */
export class TextClassifier {
  private readonly embedding: tf.layers.Layer;
  private readonly states?: tf.layers.Layer;
  private readonly block?: SelfAttentionBlock;
  private readonly attention?: AttentionPooling;
  private readonly output: tf.layers.Layer;

  constructor(
    vocabularySize: number,
    classes: number,
    private readonly pooling: Pooling,
    seed: number,
  ) {
    const random = new SeededRandom(seed);
    const seedOf = (name: string): number => random.fork(name).tensorSeed();
    const glorot = (name: string) => tf.initializers.glorotUniform({ seed: seedOf(name) });
    this.embedding = tf.layers.embedding({
      inputDim: vocabularySize,
      outputDim: EMBEDDING_WIDTH,
      embeddingsInitializer: tf.initializers.randomUniform({ minval: -0.25, maxval: 0.25, seed: seedOf('embedding') }),
    });
    if (pooling.startsWith('self-attention')) {
      this.block = new SelfAttentionBlock({ ...BLOCK, positions: pooling === 'self-attention', seedOf });
    } else if (pooling !== 'bag-of-words') {
      const forward = new FusedLSTM({
        units: LSTM_UNITS,
        returnSequences: true,
        kernelInitializer: glorot('kernel'),
        recurrentInitializer: glorot('recurrent'),
      });
      this.states = tf.layers.bidirectional({ layer: forward, mergeMode: 'concat' });
    }
    if (pooling.startsWith('attention')) {
      const contextVector = pooling === 'attention';
      this.attention = new AttentionPooling({ contextVector, seed: seedOf('attention') });
    }
    this.output = tf.layers.dense({ units: classes, kernelInitializer: glorot('output') });
    tf.tidy(() => this.logits(tf.zeros([1, 1], 'int32'), tf.ones([1, 1]))); // the first call makes the weights
  }

  /** What training changes. */
  get variables(): tf.Variable[] {
    const layers = [this.embedding, this.states, this.attention, this.output];
    return [...layers.flatMap((layer) => (layer ? trainableVariables(layer) : [])), ...(this.block?.variables ?? [])];
  }

  /** Tokens `[batch, time]` and mask `[batch, time]` to one score a class, `[batch, classes]`. */
  logits(tokens: tf.Tensor2D, mask: tf.Tensor2D): tf.Tensor2D {
    return tf.tidy(() => {
      const embedded = this.embedding.apply(tokens) as tf.Tensor3D; // [batch, time, embedding]
      return this.output.apply(this.pool(this.read(embedded, mask), mask)) as tf.Tensor2D; // [batch, classes]
    });
  }

  /** Words `[batch, time, embedding]` to words that know of each other `[batch, time, width]`. */
  private read(embedded: tf.Tensor3D, mask: tf.Tensor2D): tf.Tensor3D {
    if (this.block) return this.block.apply(embedded, mask);
    return this.states ? (this.states.apply(embedded, { mask }) as tf.Tensor3D) : embedded;
  }

  private pool(states: tf.Tensor3D, mask: tf.Tensor2D): tf.Tensor2D {
    switch (this.pooling) {
      case 'last':
        return lastStates(states);
      case 'max':
        return maxPooling(states, { mask });
      case 'mean':
      case 'bag-of-words':
      case 'self-attention':
      case 'self-attention-without-positions':
        return meanPooling(states, { mask });
      default:
        return this.attention?.apply([states, mask]) as tf.Tensor2D;
    }
  }
}
