import { LensmithError } from '../base/errors.ts';
import { isFloat } from './dtype.ts';
import type { DType } from './dtype.ts';
import { describeTensor } from './tensor.ts';
import type { Shape, Tensor } from './tensor.ts';

/** @throws tensor/shape-mismatch unless `holds`; says the operand and what it should have been */
export function requireShape(
  holds: boolean,
  op: string,
  name: string,
  tensor: { dtype: DType; shape: Shape },
  expected: string,
): void {
  if (holds) return;
  throw new LensmithError('tensor/shape-mismatch', `${op}: operand '${name}' does not fit.`, {
    expected,
    got: describeTensor(tensor),
  });
}

export function requireRank(op: string, name: string, tensor: Tensor, rank: number): void {
  requireShape(tensor.rank === rank, op, name, tensor, `rank ${rank}`);
}

export function requireSame(op: string, name: string, tensor: Tensor, shape: Shape): void {
  const same = tensor.rank === shape.length && shape.every((size, i) => tensor.shape[i] === size);
  requireShape(same, op, name, tensor, `shape [${shape.join(', ')}]`);
}

export function requireFloat(op: string, name: string, tensor: Tensor): void {
  requireDType(op, name, tensor, isFloat(tensor.dtype), 'f32, bf16 or f16');
}

export function requireInt(op: string, name: string, tensor: Tensor): void {
  requireDType(op, name, tensor, tensor.dtype === 'i32', 'i32');
}

/** @throws tensor/not-contiguous for a view whose memory is not in order */
export function requireContiguous(op: string, name: string, tensor: Tensor): void {
  if (tensor.isContiguous) return;
  throw new LensmithError('tensor/not-contiguous', `${op}: operand '${name}' does not fit.`, {
    expected: 'memory in order',
    got: `${describeTensor(tensor)} with strides [${tensor.strides.join(', ')}]`,
    hint: 'contiguous() makes a copy that is.',
  });
}

function requireDType(op: string, name: string, tensor: Tensor, holds: boolean, expected: string) {
  if (holds) return;
  throw new LensmithError('tensor/dtype-mismatch', `${op}: operand '${name}' does not fit.`, {
    expected,
    got: describeTensor(tensor),
  });
}
