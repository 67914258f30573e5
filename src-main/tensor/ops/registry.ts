import type { Op, Operands } from '../op.ts';
import { activationOp } from './activation.ts';
import { addOp } from './add.ts';
import { attentionOp } from './attention.ts';
import { dropoutOp } from './dropout.ts';
import { layerNormOp } from './layer-norm.ts';
import { linearCrossEntropyOp } from './linear-cross-entropy.ts';
import { loraLinearOp, quantizedLoraLinearOp } from './lora-linear.ts';
import { matmulOp } from './matmul.ts';
import { mulOp } from './mul.ts';
import { patchifyOp } from './patchify.ts';
import { dequantizeOp, quantizeOp } from './quantize.ts';
import { quantizedMatmulOp } from './quantized-matmul.ts';
import { maxOp, reduceOp } from './reduce.ts';
import { rmsNormOp } from './rms-norm.ts';
import { ropeOp } from './rope.ts';
import { gatherRowsOp, scatterRowsOp } from './rows.ts';
import { argmaxOp, sampleOp, topKOp } from './sampling.ts';
import { scaleOp } from './scale.ts';
import { castOp, concatOp, reshapeOp, sliceOp, transposeOp } from './shape.ts';
import { softmaxOp } from './softmax.ts';
import { swigluOp } from './swiglu.ts';

/** Every op that the tape can meet: a test asks that each has its cases. */
export const registry = {
  activation: activationOp,
  add: addOp,
  argmax: argmaxOp,
  attention: attentionOp,
  cast: castOp,
  concat: concatOp,
  dequantize: dequantizeOp,
  dropout: dropoutOp,
  gather_rows: gatherRowsOp,
  layer_norm: layerNormOp,
  linear_cross_entropy: linearCrossEntropyOp,
  lora_linear: loraLinearOp,
  matmul: matmulOp,
  max: maxOp,
  mul: mulOp,
  patchify: patchifyOp,
  quantize: quantizeOp,
  quantized_lora_linear: quantizedLoraLinearOp,
  quantized_matmul: quantizedMatmulOp,
  reduce: reduceOp,
  reshape: reshapeOp,
  rms_norm: rmsNormOp,
  rope: ropeOp,
  sample: sampleOp,
  scale: scaleOp,
  scatter_rows: scatterRowsOp,
  slice: sliceOp,
  softmax: softmaxOp,
  swiglu: swigluOp,
  top_k: topKOp,
  transpose: transposeOp,
} as const;

export type OpName = keyof typeof registry;
export type AnyOp = Op<Operands, unknown>;
