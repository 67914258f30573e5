/** Ways of computing the same step that must agree. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { packageRoot } from '../../src-main/base/package-root.ts';
import { DiskMediaReader } from '../../src-main/app/media-reader/media-reader.ts';
import { Processor } from '../../src-main/data/processor.ts';
import type { PreparedSample } from '../../src-main/data/processor.ts';
import { loadDataset } from '../../src-main/formats/datasets/index.ts';
import {
  readSafetensorsHeader,
  readTensorBytes,
} from '../../src-main/formats/weights/safetensors.ts';
import { loadModel } from '../../src-main/models/load.ts';
import type { LoadedModel } from '../../src-main/models/load.ts';
import { ensureDevice, memoryStats, synchronize } from '../../src-main/tensor/device.ts';
import { makeMicroBatch, stepBatch } from '../../src-main/training/batch.ts';
import type { StepBatch } from '../../src-main/training/batch.ts';
import { runStep } from '../../src-main/training/step.ts';
import { fixtures } from '../support/fixture-case.ts';
import {
  families,
  fixtureRequest,
  fixtureSamples,
  largestGap,
  readFloats,
  readLog,
  runQuietly,
  temporaryFolder,
  writeDataset,
} from './support.ts';

const folder = temporaryFolder();

beforeAll(() => ensureDevice({ threads: 2 }));

afterAll(async () => {
  await synchronize();
  expect(memoryStats().tensors).toBe(0);
});

interface StepNumbers {
  readonly loss: number;
  readonly gradients: ReadonlyMap<string, Float32Array>;
}

async function numbersOf(
  loaded: LoadedModel,
  batch: StepBatch,
  recompute = 0,
): Promise<StepNumbers> {
  using result = await runStep(loaded.model, batch, { recompute, dropoutSeed: 1 });
  const gradients = new Map<string, Float32Array>();
  for (const [name, parameter] of loaded.weights.parameters) {
    using gradient = result.gradients.take(parameter.value.id);
    if (gradient !== null) gradients.set(name, await gradient.readFloats());
  }
  return { loss: result.loss, gradients };
}

function expectEqual(a: StepNumbers, b: StepNumbers): void {
  expect(a.loss).toBeCloseTo(b.loss, 5);
  expect([...a.gradients.keys()].sort()).toEqual([...b.gradients.keys()].sort());
  for (const [name, values] of a.gradients) {
    const other = b.gradients.get(name) as Float32Array;
    const size = Math.max(1e-3, ...values.map(Math.abs));
    expect(largestGap([...values], [...other]) / size, name).toBeLessThan(2e-5);
  }
}

describe.each(families)('%s', (family) => {
  let loaded: LoadedModel;
  let samples: PreparedSample[];

  beforeAll(async () => {
    const dir = join(fixtures, family, 'checkpoint');
    loaded = await loadModel(dir);
    for (const parameter of loaded.weights.parameters.values()) parameter.trainable = true;
    const processor = await Processor.load(dir, loaded.config);
    const dataset = await loadDataset(writeDataset(family, join(folder, `${family}.jsonl`)));
    samples = [];
    for (const sample of dataset.samples) {
      samples.push(await processor.prepare(sample, new DiskMediaReader()));
    }
  });

  afterAll(() => loaded[Symbol.dispose]());

  const batchOf = async (groups: readonly (readonly number[])[]): Promise<StepBatch> => {
    const micro = groups.map((group) =>
      makeMicroBatch(
        group.map((i) => samples[i] as PreparedSample),
        null,
      ),
    );
    return stepBatch(await Promise.all(micro));
  };

  test('ids, labels are the reference’s', () => {
    for (const [i, { input_ids, labels }] of fixtureSamples(family).entries()) {
      expect([...(samples[i]?.inputIds ?? [])]).toEqual(input_ids);
      expect([...(samples[i]?.labels ?? [])]).toEqual(labels);
    }
  });

  test('pixel values are the reference’s', async () => {
    const path = join(fixtures, family, 'training', 'batches.safetensors');
    const header = await readSafetensorsHeader(path);
    for (const [b, group] of [
      [0, 1],
      [2, 3],
    ].entries()) {
      const { microBatches } = await batchOf([group]);
      const vision = microBatches[0]?.vision;
      const bytes = Uint8Array.from(await readTensorBytes(header, `batch${b}.pixel_values`));
      const wanted = new Float32Array(bytes.buffer);
      const got = vision?.kind === 'pixels' ? vision.values : new Float32Array();
      expect(largestGap([...got], [...wanted])).toBeLessThan(1e-5);
    }
  });

  test('packed is unpacked: four samples end to end, or each alone', async () => {
    const packed = await numbersOf(loaded, await batchOf([[0, 1, 2, 3]]));
    const alone = await numbersOf(loaded, await batchOf([[0], [1], [2], [3]]));
    expectEqual(packed, alone);
  });

  test('accumulated is at once, however unevenly the samples are split', async () => {
    const once = await numbersOf(loaded, await batchOf([[0, 1, 2, 3]]));
    expectEqual(
      once,
      await numbersOf(
        loaded,
        await batchOf([
          [0, 1],
          [2, 3],
        ]),
      ),
    );
    expectEqual(once, await numbersOf(loaded, await batchOf([[3], [1, 0, 2]])));
  });

  test('recomputed is kept', async () => {
    const batch = await batchOf([
      [0, 1],
      [2, 3],
    ]);
    const [kept, again] = [
      await numbersOf(loaded, batch),
      await numbersOf(loaded, batch, Infinity),
    ];
    expect(again.loss).toBe(kept.loss);
    for (const [name, values] of kept.gradients) {
      expect([...(again.gradients.get(name) ?? [])], name).toEqual([...values]);
    }
  });
});

test('batch 2 is batch 1 accumulated twice, over a whole run', async () => {
  const request = fixtureRequest('llava15', folder, 'lora', 'accumulated');
  const outcome = await runQuietly({ ...request, batchSize: 1, gradientAccumulation: 2 });
  const whole = await runQuietly(fixtureRequest('llava15', folder, 'lora', 'whole'));
  const losses = (path: string): number[] => readLog(path).map(({ loss }) => loss);
  expect(largestGap(losses(outcome.logPath), losses(whole.logPath))).toBeLessThan(1e-5);
});

test('with the feature cache, cold and warm, and without: the same bits', async () => {
  const base = fixtureRequest('interleave', folder, 'lora', 'cache');
  const featureCache = join(folder, 'features');
  const weights = async (out: string): Promise<Map<string, Float32Array>> =>
    readFloats(join(out, 'adapter', 'adapter_model.safetensors'));
  const without = await runQuietly({ ...base, featureCache: 'off', outDir: `${base.outDir}-off` });
  const cold = await runQuietly({ ...base, featureCache, outDir: `${base.outDir}-cold` });
  const warm = await runQuietly({ ...base, featureCache, outDir: `${base.outDir}-warm` });
  expect(without.featureCache).toBeNull();
  expect(cold.featureCache?.misses).toBe(3);
  expect(warm.featureCache?.misses).toBe(0);
  const wanted = await weights(`${base.outDir}-off`);
  for (const out of [`${base.outDir}-cold`, `${base.outDir}-warm`]) {
    expect(await weights(out)).toEqual(wanted);
    const lines = readLog(join(out, 'log.jsonl')).map(({ loss }) => loss);
    expect(lines).toEqual(without.lines.map(({ loss }) => loss));
  }
});

test('a projector run uses the cache, a run that trains the tower does not', async () => {
  const projector = await runQuietly(fixtureRequest('llava15', folder, 'projector', 'cached'));
  expect(projector.featureCache?.hits).toBeGreaterThan(0);
  const full = await runQuietly({
    ...fixtureRequest('llava15', folder, 'full', 'uncached'),
    maxSteps: 1,
  });
  expect(full.featureCache).toBeNull();
});

test('recomputation over a run: the same losses, less memory', async () => {
  // Of two layers little would be saved: the last is never computed twice.
  const long = (name: string) => ({
    ...fixtureRequest('llava15', folder, 'lora', name),
    modelDir: join(packageRoot(), 'resources', 'starter-model'),
    initAdapter: undefined,
    batchSize: 24,
    maxSteps: 2,
    dataPath: writeDataset('llava15', join(folder, 'long.jsonl'), 6),
    featureCache: 'off',
  });
  const kept = await runQuietly(long('kept'));
  const again = await runQuietly({ ...long('again'), recompute: true });
  expect(again.lines.map(({ loss }) => loss)).toEqual(kept.lines.map(({ loss }) => loss));
  const peak = (lines: typeof kept.lines): number => lines.at(-1)?.peakMemoryBytes ?? 0;
  expect(peak(again.lines)).toBeLessThan(0.8 * peak(kept.lines));
  // The arithmetic that advice on memory rests on must be near the truth, from above.
  expect(kept.plan.memory.totalBytes).toBeGreaterThan(0.8 * peak(kept.lines));
  expect(kept.plan.memory.totalBytes).toBeLessThan(3 * peak(kept.lines));
});

test('memory is flat over steps', async () => {
  const request = { ...fixtureRequest('llava15', folder, 'full', 'flat'), maxSteps: 12 };
  const { logPath } = await runQuietly(request);
  const peaks = readLog(logPath).map(({ peakMemoryBytes }) => peakMemoryBytes);
  expect(peaks.at(-1)).toBe(peaks[3]);
  expect(readFileSync(logPath, 'utf8').trim().split('\n')).toHaveLength(12);
});
