/** A device with hardly any memory: what was freed goes back, and what does not fit says so. */
import { afterEach, describe, expect, it } from 'vitest';
import { LensmithError } from '../../src-main/base/errors.ts';
import { Random } from '../../src-main/base/random.ts';
import {
  closeDevice,
  deviceMemoryBytes,
  memoryStats,
  openDevice,
  resetPeakMemory,
  synchronize,
} from '../../src-main/tensor/device.ts';
import { scale } from '../../src-main/tensor/ops/index.ts';
import { Tensor } from '../../src-main/tensor/tensor.ts';
import { devices, reasonForAbsence } from '../support/devices.ts';

const mebibyte = 2 ** 20;
const budget = 16 * mebibyte;
const floats = (bytes: number): number[] => [bytes / 4];

function refusal(allocate: () => unknown): LensmithError {
  try {
    allocate();
  } catch (error) {
    if (error instanceof LensmithError) return error;
  }
  throw new Error('It fitted.');
}

for (const device of devices) {
  const absence = reasonForAbsence(device);
  describe(device, { timeout: 120_000 }, () => {
    afterEach(() => closeDevice());

    it('uses no more than it was opened with', async (context) => {
      context.skip(absence !== null, absence ?? '');
      openDevice({ device, threads: 1, memoryBytes: budget });
      expect(deviceMemoryBytes()).toBe(budget);
      const kept = Tensor.full(floats(6 * mebibyte), 1);
      const error = refusal(() => Tensor.empty(floats(12 * mebibyte)));
      expect(error.code).toBe('memory/out-of-memory');
      expect(error.expected).toBe(`${12 * mebibyte} more bytes`);
      const [used, limit, left] = (error.got?.match(/\d+/g) ?? []).map(Number);
      expect([used, limit]).toEqual([6 * mebibyte, budget]);
      // What it says would fit does fit, and no more than is there.
      expect(left).toBeGreaterThan(4 * mebibyte);
      expect(left).toBeLessThanOrEqual(10 * mebibyte);
      using rest = Tensor.full(floats(4 * mebibyte), 2);
      expect((await rest.readFloats())[7]).toBe(2);
      expect((await kept.readFloats())[7]).toBe(1);
      kept.dispose();
      using after = Tensor.full(floats(10 * mebibyte), 3);
      expect((await after.readFloats())[7]).toBe(3);
    });

    it('gives back what is kept for reuse when other sizes are asked for', async (context) => {
      context.skip(absence !== null, absence ?? '');
      openDevice({ device, threads: 1, memoryBytes: budget });
      resetPeakMemory();
      const random = new Random(5);
      const live: { tensor: Tensor; value: number }[] = [];
      for (let round = 0; round < 120; round++) {
        // Never more than half of it is held, in sizes that no kept block serves.
        while (memoryStats().liveBytes > budget / 2 && live.length > 0) {
          const [gone] = live.splice(random.below(live.length), 1);
          gone?.tensor.dispose();
        }
        using made = Tensor.full([1 + random.below((2 * mebibyte) / 4)], round);
        live.push({ tensor: scale(made, 2), value: 2 * round });
      }
      for (const { tensor, value } of live) {
        const values = await tensor.readFloats();
        expect([values[0], values.at(-1)]).toEqual([value, value]);
        tensor.dispose();
      }
      await synchronize();
      const { liveBytes, peakBytes } = memoryStats();
      expect(liveBytes).toBe(0);
      expect(peakBytes).toBeLessThanOrEqual(budget);
    });
  });
}
