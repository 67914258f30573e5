import type { DType } from '../../src-main/tensor/dtype.ts';
import type { HostArray } from '../../src-main/tensor/tensor.ts';

/** Element types in numbers: what a kernel is given is what the oracle is given. */

const word = new DataView(new ArrayBuffer(4));

function bitsOf(value: number): number {
  word.setFloat32(0, value);
  return word.getUint32(0);
}

function floatOf(bits: number): number {
  word.setUint32(0, bits);
  return word.getFloat32(0);
}

/** Bits of the nearest bf16, ties to even. */
function bf16Bits(value: number): number {
  const bits = bitsOf(value);
  return ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16) & 0xffff;
}

/** The value of f16 bits: 5 exponent bits with bias 15, 10 of fraction. */
function f16Value(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >>> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/** Bits of the nearest f16, ties to even: counts in units of the last place. */
function f16Bits(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (Number.isNaN(value)) return 0x7e00;
  if (size === Infinity) return sign | 0x7c00;
  const exponent = Math.max(-14, Math.floor(Math.log2(size || 2 ** -14)));
  const units = roundHalfEven(size / 2 ** (exponent - 10));
  const magnitude = units + (exponent + 14) * 1024;
  return sign | Math.min(magnitude, 0x7c00);
}

function roundHalfEven(x: number): number {
  const below = Math.floor(x);
  const rest = x - below;
  if (rest !== 0.5) return rest < 0.5 ? below : below + 1;
  return below % 2 === 0 ? below : below + 1;
}

/** The values as the host array that an upload of this dtype takes. */
export function encode(values: ArrayLike<number>, dtype: DType): HostArray {
  const list = Array.from(values);
  if (dtype === 'f32') return Float32Array.from(list);
  if (dtype === 'i32') return Int32Array.from(list);
  if (dtype === 'u8') return Uint8Array.from(list);
  if (dtype === 'i8') return Int8Array.from(list);
  return Uint16Array.from(list.map(dtype === 'bf16' ? bf16Bits : f16Bits));
}

/** The numbers in a downloaded array. */
export function decode(data: HostArray, dtype: DType): Float64Array {
  const list = Array.from(data);
  if (dtype === 'bf16') return Float64Array.from(list, (bits) => floatOf(bits << 16));
  if (dtype === 'f16') return Float64Array.from(list, f16Value);
  return Float64Array.from(list);
}

/** Each value as the dtype holds it. */
export function rounded(values: ArrayLike<number>, dtype: DType): Float64Array {
  return decode(encode(values, dtype), dtype);
}
