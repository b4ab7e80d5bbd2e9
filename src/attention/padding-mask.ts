import { unlessEmpty } from '../empty-tensors';
import { type LayerArguments, type LayerShapes, listShapes, onlyInput, requireKnownArguments } from './layer-inputs';
import { tf } from '../tensorflow';

/** Arguments of {@link PaddingMask}, beside those of every layer. */
export interface PaddingMaskArgs extends LayerArguments {
  /** The token that stands for padding. Default: 0. */
  padding?: number | undefined;
}

/**
 * The mask of padded tokens as a tensor: 1 for a real token, 0 for padding.
 *
 * tf.layers passes masks on behind the scenes, but to a layer with several inputs only the first one's. With this layer
 * the mask is an input like any other: `attention.apply([query, value, new PaddingMask().apply(tokens)])`.
 *
 * Input: tokens `[batch, time]`; output: float `[batch, time]`.
 *
 * @see Lesson 04, section 4, on what goes wrong without a mask.
 */
export class PaddingMask extends tf.layers.Layer {
  /** The name by which a saved model finds this class again. */
  static readonly className = 'PaddingMask';

  private readonly padding: number;

  constructor(args: PaddingMaskArgs = {}) {
    super(args);
    requireKnownArguments('PaddingMask', args, ['padding']);
    this.padding = args.padding ?? 0;
  }

  override computeOutputShape(inputShape: LayerShapes): LayerShapes {
    return listShapes(inputShape)[0];
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const tokens = onlyInput(inputs);
    return unlessEmpty(tokens.shape, [tokens], () => tf.notEqual(tokens, this.padding).cast('float32')); // [batch, time]
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), padding: this.padding };
  }
}
tf.serialization.registerClass(PaddingMask);
