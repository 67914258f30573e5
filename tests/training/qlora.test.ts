/** Adapters beside weights in few bits: runs that go on, what they leave, and what is refused. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { probeLogits } from '../../src-main/app/export/proof.ts';
import { runExport } from '../../src-main/app/export/export.ts';
import { quantizeModel } from '../../src-main/app/quantize/quantize.ts';
import { withOpenTraining } from '../../src-main/app/train/open-training.ts';
import { planTraining } from '../../src-main/app/train/train.ts';
import type { TrainRequest } from '../../src-main/app/train/train-request.ts';
import { packageRoot } from '../../src-main/base/package-root.ts';
import { loadModel } from '../../src-main/models/load.ts';
import {
  memoryStats,
  resetPeakMemory,
  setMemoryLimit,
  synchronize,
  trimMemory,
} from '../../src-main/tensor/device.ts';
import { applyPeftAdapter } from '../../src-main/training/adapters.ts';
import { makeMicroBatch, stepBatch } from '../../src-main/training/batch.ts';
import { FrozenFeatures } from '../../src-main/training/feature-source.ts';
import type { MemoryPlan } from '../../src-main/training/memory-plan.ts';
import { settleRecomputation } from '../../src-main/training/recomputation.ts';
import { recomputesNote, Updater } from '../../src-main/training/updater.ts';
import { fixtures, largestDifference } from '../support/fixture-case.ts';
import {
  fixtureRequest,
  fixtureRun,
  largestGap,
  readLog,
  runQuietly,
  temporaryFolder,
} from './support.ts';

const folder = temporaryFolder();
const modelDir = join(fixtures, 'llava15', 'checkpoint');
const wanted = fixtureRun('llava15', 'qlora').losses;
const lossesOf = (logPath: string): number[] => readLog(logPath).map(({ loss }) => loss);

afterAll(async () => {
  await synchronize();
  expect(memoryStats().tensors).toBe(0);
});

test('a run that was cut short goes on to the losses of the reference', async () => {
  const request = fixtureRequest('llava15', folder, 'qlora');
  await runQuietly({ ...request, maxSteps: 4 });
  const outcome = await runQuietly({ ...request, resume: true });
  // There is memory enough for so small a model.
  expect(outcome.plan.settings).toMatchObject({ method: 'qlora', recompute: 0 });
  expect(outcome.plan.choices).toEqual([expect.stringContaining('Activations are kept')]);
  const losses = lossesOf(outcome.logPath);
  expect(largestGap(losses, wanted)).toBeLessThan(1e-5);
  // The same run without quantising is another one.
  await expect(
    runQuietly({ ...request, quantize: 'int8', maxSteps: 12, resume: true }),
  ).rejects.toMatchObject({ code: 'training/resume-mismatch' });
});

test('computing activations twice gives the same losses as keeping them', async () => {
  const request = fixtureRequest('llava15', folder, 'qlora', 'twice');
  const { logPath, plan } = await runQuietly({ ...request, recompute: true });
  expect(plan.settings.recompute).toBe(1);
  expect(plan.layers).toBe(2);
  expect(plan.choices).toEqual([]);
  expect(largestGap(lossesOf(logPath), wanted)).toBeLessThan(1e-5);
});

/** Of five layers: two would have little to save, as the last is never computed twice. */
function deeperRequest(name: string) {
  const modelDir = join(packageRoot(), 'resources', 'starter-model');
  return { ...fixtureRequest('llava15', folder, 'qlora', name), modelDir, initAdapter: undefined };
}

test('activations are computed twice where memory for keeping them is scarce', async () => {
  const request = deeperRequest('scarce');
  const kept = (await planTraining({ ...request, recompute: false })).memory.totalBytes;
  const planOf = async (memoryLimitBytes: number, more: Partial<TrainRequest> = {}) => {
    const plan = await planTraining({ ...request, memoryLimitBytes, ...more });
    return { ...plan.settings, choices: plan.choices, bytes: plan.memory.totalBytes };
  };
  const scarce = await planOf(kept);
  expect(scarce).toMatchObject({ recompute: 4, recomputeWhenFull: false });
  expect(scarce.choices).toEqual([
    expect.stringMatching(/^Activations of 4 of 5 layers are computed twice, which takes about/),
  ]);
  expect(scarce.bytes).toBeLessThan(kept);
  const plenty = await planOf(Math.ceil(2.1 * kept));
  expect(plenty).toMatchObject({ recompute: 0, recomputeWhenFull: true, bytes: kept });
  const asked = await planOf(Math.floor(1.9 * kept), { recompute: false });
  expect(asked).toMatchObject({ recompute: 0, recomputeWhenFull: false, choices: [] });
  expect((await planOf(kept, { method: 'lora' })).recompute).toBe(0);
});

test('as many layers are kept as there is room for', async () => {
  const request = deeperRequest('some');
  const planOf = async (more: Partial<TrainRequest>) => {
    const { settings, memory, choices } = await planTraining({ ...request, ...more });
    return { ...settings, choices, bytes: memory.totalBytes };
  };
  for (const recompute of [1, 2, 3]) {
    const { bytes } = await planOf({ recompute });
    // On the processor half of what may be used is filled.
    const found = await planOf({ memoryLimitBytes: 2 * bytes + 2 });
    expect(found).toMatchObject({ recompute, recomputeWhenFull: true, bytes });
    expect(found.choices[0]).toContain(`of ${recompute} of 5 layers`);
    expect((await planOf({ memoryLimitBytes: 2 * bytes - 2 })).recompute).toBe(recompute + 1);
  }
  // The last layer is never computed twice, and asking for it does no harm; asking for more is a mistake.
  expect(await planOf({ recompute: 5 })).toMatchObject({ recompute: 4, choices: [] });
  for (const recompute of [6, -1, 1.5]) {
    await expect(planOf({ recompute })).rejects.toMatchObject({ code: 'training/bad-setting' });
  }
});

