import { addon, fromNative } from '../native.ts';
import { handleOf } from '../apply.ts';
import type { Tensor } from '../tensor.ts';
import type { NativeOps } from '../native.ts';

/**
 * Kernels that write into memory a caller already holds: optimiser steps,
 * caches, gradient accumulation. The tape does not see them, so nothing that a
 * gradient still has to read may be written.
 */
function launch(run: (ops: NativeOps) => void): void {
  try {
    run(addon().ops);
  } catch (thrown) {
    throw fromNative(thrown);
  }
}

/** dst ← src, converted to the dtype of dst. Same shape, any strides, no overlap. */
export function copyInto(src: Tensor, dst: Tensor): void {
  launch((ops) => ops.copy(src.handle, dst.handle));
}

/** out ← value in every element. @param out contiguous f32, bf16, f16 or i32 */
export function fillInPlace(out: Tensor, value: number): void {
  launch((ops) => ops.fill(out.handle, value));
}

/** out ← out + alpha · x. @param out [...] f32 contiguous @param x the same shape, any float */
export function addInPlace(out: Tensor, x: Tensor, alpha = 1): void {
  launch((ops) => ops.add(out.handle, x.handle, out.handle, alpha));
}

/** out ← out · x. @param out [...] f32 contiguous @param x one number, or the same shape */
export function mulInPlace(out: Tensor, x: Tensor): void {
  launch((ops) => ops.mul(out.handle, x.handle, out.handle));
}

/** out ← factor · out. @param out f32 contiguous */
export function scaleInPlace(out: Tensor, factor: number): void {
  launch((ops) => ops.scale(out.handle, out.handle, factor));
}

/** out[index[i]] ← src[i]. @param out [R, D] f32 @param index [N] i32 @param src [N, D] f32 */
export function scatterRowsInPlace(out: Tensor, index: Tensor, src: Tensor): void {
  launch((ops) => ops.scatter_rows(src.handle, index.handle, out.handle));
}

/** How rope() turns rows; see there. */
export interface Rotation {
  /** [N] i32 */
  readonly positions: Tensor;
  /** [D / 2] f32 */
  readonly inverseFrequency: Tensor;
  readonly scale: number;
}

/**
 * out[index[i]] ← rope(x)[i], or out ← rope(x) without an index.
 * @param x     [N, H, D] f32 | bf16
 * @param out   [R, H, D] f32, or like x without an index; not x itself
 * @param index [N] i32, no row twice; outside 0..R-1 the next read throws tensor/index-out-of-range
 */
export function ropeInto(x: Tensor, out: Tensor, rotation: Rotation, index: Tensor | null): void {
  const { positions, inverseFrequency, scale } = rotation;
  launch((ops) => {
    // prettier-ignore
    ops.rope(x.handle, positions.handle, inverseFrequency.handle, handleOf(index), out.handle, scale, false);
  });
}

/** out[index[i]] ← out[index[i]] + src[i], in the order of i. */
export function scatterAddRowsInPlace(out: Tensor, index: Tensor, src: Tensor): void {
  launch((ops) => ops.scatter_add_rows(src.handle, index.handle, out.handle));
}

/** squares[slot] ← Σ x². @param squares [n] f32 */
export function sumSquaresInto(x: Tensor, squares: Tensor, slot: number): void {
  launch((ops) => ops.sum_squares(x.handle, squares.handle, slot));
}

/**
 * out ← [norm, coefficient]: norm = sqrt(Σ squares), coefficient =
 * min(1, maxNorm / (norm + 1e-6)), or 1 when maxNorm ≤ 0.
 * @param squares [n] f32 @param out [2] f32
 */
export function clipCoefficientInto(squares: Tensor, out: Tensor, maxNorm: number): void {
  launch((ops) => ops.clip_coefficient(squares.handle, out.handle, maxNorm));
}

/** What every form of AdamW is given. */
interface AdamWUpdate {
  /** f32, or bf16/f16 with a master. */
  readonly param: Tensor;
  readonly grad: Tensor;
  /** f32 copy of a 16-bit parameter; the parameter becomes its rounding. */
  readonly master: Tensor | null;
  /** [1] f32: every gradient is multiplied by it (clipping). */
  readonly gradScale: Tensor | null;
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;
  readonly weightDecay: number;
  /** Counts from 1. */
  readonly step: number;
}

export interface AdamWStep extends AdamWUpdate {
  readonly m: Tensor;
  readonly v: Tensor;
}

/** Values that share a scale of moments in 8 bits. */
export const momentBlock = 256;

/** Moments in 8 bits; B = ceil(numel / momentBlock). */
export interface AdamW8bitStep extends AdamWUpdate {
  /** [B, momentBlock] u8 */
  readonly m: Tensor;
  /** [B] f32: the largest size in each block */
  readonly mScale: Tensor;
  readonly v: Tensor;
  readonly vScale: Tensor;
}

/**
 * One AdamW update in place; see native/ops/optimizer.h for the formula.
 * @source arXiv:1711.05101; numerics as torch.optim.AdamW
 */
export function adamwInPlace(s: AdamWStep): void {
  launch((ops) => {
    // prettier-ignore
    ops.adamw(s.param.handle, s.grad.handle, s.m.handle, s.v.handle, handleOf(s.master), handleOf(s.gradScale),
      s.learningRate, s.beta1, s.beta2, s.eps, s.weightDecay, s.step);
  });
}

/**
 * The same with both moments in 8 bits; see native/ops/adamw_8bit.h. All zeros is where it begins.
 * @source arXiv:2110.02861; blocks and maps as bitsandbytes has them
 */
export function adamw8bitInPlace(s: AdamW8bitStep): void {
  launch((ops) => {
    // prettier-ignore
    ops.adamw_8bit(s.param.handle, s.grad.handle, s.m.handle, s.mScale.handle, s.v.handle, s.vScale.handle,
      handleOf(s.master), handleOf(s.gradScale),
      s.learningRate, s.beta1, s.beta2, s.eps, s.weightDecay, s.step);
  });
}

export interface RandomFill {
  readonly kind: 'uniform' | 'normal';
  /** uniform: lower bound; normal: mean. */
  readonly a: number;
  /** uniform: upper bound; normal: standard deviation. */
  readonly b: number;
  readonly seed: number;
  /** Separates the numbers of one seed. */
  readonly stream: number;
}

/** Fills with counter-based random numbers (Philox4x32-10): a value depends on its place alone. */
export function randomFillInPlace(out: Tensor, fill: RandomFill): void {
  const kind = fill.kind === 'uniform' ? 0 : 1;
  launch((ops) => ops.random_fill(out.handle, kind, fill.a, fill.b, fill.seed, fill.stream));
}
