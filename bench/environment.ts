import os from 'node:os';
import { nativeBackend } from '../src/native/native-operations';
import { tf } from '../src/tensorflow';

/** What the figures were measured with. */
export function environment(): Record<string, string | number> {
  return {
    node: process.version,
    'tensorflow.js': tf.version.tfjs,
    tensorflow: nativeBackend()?.binding.TF_Version ?? 'none',
    backend: tf.getBackend(),
    memory: process.env.GLIBC_TUNABLES ? 'kept' : 'given back',
    'threads an operation': process.env.TF_NUM_INTRAOP_THREADS ?? 'all',
    processor: os.cpus()[0]?.model.trim() ?? 'unknown',
    cores: os.cpus().length,
    'load before': Number(os.loadavg()[0].toFixed(2)),
  };
}
