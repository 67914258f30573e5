import { describe, expect, it } from 'vitest';
import { Random } from '../../src-main/base/random.ts';
import { philox, philoxUniform } from '../../src-main/tensor/philox.ts';
import {
  addInPlace,
  copyInto,
  fillInPlace,
  mulInPlace,
  randomFillInPlace,
  rope,
  ropeInto,
  scaleInPlace,
  scatterAddRowsInPlace,
  scatterRowsInPlace,
  slice,
  transpose,
} from '../../src-main/tensor/ops/index.ts';
import { Tensor } from '../../src-main/tensor/tensor.ts';
import { expectClose } from '../support/ops-compare.ts';
import { encode, rounded } from '../support/ops-dtypes.ts';
import { expectCode, onEachDevice, valuesOf, withoutLeak } from '../support/ops.ts';

function normals(count: number, seed = 1): Float64Array {
  const random = new Random(seed);
  return Float64Array.from({ length: count }, () => Math.fround(random.normal()));
}

function tensorOf(
  values: Float64Array,
  shape: readonly number[],
  dtype: 'f32' | 'bf16' = 'f32',
): Tensor {
  return Tensor.from(encode(values, dtype), shape, dtype);
}

onEachDevice(() => {
  it('copies between layouts and dtypes', () =>
    withoutLeak(async () => {
      const values = normals(35);
      using src = tensorOf(values, [5, 7]);
      using dst = Tensor.full([7, 8], 9, 'bf16');
      using columns = slice(dst, 1, 2, 7);
      using turned = transpose(columns, [1, 0]);
      copyInto(src, turned);
      const got = await valuesOf(dst);
      const halves = rounded(values, 'bf16');
      got.forEach((value, i) => {
        const [row, column] = [Math.floor(i / 8), (i % 8) - 2];
        expect(value).toBe(column >= 0 && column < 5 ? halves[column * 7 + row] : 9);
      });
      using wrong = Tensor.empty([4, 7]);
      expectCode(() => copyInto(src, wrong), 'tensor/shape-mismatch');
    }));

  it('copies what lies alike to any place, and nothing beside it', async () => {
    const numbers = Float64Array.from({ length: 600 }, (_, i) => 1 + (i % 100));
    for (const dtype of ['f32', 'bf16', 'u8'] as const) {
      using src = Tensor.from(encode(numbers, dtype), [600], dtype);
      for (const [from, to, count] of [
        [0, 0, 600],
        [0, 16, 1],
        [16, 32, 3],
        [32, 16, 531],
        [16, 5, 40],
        [3, 0, 17],
      ] as const) {
        using dst = Tensor.from(encode(new Float64Array(600), dtype), [600], dtype);
        using source = slice(src, 0, from, from + count);
        using target = slice(dst, 0, to, to + count);
        copyInto(source, target);
        const want = new Float64Array(600);
        want.set(numbers.subarray(from, from + count), to);
        expect(await valuesOf(dst)).toEqual(want);
      }
    }
  });

  it('repeats a row that has stride 0', async () => {
    using src = Tensor.from([1, 2, 3], [3]);
    using repeated = src.viewAs([4, 3], [0, 1]);
    using dst = Tensor.empty([4, 3]);
    copyInto(repeated, dst);
    expect([...(await dst.readFloats())]).toEqual([1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3]);
  });

  it('fills every dtype that has numbers', async () => {
    for (const dtype of ['f32', 'bf16', 'f16', 'i32'] as const) {
      using x = Tensor.empty([1037], dtype);
      fillInPlace(x, -3);
      expect(new Set(await valuesOf(x))).toEqual(new Set([-3]));
    }
    expectCode(() => Tensor.full([2], 1, 'u8'), 'tensor/dtype-mismatch');
  });

  it('adds and scales into its own memory', async () => {
    const [a, b] = [normals(1001), normals(1001, 2)];
    using x = tensorOf(a, [1001]);
    using y = tensorOf(b, [1001], 'bf16');
    addInPlace(x, y, -0.5);
    scaleInPlace(x, 3);
    using quarter = Tensor.from([0.25], [1]);
    mulInPlace(x, quarter);
    const halves = rounded(b, 'bf16');
    const want = a.map((value, i) => 0.75 * (value - 0.5 * (halves[i] as number)));
    expectClose(await valuesOf(x), want, 1e-6, 'sum');
    using short = Tensor.zeros([7]);
    expectCode(() => addInPlace(short, x), 'tensor/shape-mismatch');
  });

  it('writes rows, and adds rows as often as they are named', () =>
    withoutLeak(async () => {
      const [base, rows] = [normals(7 * 33), normals(5 * 33, 2)];
      const index = [6, 1, 6, 6, 0];
      using out = tensorOf(base, [7, 33]);
      using src = tensorOf(rows, [5, 33]);
      using where = Tensor.from(index, [5], 'i32');
      scatterAddRowsInPlace(out, where, src);
      const want = base.slice();
      rows.forEach((value, i) => {
        const target = (index[Math.floor(i / 33)] as number) * 33 + (i % 33);
        want[target] = (want[target] as number) + value;
      });
      expectClose(await valuesOf(out), want, 1e-6, 'added');

      using once = Tensor.from([4, 2], [2], 'i32');
      using two = slice(src, 0, 1, 3);
      scatterRowsInPlace(out, once, two);
      want.set(rows.subarray(33, 66), 4 * 33);
      want.set(rows.subarray(66, 99), 2 * 33);
      expectClose(await valuesOf(out), want, 1e-6, 'written');
    }));

  // Heads that are read eight lanes at a time, and others.
  it.each([
    [16, 'f32'],
    [16, 'bf16'],
    [6, 'f32'],
    [6, 'bf16'],
  ] as const)('rotates heads of %i, in %s, into rows', (size, dtype) =>
    withoutLeak(async () => {
      const [heads, rows] = [3, 7];
      const index = [5, 0, 2];
      using x = tensorOf(normals(index.length * heads * size), [3, heads, size], dtype);
      using positions = Tensor.from([4, 9, 31], [3], 'i32');
      using inverseFrequency = tensorOf(normals(size / 2, 2), [size / 2]);
      using rotated = rope(x, positions, inverseFrequency, 1.25);
      const turned = await valuesOf(rotated);
      const rotation = { positions, inverseFrequency, scale: 1.25 };
      using out = Tensor.full([rows, heads, size], 9);
      using where = Tensor.from(index, [3], 'i32');
      ropeInto(x, out, rotation, where);
      const width = heads * size;
      const want = new Float64Array(rows * width).fill(9);
      for (const [i, row] of index.entries())
        want.set(turned.subarray(i * width, (i + 1) * width), row * width);
      // What was rounded to bf16 is not in rows of f32.
      expectClose(await valuesOf(out), want, dtype === 'f32' ? 0 : 2 ** -8, 'rows');

      using end = out.viewAs([3, heads, size], [width, size, 1], 4 * width);
      ropeInto(x, end, rotation, null);
      want.set(turned, 4 * width);
      expectClose(await valuesOf(out), want, dtype === 'f32' ? 0 : 2 ** -8, 'a part of the rows');
    }),
  );

  it('refuses to rotate into what does not fit, and into rows outside', async () => {
    using x = Tensor.full([1, 2, 4], 1);
    using positions = Tensor.from([3], [1], 'i32');
    using inverseFrequency = Tensor.full([2], 1);
    const rotation = { positions, inverseFrequency, scale: 1 };
    using out = Tensor.zeros([3, 2, 4]);
    using half = Tensor.zeros([3, 2, 4], 'bf16');
    using wide = Tensor.zeros([3, 2, 6]);
    using two = Tensor.from([0, 1], [2], 'i32');
    using one = Tensor.from([0], [1], 'i32');
    expectCode(() => ropeInto(x, out, rotation, two), 'tensor/shape-mismatch');
    expectCode(() => ropeInto(x, wide, rotation, one), 'tensor/shape-mismatch');
    expectCode(() => ropeInto(x, half, rotation, one), 'tensor/dtype-mismatch');
    expectCode(() => ropeInto(x, out, rotation, null), 'tensor/shape-mismatch');
    for (const bad of [3, -1, 2 ** 31 - 1, -(2 ** 31)]) {
      using where = Tensor.from([bad], [1], 'i32');
      ropeInto(x, out, rotation, where);
      await expect(out.read()).rejects.toMatchObject({ code: 'tensor/index-out-of-range' });
    }
    expect(new Set(await out.readFloats())).toEqual(new Set([0]));
  });

  it('checks indices that several ops read, each time that somebody asks', async () => {
    using out = Tensor.zeros([3, 2]);
    using src = Tensor.full([1, 2], 1);
    using where = Tensor.from([1], [1], 'i32');
    const failure = { code: 'tensor/index-out-of-range' };
    // Written between two ops that read it, by the host and by an op.
    scatterRowsInPlace(out, where, src);
    where.write([3]);
    scatterRowsInPlace(out, where, src);
    await expect(out.read()).rejects.toMatchObject(failure);
    scatterRowsInPlace(out, where, src);
    await expect(out.read()).rejects.toMatchObject(failure);
    where.write([2]);
    scatterRowsInPlace(out, where, src);
    fillInPlace(where, -1);
    scatterRowsInPlace(out, where, src);
    await expect(out.read()).rejects.toMatchObject(failure);
    // The same index, of more rows and of fewer.
    where.write([2]);
    using few = Tensor.zeros([2, 2]);
    scatterRowsInPlace(out, where, src);
    scatterRowsInPlace(few, where, src);
    await expect(few.read()).rejects.toMatchObject(failure);
    expect([...(await out.readFloats())]).toEqual([0, 0, 1, 1, 1, 1]);
  });

  it('refuses rows outside, at the next read, and works afterwards', async () => {
    using out = Tensor.zeros([3, 2]);
    using src = Tensor.full([1, 2], 1);
    for (const bad of [3, -1, 2 ** 31 - 1, -(2 ** 31)]) {
      using where = Tensor.from([bad], [1], 'i32');
      for (const scatter of [scatterRowsInPlace, scatterAddRowsInPlace]) {
        scatter(out, where, src);
        await expect(out.read()).rejects.toMatchObject({ code: 'tensor/index-out-of-range' });
      }
    }
    expect([...(await out.readFloats())]).toEqual([0, 0, 0, 0, 0, 0]);
  });

  describe('random numbers', () => {
    const settings = { seed: 0xfedcba98, stream: 77 };

    it.each(['f32', 'bf16', 'f16'] as const)('are uniform by place, in %s', async (dtype) => {
      using x = Tensor.empty([5003], dtype);
      randomFillInPlace(x, { kind: 'uniform', a: -2, b: 3, ...settings });
      const want = Float64Array.from({ length: 5003 }, (_, i) =>
        Math.fround(-2 + 5 * philoxUniform(settings.seed, settings.stream, i)),
      );
      const got = await valuesOf(x);
      if (dtype === 'f32') expectClose(got, want, 1e-7, 'uniform');
      else expectClose(got, want, 2 ** -8, 'uniform');
    });

    it('are normal by Box-Muller on word pairs', async () => {
      using x = Tensor.empty([4099]);
      randomFillInPlace(x, { kind: 'normal', a: 0.5, b: 2, ...settings });
      const unit = (word: number): number => (word >>> 8) / 2 ** 24;
      const want = Float64Array.from({ length: 4099 }, (_, i) => {
        const words = philox([settings.seed, 0], [Math.floor(i / 4), 0, settings.stream, 0]);
        const pair = i % 4 < 2 ? 0 : 2;
        const radius = Math.sqrt(-2 * Math.log(unit(words[pair] as number) + 2 ** -24));
        const angle = 2 * Math.PI * unit(words[pair + 1] as number);
        return 0.5 + 2 * radius * (i % 2 === 0 ? Math.cos(angle) : Math.sin(angle));
      });
      expectClose(await valuesOf(x), want, 2e-6, 'normal');
    });

    it('know the published vectors', () => {
      // Random123's kat_vectors for philox4x32-10.
      expect(philox([0, 0], [0, 0, 0, 0])).toEqual([
        0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8,
      ]);
      const ones = 0xffffffff;
      expect(philox([ones, ones], [ones, ones, ones, ones])).toEqual([
        0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd,
      ]);
      expect(
        philox([0xa4093822, 0x299f31d0], [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344]),
      ).toEqual([0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1]);
    });

    it('refuse an unknown kind of memory', () => {
      using x = Tensor.empty([4], 'i32');
      expectCode(
        () => randomFillInPlace(x, { kind: 'normal', a: 0, b: 1, seed: 1, stream: 1 }),
        'tensor/dtype-mismatch',
      );
    });
  });
});
