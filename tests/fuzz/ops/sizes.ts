/** Random sizes, shapes and layouts: mostly where kernels change their way. */
import type { Random } from '../../../src-main/base/random.ts';
import type { DType, ValueDType } from '../../../src-main/tensor/dtype.ts';
import type { InputSpec } from '../../support/ops-inputs.ts';

/** Tiles, subgroups and work groups end at these; one more and one less are other paths. */
const borders = [4, 8, 16, 32, 64, 128, 256];

/** From `least` to `most`: small, beside a border, or anything. */
export function sizeOf(random: Random, most: number, least = 1): number {
  const kind = random.below(3);
  const size =
    kind === 0
      ? 1 + random.below(9)
      : kind === 1
        ? random.pick(borders) + random.below(3) - 1
        : 1 + random.below(most);
  return Math.min(most, Math.max(least, size));
}

/** Mostly at most `usual`, now and then as long as rows and sums get that several groups share. */
export function longSizeOf(random: Random, usual: number, most: number): number {
  return random.below(8) === 0 ? sizeOf(random, most) : sizeOf(random, usual);
}

/** Rows of a group each that no longer fit one axis of a dispatch, which is 65,535 groups long. */
const tooManyGroups = 65_536;

/** As countOf; now and then more than a device counts along one axis, for which columns have to be few. */
export function rowsOf(random: Random, most: number): { rows: number; mayBeWide: boolean } {
  return random.below(100) === 0
    ? { rows: tooManyGroups + random.below(300), mayBeWide: false }
    : { rows: countOf(random, most), mayBeWide: true };
}

/** Now and then nothing at all, which every kernel has to bear. */
export function countOf(random: Random, most: number): number {
  return random.below(40) === 0 ? 0 : sizeOf(random, most);
}

/** A shape of some axes with at most so many elements, one of them long now and then. */
export function shapeOf(random: Random, axes: number, most: number): number[] {
  const shape: number[] = [];
  const long = random.below(6) === 0 ? random.below(axes) : -1;
  let left = most;
  for (let i = 0; i < axes; i++) {
    const size = countOf(random, Math.max(1, i === long ? left : Math.min(left, 300)));
    shape.push(size);
    left = Math.floor(left / Math.max(1, size));
  }
  return shape;
}

const floatTypes: readonly DType[] = ['f32', 'bf16', 'f16'];

/** Mostly f32. */
export function floatType(random: Random): DType {
  return random.below(2) === 0 ? 'f32' : random.pick(floatTypes);
}

/** Of what layers hand on: mostly f32. */
export function valueType(random: Random): ValueDType {
  return random.below(3) === 0 ? 'bf16' : 'f32';
}

/** Mostly in order; what an op does not take, both sides must refuse. */
export function layoutOf(random: Random): NonNullable<InputSpec['layout']> {
  return random.below(4) === 0 ? random.pick(['rows', 'transposed'] as const) : 'contiguous';
}

/** Normal numbers of a random size; now and then some that are far off. */
export function valuesOfSome(random: Random): NonNullable<InputSpec['values']> {
  const size = random.pick([1, 1, 1, 0.01, 8]);
  const far = random.below(5) === 0;
  return (r) => size * r.normal() * (far && r.below(50) === 0 ? 30 : 1);
}
