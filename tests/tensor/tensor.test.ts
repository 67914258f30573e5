import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { fillInPlace, scale, slice, transpose } from '../../src-main/tensor/ops/index.ts';
import { mapFile, placed, Tensor } from '../../src-main/tensor/tensor.ts';
import { deviceInfo, memoryStats } from '../../src-main/tensor/device.ts';
import { expectCode, onEachDevice, withoutLeak } from '../support/ops.ts';

const folder = mkdtempSync(join(tmpdir(), 'lensmith-tensor-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

onEachDevice(() => {
  describe('handles', () => {
    it('carry values both ways in every dtype', () =>
      withoutLeak(async () => {
        using f32 = Tensor.from([1.5, -2], [2]);
        expect(await f32.read()).toEqual(Float32Array.of(1.5, -2));
        using i32 = Tensor.from([7, -9], [2, 1], 'i32');
        expect(await i32.readInts()).toEqual(Int32Array.of(7, -9));
        using bits = Tensor.from(Uint16Array.of(0x3f80, 0xc000), [2], 'bf16');
        expect(await bits.read()).toEqual(Uint16Array.of(0x3f80, 0xc000));
        using bytes = Tensor.from([1, 255], [2], 'u8');
        expect(await bytes.read()).toEqual(Uint8Array.of(1, 255));
        using none = Tensor.from([], [0, 4]);
        expect(await none.read()).toEqual(new Float32Array(0));
      }));

    it('copy the data at once, so the array may be used again', async () => {
      const data = Float32Array.of(1, 2);
      using x = Tensor.from(data, [2]);
      data.fill(9);
      expect([...(await x.readFloats())]).toEqual([1, 2]);
      x.write(data.subarray(1).length === 1 ? [3, 4] : data);
      expect([...(await x.readFloats())]).toEqual([3, 4]);
    });

    it('are refused after dispose', () => {
      const x = Tensor.zeros([2]);
      x.dispose();
      for (const use of [
        () => x.handle,
        () => scale(x, 2),
        () => x.viewAs([1], [1]),
        () => x.alias(),
        () => x.write([1, 2]),
      ]) {
        expectCode(use, 'tensor/disposed');
      }
      return expect(x.read()).rejects.toMatchObject({ code: 'tensor/disposed' });
    });

    it('keep their contents for a read that was asked for before dispose', async () => {
      const x = Tensor.full([1000], 3);
      const read = x.readFloats();
      x.dispose();
      using other = Tensor.full([1000], 4);
      expect(new Set(await read)).toEqual(new Set([3]));
      expect(new Set(await other.readFloats())).toEqual(new Set([4]));
    });

    it('refuse data of another size or kind', () =>
      withoutLeak(() => {
        for (const data of [[1], [1, 2, 3], new Float32Array(0)]) {
          expectCode(() => Tensor.from(data, [2]), 'tensor/shape-mismatch');
        }
        expectCode(() => Tensor.from([1, 2], [2], 'bf16'), 'tensor/dtype-mismatch');
        expectCode(() => Tensor.from(new Int32Array(2), [2]), 'tensor/dtype-mismatch');
        for (const shape of [[-1], [1.5], [NaN], [2 ** 47], [1, 1, 1, 1, 1, 1, 1]]) {
          expectCode(() => Tensor.empty(shape), 'tensor/bad-argument');
        }
      }));

    it('give one number only where there is one', async () => {
      using scalar = Tensor.full([], 5);
      expect(await scalar.item()).toBe(5);
      using two = Tensor.zeros([2]);
      await expect(two.item()).rejects.toMatchObject({ code: 'tensor/shape-mismatch' });
      await expect(two.readInts()).rejects.toMatchObject({ code: 'tensor/dtype-mismatch' });
      expect(two.dim(-1)).toBe(2);
      expectCode(() => two.dim(1), 'tensor/shape-mismatch');
    });
  });

  describe('views', () => {
    it('see the same memory, as long as one of them lives', () =>
      withoutLeak(async () => {
        const x = Tensor.from([0, 1, 2, 3, 4, 5], [2, 3]);
        using column = slice(x, 1, 1, 2);
        using row = slice(x, 0, 1, 2);
        x.dispose();
        expect([...(await row.readFloats())]).toEqual([3, 4, 5]);
        await expect(column.read()).rejects.toMatchObject({ code: 'tensor/not-contiguous' });
        fillInPlace(row, 9);
        using whole = column.viewAs([5], [1]);
        expect([...(await whole.readFloats())]).toEqual([1, 2, 9, 9, 9]);
      }));

    it('do not reach outside', () => {
      using x = Tensor.zeros([4, 5]);
      for (const [shape, strides, offset] of [
        [[21], [1], 0],
        [[20], [1], 1],
        [[1], [1], 20],
        [[1], [1], -1],
        [[2, 2], [19, 2], 0],
        [[3], [10], 0],
        [[1], [1], 2 ** 40],
      ] as const) {
        expectCode(() => x.viewAs(shape, strides, offset), 'tensor/out-of-bounds');
      }
      expectCode(() => x.viewAs([2], [-1], 4), 'tensor/bad-argument');
      expectCode(() => x.viewAs([2], [1, 1]), 'tensor/bad-argument');
      expectCode(() => x.viewAs([2 ** 40, 2 ** 40], [0, 0]), 'tensor/bad-argument');
      expectCode(() => x.viewAs([3], [2 ** 62]), 'tensor/bad-argument');
      using repeated = x.viewAs([1000, 5], [0, 1]);
      expect(repeated.isContiguous).toBe(false);
    });

    it('of a view are measured from its own start', async () => {
      using x = Tensor.from([0, 1, 2, 3, 4, 5], [6]);
      using tail = slice(x, 0, 2, 6);
      using part = slice(tail, 0, 1, 3);
      expect([...(await part.readFloats())]).toEqual([3, 4]);
      using turned = transpose(x.viewAs([2, 3], [3, 1]), [1, 0]);
      expect(turned.shape).toEqual([3, 2]);
    });

    it('of another type start where its elements may', async () => {
      using bytes = Tensor.from([0, 0, 0, 0x80, 0x3f, 0, 0, 0], [8], 'u8');
      expectCode(() => bytes.reinterpret('f32', 1, [1]), 'tensor/misaligned');
      expectCode(() => bytes.reinterpret('bf16', 3, [1]), 'tensor/misaligned');
      expectCode(() => bytes.reinterpret('f32', 0, [3]), 'tensor/out-of-bounds');
      using half = bytes.reinterpret('bf16', 2, [2]);
      expect(await half.read()).toEqual(Uint16Array.of(0x8000, 0x003f));
    });
  });

  describe('mapped files', () => {
    const path = join(folder, 'weights ü.bin');
    writeFileSync(path, Buffer.from(Float32Array.of(0, 1.5, -2, 8).buffer));

    it('are tensors that are read where they lie', () =>
      withoutLeak(async () => {
        const before = memoryStats().liveBytes;
        using file = mapFile(path);
        expect(file.shape).toEqual([16]);
        using weights = file.reinterpret('f32', 4, [3]);
        expect(memoryStats().liveBytes).toBe(before);
        file.dispose();
        using usable = placed(weights);
        using doubled = scale(usable, 2);
        expect([...(await doubled.readFloats())]).toEqual([3, -4, 16]);
        expectCode(() => weights.reinterpret('f32', 0, [4]), 'tensor/out-of-bounds');
      }));

    it('are placed where the device cannot read them, and never copied where it can', () => {
      using file = mapFile(path);
      using weights = file.reinterpret('f32', 4, [3]);
      const { readsMappedFiles } = deviceInfo();
      using usable = placed(weights);
      expect(usable === weights).toBe(readsMappedFiles);
      if (!readsMappedFiles) expectCode(() => scale(weights, 2), 'tensor/not-on-device');
    });

    it('are not written', () => {
      using file = mapFile(path);
      using weights = file.reinterpret('f32', 0, [4]);
      expectCode(() => fillInPlace(weights, 0), 'tensor/read-only');
      expectCode(() => weights.write([1, 2, 3, 4]), 'tensor/read-only');
    });

    it('must be there and hold something', () =>
      withoutLeak(() => {
        const empty = join(folder, 'empty.bin');
        writeFileSync(empty, '');
        for (const bad of [join(folder, 'missing.bin'), empty, folder]) {
          expectCode(() => mapFile(bad), 'io/map-failed');
        }
      }));
  });
});
