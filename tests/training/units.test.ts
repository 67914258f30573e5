import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { FeatureCache } from '../../src-main/data/feature-cache.ts';
import { DataOrder, prefetch, stepsPerEpoch } from '../../src-main/data/loader.ts';
import type { StepPlan } from '../../src-main/data/loader.ts';
import { packSamples } from '../../src-main/data/packing.ts';
import { DivergenceWatch } from '../../src-main/training/diagnosis.ts';
import { EarlyStopping } from '../../src-main/training/early-stopping.ts';
import { isDecayed, partOf } from '../../src-main/training/parts.ts';
import { RunLog } from '../../src-main/training/run-log.ts';
import { scheduleFactor } from '../../src-main/training/schedule.ts';
import { canonicalModulePath } from '../../src-main/formats/adapters/peft.ts';
import { families, fixtureRun, temporaryFolder } from './support.ts';

const folder = temporaryFolder();

describe('schedules, against values of transformers', () => {
  const factors = (schedule: 'constant' | 'linear' | 'cosine', warmupSteps: number): number[] =>
    Array.from({ length: 11 }, (_, step) =>
      scheduleFactor({ schedule, warmupSteps, totalSteps: 10 }, step),
    );

  test('constant', () => {
    expect(factors('constant', 0)).toEqual(Array.from({ length: 11 }, () => 1));
    expect(factors('constant', 4).slice(0, 5)).toEqual([0, 0.25, 0.5, 0.75, 1]);
  });

  test('linear', () => {
    expect(factors('linear', 2)).toEqual([
      0, 0.5, 1, 0.875, 0.75, 0.625, 0.5, 0.375, 0.25, 0.125, 0,
    ]);
  });

  test('cosine', () => {
    const wanted = [0, 0.5, 1, 0.96194, 0.853553, 0.691342, 0.5, 0.308658, 0.146447, 0.03806, 0];
    for (const [step, factor] of factors('cosine', 2).entries()) {
      expect(factor, `step ${step}`).toBeCloseTo(wanted[step] as number, 5);
    }
  });

  test('warm-up as long as the run divides by nothing', () => {
    expect(scheduleFactor({ schedule: 'cosine', warmupSteps: 10, totalSteps: 10 }, 10)).toBe(1);
  });
});

describe('order of samples', () => {
  const settings = {
    sampleCount: 7,
    batchSize: 2,
    gradientAccumulation: 2,
    shuffle: true,
    seed: 5,
  };
  const take = (order: DataOrder, steps: number): StepPlan[] =>
    Array.from({ length: steps }, () => order.next());

  test('every epoch sees each sample once, in an order of its own', () => {
    const order = new DataOrder(settings);
    expect(stepsPerEpoch(settings)).toBe(2);
    const epochs = [0, 1, 2].map(() => take(order, 2).flat(2));
    for (const epoch of epochs) expect([...epoch].sort()).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(epochs[0]).not.toEqual(epochs[1]);
    expect(epochs[1]).not.toEqual(epochs[2]);
  });

  test('goes on from any cursor', () => {
    for (let done = 0; done < 7; done++) {
      const order = new DataOrder(settings);
      take(order, done);
      const cursor = JSON.parse(JSON.stringify(order.cursor)) as typeof order.cursor;
      const wanted = take(order, 5);
      expect(take(new DataOrder(settings, cursor), 5), `after ${done}`).toEqual(wanted);
    }
  });

  test('in the order of the file', () => {
    const order = new DataOrder({ ...settings, shuffle: false });
    expect(take(order, 3)).toEqual([
      [
        [0, 1],
        [2, 3],
      ],
      [[4, 5], [6]],
      [
        [0, 1],
        [2, 3],
      ],
    ]);
  });

  test('is made ahead of use, fails in its turn, and stops when nobody wants it', async () => {
    const started: number[] = [];
    const make = async (plan: StepPlan): Promise<number> => {
      const first = plan[0]?.[0] as number;
      started.push(first);
      if (first === 4) throw new Error('broken sample');
      return first;
    };
    const order = new DataOrder({ ...settings, shuffle: false, gradientAccumulation: 1 });
    const seen: number[] = [];
    const walk = async (): Promise<void> => {
      for await (const { value } of prefetch(order, 10, make)) {
        seen.push(value);
        expect(started.length).toBeGreaterThan(seen.length);
      }
    };
    await expect(walk()).rejects.toThrow('broken sample');
    expect(seen).toEqual([0, 2]);
    expect(started).toHaveLength(4);
  });
});

test('packed rows predict the next token of their own sample', () => {
  const sample = (id: string, inputIds: number[], labels: number[]) => ({
    id,
    inputIds: Int32Array.from(inputIds),
    labels: Int32Array.from(labels),
    imageCount: 0,
  });
  const packed = packSamples([
    sample('a', [1, 2, 3], [-100, 2, 3]),
    sample('b', [4, 5], [4, -100]), // its first token has nothing before it
    sample('c', [6, 7], [6, 7]),
  ]);
  expect([...packed.inputIds]).toEqual([1, 2, 3, 4, 5, 6, 7]);
  expect([...packed.rows]).toEqual([0, 1, 5]);
  expect([...packed.targets]).toEqual([2, 3, 7]);
  expect(packed.rowCounts).toEqual([2, 0, 1]);
  expect(packed.lengths).toEqual([3, 2, 2]);
});

