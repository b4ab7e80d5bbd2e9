import type { tf } from '../tensorflow';
import { FusedLSTM } from './fused-lstm-layer';
import { callFused, isFusible } from './fusible';

const fused = new WeakSet<tf.layers.Layer>();

/**
 * Speeds up an existing model in place: every LSTM layer in it that the fused form can compute ({@link isFusible})
 * does so from now on, also within `tf.layers.bidirectional` and within models used as layers. Weights, configuration,
 * training, saving and loading stay as they were.
 *
 * @returns how many layers compute in the fused form because of this call.
 * @see Lesson 03.
 */
export function fuse(model: tf.LayersModel): number {
  return model.layers.reduce((count, layer) => count + fuseLayer(layer), 0);
}

function fuseLayer(layer: tf.layers.Layer): number {
  const inner = layer as tf.layers.Layer &
    Partial<Record<'forwardLayer' | 'backwardLayer', tf.layers.Layer>> & {
      layers?: tf.layers.Layer[];
    };
  if (inner.layers) return inner.layers.reduce((count, each) => count + fuseLayer(each), 0);
  if (inner.forwardLayer && inner.backwardLayer) return fuseLayer(inner.forwardLayer) + fuseLayer(inner.backwardLayer);
  if (layer instanceof FusedLSTM || fused.has(layer) || !isFusible(layer)) return 0;
  fused.add(layer);
  layer.call = (inputs, kwargs) => callFused(layer, inputs, kwargs);
  return 1;
}
