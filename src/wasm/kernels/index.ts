/** The kernels that TensorFlow.js' WebAssembly backend lacks, gets wrong, or has only in a slow form. */
import { putBooleans } from './booleans';
import { putExtrema } from './extrema';
import { putGather } from './gather';
import { putIdentity } from './identity';
import { putLog1p } from './log1p';
import { putMatrixProducts } from './matrix-product';
import { putReductions } from './reductions';
import { putSegmentSum } from './segment-sum';
import { putSlices } from './slice';
import { putTanh } from './tanh';
import { putTile } from './tile';

let done = false;

/** Puts them all into the backend; once is enough for a process. */
export function registerWasmKernels(): void {
  if (done) return;
  done = true;
  putIdentity();
  putSegmentSum();
  putReductions();
  putBooleans();
  putGather();
  putSlices();
  putTile();
  putExtrema();
  putLog1p();
  putMatrixProducts();
  putTanh();
}