test.each(families)('weight decay spares what the reference spares (%s)', (family) => {
  for (const method of ['projector', 'full']) {
    const { trainable, decayed } = fixtureRun(family, method);
    expect(trainable.filter((name) => isDecayed(canonicalModulePath(name)))).toEqual(decayed);
  }
  expect(partOf('lm_head.weight')).toBe('llm');
});

describe('feature cache', () => {
  const shape = { rows: 2, columns: 3 };
  const values = Float32Array.from([1, -0, Infinity, 1e-40, 5, 6]);

  test('gives back every bit, and misses what is damaged or of another shape', async () => {
    const dir = join(folder, 'cache');
    const cache = await FeatureCache.open({ dir, identity: 'tower' });
    expect(await cache.read('image', shape)).toBeNull();
    await cache.write('image', shape, values);
    expect(await cache.read('image', shape)).toEqual(values);
    expect(await cache.read('image', { rows: 3, columns: 2 })).toBeNull();
    await cache.write('image', shape, values);
    const other = await FeatureCache.open({ dir, identity: 'another tower' });
    expect(await other.read('image', shape)).toBeNull();
    const file = readdirSync(cache.folder, { recursive: true, encoding: 'utf8' }).find((name) =>
      name.endsWith('.features'),
    ) as string;
    const path = join(cache.folder, file);
    const bytes = readFileSync(path);
    bytes[bytes.length - 1] = (bytes.at(-1) as number) ^ 1;
    writeFileSync(path, bytes);
    expect(await cache.read('image', shape)).toBeNull();
    await cache.write('image', shape, values);
    writeFileSync(path, bytes.subarray(0, 10));
    expect(await cache.read('image', shape)).toBeNull();
  });

  test('keeps to its size', async () => {
    const options = { dir: join(folder, 'small'), identity: 'tower', maxBytes: 150 };
    const cache = await FeatureCache.open(options);
    for (const key of ['a', 'b', 'c']) await cache.write(key, shape, values);
    expect(await cache.read('b', shape)).toEqual(values);
    expect(await cache.read('c', shape)).toBeNull();
    const again = await FeatureCache.open(options);
    await again.write('c', shape, values);
    expect(await again.read('c', shape)).toBeNull();
  });

  test('a disk that cannot be written costs time and nothing else', async () => {
    const cache = await FeatureCache.open({ dir: join(folder, 'gone'), identity: 'tower' });
    writeFileSync(join(folder, 'file'), '');
    // A plain file where a folder belongs: no user may create what is below it.
    for (let i = 0; i < 256; i++) {
      writeFileSync(join(cache.folder, i.toString(16).padStart(2, '0')), '');
    }
    await cache.write('image', shape, values);
    expect(await cache.read('image', shape)).toBeNull();
  });
});

test('early stopping counts evaluations since the best', () => {
  const stopping = new EarlyStopping(2);
  expect([3, 2, 2.5, NaN].map((loss, i) => stopping.observe(i, loss))).toEqual([
    true,
    true,
    false,
    false,
  ]);
  expect(stopping.shouldStop).toBe(true);
  expect(stopping.state.best).toEqual({ step: 1, loss: 2 });
  const resumed = new EarlyStopping(3, stopping.state);
  expect(resumed.shouldStop).toBe(false);
  resumed.observe(4, 9);
  expect(resumed.shouldStop).toBe(true);
  expect(new EarlyStopping(null, resumed.state).shouldStop).toBe(false);
});

describe('divergence', () => {
  const facts = (step: number, loss: number) => ({
    step,
    loss,
    gradNorm: 1,
    learningRate: 0.1,
    sampleIds: [],
  });
  const feed = (losses: readonly number[]): void => {
    const watch = new DivergenceWatch(1000); // ln V = 6.9
    for (const [i, loss] of losses.entries()) watch.observe(facts(i + 1, loss));
  };

  test('stops a loss that runs away', () => {
    expect(() => feed([7, 5, 4, 3, 20, 30, 40, 50, 60])).toThrow(/runs away/);
  });

  test('lets bad beginnings, spikes and noise pass', () => {
    feed([90, 80, 70, 60, 50, 40, 30]);
    feed([7, 5, 3, 30, 3, 30, 40, 3, 2]);
    feed([2, 6, 6, 6, 6, 6, 6, 6]);
  });
});

test('a log is cut to its checkpoint, and half a line is no line', async () => {
  mkdirSync(join(folder, 'log'));
  const path = join(folder, 'log', 'log.jsonl');
  const line = (step: number): string => JSON.stringify({ step, loss: step / 2 });
  writeFileSync(path, `${line(1)}\n${line(2)}\n${line(3)}\n{"step":4,"lo`);
  const { log, lines } = await RunLog.open(path, 2);
  expect(lines.map(({ step }) => step)).toEqual([1, 2]);
  await log.append(JSON.parse(line(3)) as (typeof lines)[number]);
  await log[Symbol.asyncDispose]();
  expect(readFileSync(path, 'utf8')).toBe(`${line(1)}\n${line(2)}\n${line(3)}\n`);
});
