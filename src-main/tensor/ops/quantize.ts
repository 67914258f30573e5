import { applyAll, expectTensor, handleOf } from '../apply.ts';
import { dynamicMap, nf4Block, nf4Code, nf4OuterBlock } from '../nf4-tables.ts';
import { notDifferentiable } from '../op.ts';
import type { KernelOp } from '../op.ts';
import { nf4Blocks, QuantizedMatrix } from '../quantized.ts';
import type { QuantFormat, QuantizedParts } from '../quantized.ts';
import { at, generate, reference } from '../reference.ts';
import type { Reference } from '../reference.ts';
import { requireFloat, requireRank, requireShape } from '../shape-check.ts';
import type { Tensor } from '../tensor.ts';

export const quantizeOp: KernelOp<readonly [x: Tensor], { readonly format: QuantFormat }> = {
  name: 'quantize',
  infer([x], { format }) {
    requireRank('quantize', 'x', x, 2);
    requireFloat('quantize', 'x', x);
    const [rows, cols] = [x.dim(0), x.dim(1)];
    requireShape(rows > 0 && cols > 0, 'quantize', 'x', x, 'at least one row and one column');
    if (format === 'int8') return [{ shape: [rows, cols], dtype: 'i8' }, { shape: [rows] }];
    const { blocks, outerBlocks } = nf4Blocks(rows, cols);
    return [
      { shape: [Math.ceil((rows * cols) / 2)], dtype: 'u8' },
      { shape: [blocks], dtype: 'u8' },
      { shape: [outerBlocks] },
      { shape: [1] },
    ];
  },
  launch(ops, [x], [codes, scales, scales2, offset]) {
    // prettier-ignore
    ops.quantize(x.handle, handleOf(codes), handleOf(scales), handleOf(scales2), handleOf(offset), x.dim(0), x.dim(1));
  },
  composed: ([x], { format }) =>
    format === 'int8' ? composedInt8(x as Reference) : composedNf4(x as Reference),
  vjp: notDifferentiable('codes are whole numbers'),
};

function roundHalfEven(x: number): number {
  const rounded = Math.round(x);
  return Math.abs(x % 1) === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

function composedInt8(x: Reference): Reference[] {
  const [rows, cols] = x.shape as [number, number];
  const scales = generate([rows], (row) => largest(x, row * cols, (row + 1) * cols));
  const codes = generate(x.shape, (i) => {
    const scale = at(scales, Math.floor(i / cols));
    return scale === 0 ? 0 : roundHalfEven((at(x, i) * 127) / scale);
  });
  return [codes, scales];
}

function largest(x: Reference, begin: number, end: number): number {
  return x.data.subarray(begin, end).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

function composedNf4(x: Reference): Reference[] {
  const [rows, cols] = x.shape as [number, number];
  const { blocks, outerBlocks } = nf4Blocks(rows, cols);
  const absmax = generate([blocks], (b) => largest(x, b * nf4Block, (b + 1) * nf4Block));
  const code = (i: number): number => {
    if (i >= rows * cols) return 0;
    const scale = at(absmax, Math.floor(i / nf4Block));
    const value = scale === 0 ? 0 : at(x, i) / scale;
    return nf4Middles.filter((middle) => value > middle).length;
  };
  const codes = generate(
    [Math.ceil((rows * cols) / 2)],
    (byte) => 16 * code(2 * byte) + code(2 * byte + 1),
  );
  const mean = Math.fround(absmax.data.reduce((sum, value) => sum + value, 0) / blocks);
  const apart = generate([blocks], (b) => at(absmax, b) - mean);
  const scales2 = generate([outerBlocks], (b) =>
    largest(apart, b * nf4OuterBlock, (b + 1) * nf4OuterBlock),
  );
  const scales = generate([blocks], (b) => {
    const scale = at(scales2, Math.floor(b / nf4OuterBlock));
    return nearest(dynamicMap, scale === 0 ? 0 : at(apart, b) / scale);
  });
  return [codes, scales, scales2, generate([1], () => mean)];
}

const nf4Middles = Array.from({ length: 15 }, (_, i) =>
  Math.fround(((nf4Code[i] as number) + (nf4Code[i + 1] as number)) / 2),
);

function nearest(map: Float32Array, value: number): number {
  let best = 0;
  map.forEach((entry, i) => {
    if (Math.abs(entry - value) < Math.abs((map[best] as number) - value)) best = i;
  });
  return best;
}

/** The operands by which ops are given a quantised matrix. */
export type QuantizedOperands = readonly [
  codes: Tensor,
  scales: Tensor,
  scales2: Tensor | null,
  offset: Tensor | null,
];

export interface MatrixSize {
  readonly rows: number;
  readonly cols: number;
}

export function operandsOf({ codes, scales, scales2, offset }: QuantizedParts): QuantizedOperands {
  return [codes, scales, scales2, offset];
}

export const dequantizeOp: KernelOp<QuantizedOperands, MatrixSize> = {
  name: 'dequantize',
  infer: (_, { rows, cols }) => [{ shape: [rows, cols] }],
  launch(ops, [codes, scales, scales2, offset], [out], { rows, cols }) {
    // prettier-ignore
    ops.dequantize(codes.handle, scales.handle, handleOf(scales2), handleOf(offset), rows, cols, handleOf(out));
  },
  composed: (operands, size) => [composedValues(operands, size)],
  vjp: notDifferentiable('quantised weights do not train'),
};

/** The values that a quantised matrix stands for, in float64. */
export function composedValues(
  [codes, scales, scales2, offset]: readonly (Reference | null | undefined)[],
  { rows, cols }: MatrixSize,
): Reference {
  const [c, s] = [codes as Reference, scales as Reference];
  if (c.shape.length === 2) {
    return generate([rows, cols], (i) => (at(c, i) * at(s, Math.floor(i / cols))) / 127);
  }
  const absmax = (block: number): number =>
    scales2 && offset
      ? (dynamicMap[at(s, block)] as number) * at(scales2, Math.floor(block / nf4OuterBlock)) +
        at(offset, 0)
      : at(s, block);
  const values = reference([rows, cols]);
  for (let i = 0; i < values.data.length; i++) {
    const byte = at(c, Math.floor(i / 2));
    const code = i % 2 === 0 ? byte >> 4 : byte & 15;
    values.data[i] = (nf4Code[code] as number) * absmax(Math.floor(i / nf4Block));
  }
  return values;
}

/**
 * A matrix in few bits.
 * @param x [rows, cols] any float dtype, rows contiguous
 * @source arXiv:2305.14314 (nf4, quantised twice), arXiv:2208.07339 (int8 by rows)
 */
export function quantize(x: Tensor, format: QuantFormat): QuantizedMatrix {
  const [codes, scales, scales2 = null, offset = null] = applyAll(quantizeOp, [x], { format });
  return new QuantizedMatrix(x.dim(0), x.dim(1), {
    codes: expectTensor(codes, 'quantize'),
    scales: expectTensor(scales, 'quantize'),
    scales2,
    offset,
  });
}

/** The values that a quantised matrix stands for. @returns [rows, cols] f32 */
export function dequantize(matrix: QuantizedMatrix): Tensor {
  const [values] = applyAll(dequantizeOp, operandsOf(matrix.parts), matrix);
  return expectTensor(values, 'dequantize');
}