test('a run goes on with another number of layers computed twice, to the same losses', async () => {
  const request = { ...deeperRequest('others'), maxSteps: 4, schedule: 'constant' } as const;
  const kept = await runQuietly({ ...request, recompute: false });
  const outDir = `${request.outDir}-changed`;
  await runQuietly({ ...request, outDir, maxSteps: 2, recompute: 3 });
  const changed = await runQuietly({ ...request, outDir, recompute: 1, resume: true });
  expect(lossesOf(changed.logPath)).toEqual(lossesOf(kept.logPath));
});

test('a device with memory of its own is filled further', () => {
  const layers = { all: 6, recomputable: 5 };
  const planOf = (recompute: number) => ({ totalBytes: 90 - 10 * recompute }) as MemoryPlan;
  const settle = (isOwn: boolean) =>
    settleRecomputation(undefined, 'qlora', layers, planOf, { limitBytes: 100, isOwn }).recompute;
  expect([settle(true), settle(false)]).toEqual([1, 4]);
});

test('a step that finds no room to keep activations computes them twice', async () => {
  const request = deeperRequest('full');
  const stepWith = (recompute: number, limitBytes = 0) =>
    withOpenTraining({ ...request, recompute }, {}, async ({ plan, ...open }) => {
      const settings = { ...plan.settings, recomputeWhenFull: recompute < 4 };
      const run = { ...open, settings, memoryLimitBytes: limitBytes, signal: undefined };
      const samples = await Promise.all([0, 1, 2, 3].map((i) => open.data.prepared(i)));
      const features = new FrozenFeatures(open.loaded, null);
      const batch = stepBatch([await makeMicroBatch(samples, features)]);
      const notes: string[] = [];
      using updater = new Updater(run, 1, (text) => notes.push(text));
      trimMemory();
      resetPeakMemory();
      setMemoryLimit(limitBytes);
      const { loss } = await updater.update(batch, [], 0, () => null);
      return { loss, notes, peakBytes: memoryStats().peakBytes };
    });
  const [kept, some, twice] = [await stepWith(0), await stepWith(1), await stepWith(4)];
  expect(twice.peakBytes).toBeLessThan(kept.peakBytes);
  expect(some.peakBytes).toBeLessThan(kept.peakBytes);
  expect([kept.notes, some.notes, twice.notes]).toEqual([[], [], []]);
  for (const [recompute, { peakBytes }] of [kept, some].entries()) {
    const tight = await stepWith(recompute, Math.round((peakBytes + twice.peakBytes) / 2));
    expect(tight.notes).toEqual([recomputesNote]);
    expect(tight.loss).toBe(kept.loss);
  }
});

test('a folder that holds NF4 trains as the model that it was made from', async () => {
  const quantized = join(folder, 'nf4');
  await quantizeModel({ modelDir, outDir: quantized, format: 'nf4' });
  const request = fixtureRequest('llava15', folder, 'qlora', 'from-nf4');
  const { logPath } = await runQuietly({ ...request, modelDir: quantized, method: 'lora' });
  expect(largestGap(lossesOf(logPath), wanted)).toBeLessThan(1e-5);
});

test('the adapter is exported, and merged into the weights as it was trained on them', async () => {
  const adapterDir = join(folder, 'llava15-qlora', 'adapter');
  const outDir = join(folder, 'merged');
  const request = { modelDir, adapterDir, outDir, merge: true, quantize: 'nf4' } as const;
  const outcome = await runExport(request);
  expect(outcome.adaptedModules).toBe(14);
  expect(outcome.largestLogitDifference).toBeLessThan(1e-4);
  const config = JSON.parse(readFileSync(join(outDir, 'config.json'), 'utf8')) as object;
  expect(config).not.toHaveProperty('quantization_config');
  using trained = await loadModel(modelDir, { quantize: 'nf4' });
  await applyPeftAdapter(trained, adapterDir);
  using merged = await loadModel(outDir);
  const [a, b] = [await probeLogits(trained), await probeLogits(merged)];
  expect(largestDifference(a, b)).toBeLessThan(1e-4);
});

test('a merged model is whole where the adapter leaves matrices of the decoder alone', async () => {
  const request = fixtureRequest('llava15', folder, 'qlora', 'queries');
  await runQuietly({ ...request, maxSteps: 1, initAdapter: undefined, targetModules: ['q_proj'] });
  const outDir = join(folder, 'merged-queries');
  const adapterDir = join(request.outDir, 'adapter');
  const merge = { modelDir, adapterDir, outDir, merge: true, quantize: 'nf4' } as const;
  const outcome = await runExport(merge);
  expect(outcome).toMatchObject({ adaptedModules: 2, widenedWeights: 14 });
  const config = JSON.parse(readFileSync(join(outDir, 'config.json'), 'utf8')) as object;
  expect(config).not.toHaveProperty('quantization_config');
  using merged = await loadModel(outDir);
  const { parameters } = merged.weights;
  expect([...parameters.values()].every(({ quantization }) => quantization === null)).toBe(true);
});

test('the projector trains before a decoder in few bits; the decoder itself does not', async () => {
  const request = fixtureRequest('llava15', folder, 'projector', 'before-int8');
  const { lines } = await runQuietly({ ...request, quantize: 'int8', maxSteps: 6 });
  expect(lines[4]?.loss).toBeLessThan(lines[0]?.loss ?? 0);
  const full = fixtureRequest('llava15', folder, 'full', 'refused');
  await expect(runQuietly({ ...full, quantize: 'int8' })).rejects.toMatchObject({
    code: 'nn/quantized-weight',
  });
});
