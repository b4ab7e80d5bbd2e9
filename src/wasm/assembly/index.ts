/** What the library calls. Every address and every piece of memory is the caller's. */
export { adam } from './adam';
export { tanhOf } from './activations';
export { lstmBackward, lstmBackwardScratch, lstmForward, lstmForwardScratch } from './lstm';
export { matrixProduct, matrixProductScratch } from './matrix-product';
