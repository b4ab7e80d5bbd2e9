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

/** The native functions under the backend: tensors are plain numbers (handles) here and must be deleted by hand. */
export interface NativeBinding {
  createTensor(shape: number[], dtype: number, values: Float32Array | Int32Array): number;
  deleteTensor(handle: number): void;
  executeOp(
    operation: string,
    attributes: NativeAttribute[],
    inputs: number[],
    outputs: number,
  ): { id: number; shape: number[]; dtype: number }[];
  loadSavedModel(folder: string, tags: string): number;
  deleteSavedModel(model: number): void;
  runSavedModel(
    model: number,
    inputs: number[],
    inputNames: string,
    outputNames: string,
  ): { id: number; shape: number[]; dtype: number }[];
  TF_FLOAT: number;
  TF_INT32: number;
  TF_INT64: number;
  TF_ATTR_STRING: number;
  TF_ATTR_INT: number;
  TF_ATTR_FLOAT: number;
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
  getInputTensorIds(inputs: tf.TensorInfo[]): number[];
  createOutputTensor(metadata: { id: number; shape: number[]; dtype: number }): tf.Tensor;
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

/** A float attribute. */
export function floatAttribute({ binding }: NativeBackend, name: string, value: number): NativeAttribute {
  return { name, type: binding.TF_ATTR_FLOAT, value };
}

/** A string attribute. */
export function stringAttribute({ binding }: NativeBackend, name: string, value: string): NativeAttribute {
  return { name, type: binding.TF_ATTR_STRING, value };
}

/** A shape attribute. */
export function shapeAttribute({ binding }: NativeBackend, name: string, value: number[]): NativeAttribute {
  return { name, type: binding.TF_ATTR_SHAPE, value };
}

const constants = new Map<string, tf.TensorInfo>();

/**
 * A scalar of type int64, which TensorFlow.js does not have. Made once for each value and kept: the way that tfjs-node
 * offers itself leaks a handle at each call. Not counted by `tf.memory()`.
 */
export function int64Scalar(backend: NativeBackend, value: number): tf.TensorInfo {
  const { binding } = backend;
  const words = new Int32Array([value, value < 0 ? -1 : 0]); // low word, high word
  return constant(backend, `int64 ${value}`, [], binding.TF_INT64, words);
}

/** A vector of zeros, made once for each length and kept. Not counted by `tf.memory()`. */
export function zeroVector(backend: NativeBackend, length: number): tf.TensorInfo {
  return constant(backend, `zeros ${length}`, [length], backend.binding.TF_FLOAT, new Float32Array(length));
}

function constant(
  { binding, tensorMap }: NativeBackend,
  key: string,
  shape: number[],
  dtype: number,
  values: Float32Array | Int32Array,
): tf.TensorInfo {
  let info = constants.get(key);
  if (!info) {
    const dataId = {};
    const id = binding.createTensor(shape, dtype, values);
    // Registered under an identity of our own, the backend takes the handle like that of any tensor.
    tensorMap.set(dataId, { shape, dtype, id, values: null, refCount: 1 });
    info = { dataId, shape, dtype: 'float32' };
    constants.set(key, info);
  }
  return info;
}
