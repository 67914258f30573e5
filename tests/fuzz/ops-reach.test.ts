/** What `npm run fuzz:ops` compares: every kernel of the engine, in all that changes its way. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Random } from '../../src-main/base/random.ts';
import {
  closeDevice,
  memoryStats,
  openDevice,
  setProfiling,
  synchronize,
  takeProfile,
} from '../../src-main/tensor/device.ts';
import { addon } from '../../src-main/tensor/native.ts';
import { fuzzedOps, runCase } from './ops/run-case.ts';

const casesEach = 12;

beforeAll(() => openDevice({ device: 'cpu', threads: 2 }));
afterAll(() => closeDevice());

test('its cases launch every kernel, and most are none that an op refuses', async () => {
  const random = new Random(3);
  setProfiling(true);
  const refused = new Map<string, number>();
  for (const name of fuzzedOps) {
    for (let i = 0; i < casesEach; i++) {
      const { refusal } = await runCase(name, random.uint32());
      if (refusal !== null) refused.set(name, (refused.get(name) ?? 0) + 1);
    }
  }
  await synchronize();
  const launched = takeProfile().map(({ op }) => op);
  setProfiling(false);
  expect(memoryStats().tensors).toBe(0);
  expect(launched.sort()).toEqual(Object.keys(addon().ops).sort());
  for (const [name, count] of refused) expect(count, name).toBeLessThan(0.75 * casesEach);
});

test('it has results that are nothing, that are long, and more rows than a device counts at once', async () => {
  const random = new Random(5);
  const found = new Set<string>();
  for (let i = 0; i < 400; i++) {
    const { results } = await runCase('rms_norm', random.uint32());
    const [rows, cols] = results[0]?.shape ?? [];
    if (rows === 0) found.add('empty');
    if ((rows ?? 0) > 65_535) found.add('many rows');
    if ((cols ?? 0) > 2000) found.add('long rows');
  }
  expect([...found].sort()).toEqual(['empty', 'long rows', 'many rows']);
});
