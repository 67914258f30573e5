import { nf4Block, nf4OuterBlock } from './nf4-tables.ts';
import type { Tensor } from './tensor.ts';

/** Kinds of weights of few bits; native/ops/quantized.h has their formulas. */
export const quantFormats = ['nf4', 'int8'] as const;

export type QuantFormat = (typeof quantFormats)[number];

/** The tensors that a quantised matrix is made of. */
export interface QuantizedParts {
  /** int8: [rows, cols] i8; nf4: [ceil(rows · cols / 2)] u8, two codes a byte. */
  readonly codes: Tensor;
  /** int8: [rows] f32; nf4: [blocks] f32, or u8 when quantised once more. */
  readonly scales: Tensor;
  /** nf4, quantised twice: [ceil(blocks / 256)] f32. */
  readonly scales2: Tensor | null;
  /** nf4, quantised twice: [1] f32. */
  readonly offset: Tensor | null;
}

/** A frozen matrix [rows, cols] of few bits; owns its parts. */
export class QuantizedMatrix implements Disposable {
  readonly format: QuantFormat;
  readonly rows: number;
  readonly cols: number;
  readonly parts: QuantizedParts;

  constructor(rows: number, cols: number, parts: QuantizedParts) {
    this.format = parts.codes.dtype === 'i8' ? 'int8' : 'nf4';
    this.rows = rows;
    this.cols = cols;
    this.parts = parts;
  }

  get tensors(): Tensor[] {
    const { codes, scales, scales2, offset } = this.parts;
    return [codes, scales, scales2, offset].filter((part) => part !== null);
  }

  get sizeBytes(): number {
    return this.tensors.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  }

  /** Takes the parts out of the scope they were made in; see Tensor.keep. */
  keep(): this {
    for (const part of this.tensors) part.keep();
    return this;
  }

  dispose(): void {
    for (const part of this.tensors) part.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

/** Blocks of an nf4 matrix, and of their absmaxes. */
export function nf4Blocks(rows: number, cols: number): { blocks: number; outerBlocks: number } {
  const blocks = Math.ceil((rows * cols) / nf4Block);
  return { blocks, outerBlocks: Math.ceil(blocks / nf4OuterBlock) };
}

/**
 * Bytes of a quantised matrix, by arithmetic: int8 one a value and four a row; nf4 half a one a
 * value, one a block of 64, four for 256 blocks, and four.
 */
export function quantizedSizeBytes(format: QuantFormat, rows: number, cols: number): number {
  if (format === 'int8') return rows * cols + 4 * rows;
  const { blocks, outerBlocks } = nf4Blocks(rows, cols);
  return Math.ceil((rows * cols) / 2) + blocks + 4 * outerBlocks + 4;
}
