import type { Random } from '../../src-main/base/random.ts';
import type { DType } from '../../src-main/tensor/dtype.ts';
import { isFloat } from '../../src-main/tensor/dtype.ts';
import { slice, transpose } from '../../src-main/tensor/ops/index.ts';
import { reference, ravel, unravel } from '../../src-main/tensor/reference.ts';
import type { Reference } from '../../src-main/tensor/reference.ts';
import { numelOf, Tensor } from '../../src-main/tensor/tensor.ts';
import type { Shape } from '../../src-main/tensor/tensor.ts';
import { encode, rounded } from './ops-dtypes.ts';

export interface InputSpec {
  readonly shape: Shape;
  /** f32 when not given. */
  readonly dtype?: DType;
  /** Standard normal when not given; a list is taken as it is. */
  readonly values?: readonly number[] | ((random: Random) => number);
  /**
   * How it lies in memory: `rows` as a slice along axis 1 of something wider,
   * `transposed` with the first axis running fastest.
   */
  readonly layout?: 'contiguous' | 'rows' | 'transposed';
  /** Whether its gradient is checked: floats are, unless this is false. */
  readonly grad?: boolean;
}

/** An input twice: on the device, and in float64 with the very same values. */
export interface Input {
  readonly spec: InputSpec;
  readonly tensor: Tensor;
  readonly reference: Reference;
}

export function floats(shape: Shape, rest: Omit<InputSpec, 'shape'> = {}): InputSpec {
  return { shape, ...rest };
}

export function ints(values: readonly number[], shape: Shape = [values.length]): InputSpec {
  return { shape, dtype: 'i32', values };
}

export function makeInput(spec: InputSpec, random: Random): Input {
  const dtype = spec.dtype ?? 'f32';
  const source = spec.values ?? ((r: Random) => r.normal());
  const list =
    typeof source === 'function'
      ? Array.from({ length: numelOf(spec.shape) }, () => source(random))
      : source;
  const values = rounded(list, dtype);
  return { spec, tensor: place(values, spec, dtype), reference: reference(spec.shape, values) };
}

function place(values: Float64Array, spec: InputSpec, dtype: DType): Tensor {
  const { shape, layout = 'contiguous' } = spec;
  if (layout === 'contiguous') return Tensor.from(encode(values, dtype), shape, dtype);
  const transposed = layout === 'transposed';
  const memory = transposed ? [...shape].reverse() : shape.map((n, i) => (i === 1 ? n + 3 : n));
  // What lies around the slice is NaN: a kernel that reads it is found out.
  const filled = new Float64Array(numelOf(memory)).fill(isFloat(dtype) ? NaN : -1);
  values.forEach((value, i) => {
    const indices = unravel(i, shape);
    const there = transposed ? indices.reverse() : indices.map((n, a) => (a === 1 ? n + 1 : n));
    filled[ravel(there, memory)] = value;
  });
  using base = Tensor.from(encode(filled, dtype), memory, dtype);
  const axes = shape.map((_, i) => shape.length - 1 - i);
  return transposed ? transpose(base, axes) : slice(base, 1, 1, 1 + (shape[1] as number));
}
