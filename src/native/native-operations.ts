/**
 * Thin typed access to the operations of native TensorFlow that TensorFlow.js does not offer itself.
 *
 * TensorFlow.js exposes a few hundred operations; the library underneath has more than a thousand, among them a whole
 * LSTM in one call. This module is the only place that touches the backend's internals.
 */
import { tf } from '../tensorflow';

/** One attribute of a native operation, as the binding wants it. */
export interface NativeAttribute {
  name: string;
  type: number;
  value: boolean | number | string | number[];
}

/** What a native operation gives: a handle, and what lies behind it. */
export interface NativeOutput {
  id: number;
  shape: number[];
  dtype: number;
}

/** The native functions under the backend: tensors are plain numbers (handles) here and must be deleted by hand. */
export interface NativeBinding {
  createTensor(shape: number[], dtype: number, values: Float32Array | Int32Array): number;
  deleteTensor(handle: number): void;
  executeOp(operation: string, attributes: NativeAttribute[], inputs: number[], outputs: number): NativeOutput[];
  loadSavedModel(folder: string, tags: string): number;
  runSavedModel(model: number, inputs: number[], inputNames: string, outputNames: string): NativeOutput[];
  TF_FLOAT: number;
  TF_INT32: number;
  TF_ATTR_STRING: number;
  TF_ATTR_BOOL: number;
  TF_ATTR_TYPE: number;
  TF_ATTR_SHAPE: number;
  TF_Version: string;
}

/** The part of tfjs-node's backend that this library uses. */
export interface NativeBackend {
  binding: NativeBinding;
  executeMultipleOutputs(
    operation: string,
    attributes: NativeAttribute[],
    inputs: tf.TensorInfo[],
    outputs: number,
  ): tf.Tensor[];
  getInputTensorIds(inputs: [tf.TensorInfo]): [number];
  getInputTensorIds(inputs: tf.TensorInfo[]): number[];
  createOutputTensor(metadata: NativeOutput): tf.Tensor;
  tensorMap: { set(dataId: tf.DataId, data: object): void };
}

/** The native backend when it is the current one, otherwise `undefined` (a browser, or `tf.setBackend('cpu')`). */
export function nativeBackend(): NativeBackend | undefined {
  if (tf.getBackend() !== 'tensorflow') return undefined;
  return tf.backend() as unknown as NativeBackend;
}

/** A type attribute: `T: float32` unless said otherwise. */
export function typeAttribute(
  { binding }: NativeBackend,
  name: string,
  type: 'float32' | 'int32' = 'float32',
): NativeAttribute {
  return { name, type: binding.TF_ATTR_TYPE, value: type === 'float32' ? binding.TF_FLOAT : binding.TF_INT32 };
}

/** A boolean attribute. */
export function booleanAttribute({ binding }: NativeBackend, name: string, value: boolean): NativeAttribute {
  return { name, type: binding.TF_ATTR_BOOL, value };
}

/** A string attribute. */
export function stringAttribute({ binding }: NativeBackend, name: string, value: string): NativeAttribute {
  return { name, type: binding.TF_ATTR_STRING, value };
}

/** A shape attribute. */
export function shapeAttribute({ binding }: NativeBackend, name: string, value: number[]): NativeAttribute {
  return { name, type: binding.TF_ATTR_SHAPE, value };
}

const zeros = new Map<number, tf.TensorInfo>();

/** A vector of zeros, made once for each length and kept. Not counted by `tf.memory()`. */
export function zeroVector({ binding, tensorMap }: NativeBackend, length: number): tf.TensorInfo {
  let info = zeros.get(length);
  if (!info) {
    const [dataId, shape, dtype] = [{}, [length], binding.TF_FLOAT];
    const id = binding.createTensor(shape, dtype, new Float32Array(length));
    // Registered under an identity of our own, the backend takes the handle like that of any tensor.
    tensorMap.set(dataId, { shape, dtype, id, values: null, refCount: 1 });
    info = { dataId, shape, dtype: 'float32' };
    zeros.set(length, info);
  }
  return info;
}
