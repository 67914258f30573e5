/** Chains of ops that share memory: nothing may overtake what it depends on. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../../src-main/base/random.ts';
import { closeDevice } from '../../src-main/tensor/device.ts';
import {
  add,
  addInPlace,
  copyInto,
  fillInPlace,
  matmul,
  scaleInPlace,
  softmax,
} from '../../src-main/tensor/ops/index.ts';
import { scoped } from '../../src-main/tensor/scope.ts';
import { Tensor } from '../../src-main/tensor/tensor.ts';
import type { devices } from '../support/devices.ts';
import { openForTests, reasonForAbsence } from '../support/devices.ts';

const rows = 8;
const width = 16;

/** A view of one row, or of several, of a buffer. */
function rowsOf(buffer: Tensor, first: number, count: number): Tensor {
  return buffer.viewAs([count, width], [width, 1], first * width);
}

/** One op on rows of the buffer that may be those of the op before, or not. */
function act(buffer: Tensor, weight: Tensor, random: Random): void {
  const count = 1 + random.below(3);
  const [from, to] = [random.below(rows - count + 1), random.below(rows - count + 1)];
  const source = rowsOf(buffer, from, count);
  const target = rowsOf(buffer, to, count);
  const isApart = Math.abs(from - to) >= count;
  switch (random.below(5)) {
    case 0:
      return fillInPlace(target, random.normal());
    case 1:
      return scaleInPlace(target, 0.75);
    case 2:
      return isApart ? copyInto(source, target) : undefined;
    case 3:
      return isApart ? addInPlace(target, source, -0.5) : undefined;
    default:
      // Through memory that is free again at once, and taken by the next op.
      return copyInto(softmax(add(matmul(source, weight, { transposeB: true }), source)), target);
  }
}

async function chain(seed: number, length: number): Promise<Float32Array> {
  const random = new Random(seed);
  const normal = (count: number): number[] => Array.from({ length: count }, () => random.normal());
  using buffer = Tensor.from(normal(rows * width), [rows, width]);
  using weight = Tensor.from(normal(width * width), [width, width]);
  for (let i = 0; i < length; i++) scoped(() => act(buffer, weight, random));
  return await buffer.readFloats();
}

async function chainsOn(device: (typeof devices)[number]): Promise<Float32Array[]> {
  openForTests(device);
  try {
    const found: Float32Array[] = [];
    for (let seed = 0; seed < 6; seed++) found.push(await chain(seed, 150));
    return found;
  } finally {
    closeDevice();
  }
}

describe('chains of ops over shared memory', () => {
  let wanted: Float32Array[] = [];
  beforeAll(async () => {
    wanted = await chainsOn('cpu');
  });
  afterAll(() => {
    wanted = [];
  });

  const reason = reasonForAbsence('vulkan');
  it('are on a graphics device what they are on the CPU', { timeout: 180_000 }, async (context) => {
    context.skip(reason !== null, reason ?? '');
    for (const [seed, got] of (await chainsOn('vulkan')).entries()) {
      const gap = got.reduce(
        (most, value, i) => Math.max(most, Math.abs(value - (wanted[seed]?.[i] ?? NaN))),
        0,
      );
      expect(gap, `chain ${seed}`).toBeLessThan(1e-4);
    }
  });
});
