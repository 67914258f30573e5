export { activation, isActivationKind } from './activation.ts';
export type { ActivationKind } from './activation.ts';
export { add } from './add.ts';
export { attention } from './attention.ts';
export type { AttentionAttrs } from './attention.ts';
export { dropout } from './dropout.ts';
export {
  adamw8bitInPlace,
  adamwInPlace,
  addInPlace,
  clipCoefficientInto,
  copyInto,
  fillInPlace,
  momentBlock,
  mulInPlace,
  randomFillInPlace,
  ropeInto,
  scaleInPlace,
  scatterAddRowsInPlace,
  scatterRowsInPlace,
  sumSquaresInto,
} from './in-place.ts';
export type { Rotation } from './in-place.ts';
export { layerNorm } from './layer-norm.ts';
export { linearCrossEntropy } from './linear-cross-entropy.ts';
export { loraLinear } from './lora-linear.ts';
export { linear, matmul } from './matmul.ts';
export { mul } from './mul.ts';
export { patchify } from './patchify.ts';
export { dequantize, quantize } from './quantize.ts';
export { quantizedLinear } from './quantized-matmul.ts';
export { max, mean, sum } from './reduce.ts';
export { rmsNorm } from './rms-norm.ts';
export { rope } from './rope.ts';
export { gatherRows, scatterRows } from './rows.ts';
export { argmax, sample, topK } from './sampling.ts';
export type { SampleAttrs } from './sampling.ts';
export { scale } from './scale.ts';
export { cast, concat, contiguous, reshape, slice, transpose } from './shape.ts';
export { softmax } from './softmax.ts';
export { swiglu } from './swiglu.ts';
