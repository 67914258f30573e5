/** Attention of few queries, whose keys are shared out: the groups that have them may be done in any order. */
import { afterEach, expect, test } from 'vitest';
import { Random } from '../../src-main/base/random.ts';
import { closeDevice } from '../../src-main/tensor/device.ts';
import { attention } from '../../src-main/tensor/ops/index.ts';
import { Tensor } from '../../src-main/tensor/tensor.ts';
import { largestDifference } from '../support/fixture-case.ts';
import { openForTests, reasonForAbsence } from '../support/devices.ts';

const absence = reasonForAbsence('vulkan');
const variable = 'LENSMITH_VULKAN_DISABLE';

afterEach(() => {
  delete process.env[variable];
  closeDevice();
});

interface Case {
  readonly title: string;
  readonly heads: number;
  readonly size: number;
  /** Rows of the keys, of which offsets tell those that are seen. */
  readonly rows: number;
  readonly queryOffsets: readonly number[];
  readonly keyOffsets: readonly number[];
}

const cases: readonly Case[] = [
  {
    title: 'all shares',
    heads: 8,
    size: 32,
    rows: 4500,
    queryOffsets: [0, 1],
    keyOffsets: [0, 4500],
  },
  {
    title: 'some shares',
    heads: 4,
    size: 128,
    rows: 900,
    queryOffsets: [0, 1],
    keyOffsets: [0, 300],
  },
  { title: 'one share', heads: 3, size: 12, rows: 300, queryOffsets: [0, 1], keyOffsets: [0, 7] },
  { title: 'no keys', heads: 2, size: 8, rows: 200, queryOffsets: [0, 1], keyOffsets: [0, 0] },
  {
    title: 'several queries, not alike long',
    heads: 4,
    size: 20,
    rows: 1000,
    queryOffsets: [0, 1, 1, 2, 3],
    keyOffsets: [0, 480, 500, 505, 900],
  },
];

/** The results of one op, `times` over. */
async function results(one: Case, times: number): Promise<Float32Array[]> {
  const random = new Random(3);
  const normal = (...shape: number[]): Tensor => {
    const count = shape.reduce((product, n) => product * n, 1);
    return Tensor.from(
      Float32Array.from({ length: count }, () => 2 * random.normal()),
      shape,
    );
  };
  const { heads, size, rows } = one;
  using q = normal(one.queryOffsets.at(-1) as number, heads, size);
  using k = normal(rows, heads, size);
  using v = normal(rows, heads, size);
  using queryOffsets = Tensor.from(one.queryOffsets, [one.queryOffsets.length], 'i32');
  using keyOffsets = Tensor.from(one.keyOffsets, [one.keyOffsets.length], 'i32');
  const attrs = { scale: 1 / Math.sqrt(size), causal: true, window: 0, reduced: false };
  // All asked for before the first is read: each uses the counters that another left.
  const asked = Array.from({ length: times }, () =>
    attention(q, k, v, queryOffsets, keyOffsets, attrs),
  );
  const found: Float32Array[] = [];
  for (const out of asked) {
    found.push(await out.readFloats());
    out.dispose();
  }
  return found;
}

test.for(cases)(
  '$title: the same bits each time, and those of the CPU nearly',
  async (one, context) => {
    context.skip(absence !== null, absence ?? '');
    openForTests('cpu');
    const [wanted] = await results(one, 1);
    closeDevice();
    const found: Float32Array[][] = [];
    for (const disabled of ['', 'sharing']) {
      process.env[variable] = disabled;
      openForTests('vulkan');
      found.push(await results(one, 20));
      closeDevice();
    }
    const [first, ...others] = found.flat() as [Float32Array, ...Float32Array[]];
    expect(largestDifference(first, wanted as Float32Array)).toBeLessThan(1e-5);
    // Where groups join their shares themselves, and where a kernel of its own does.
    for (const other of others) expect(other).toEqual(first);
  },
);
