/** Adapters beside weights in few bits: runs that go on, what they leave, and what is refused. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { probeLogits } from '../../src-main/app/export/proof.ts';
import { runExport } from '../../src-main/app/export/export.ts';
import { quantizeModel } from '../../src-main/app/quantize/quantize.ts';
import { loadModel } from '../../src-main/models/load.ts';
import { memoryStats, synchronize } from '../../src-main/tensor/device.ts';
import { applyPeftAdapter } from '../../src-main/training/adapters.ts';
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
  expect(outcome.plan.settings).toMatchObject({ method: 'qlora', recompute: true });
  const losses = lossesOf(outcome.logPath);
  expect(largestGap(losses, wanted)).toBeLessThan(1e-5);
  // The same run without quantising is another one.
  await expect(
    runQuietly({ ...request, quantize: 'int8', maxSteps: 12, resume: true }),
  ).rejects.toMatchObject({ code: 'training/resume-mismatch' });
});

test('keeping activations gives the same losses as computing them again', async () => {
  const request = fixtureRequest('llava15', folder, 'qlora', 'kept');
  const { logPath } = await runQuietly({ ...request, recompute: false });
  expect(largestGap(lossesOf(logPath), wanted)).toBeLessThan(1e-5);
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

test('the projector trains before a decoder in few bits; the decoder itself does not', async () => {
  const request = fixtureRequest('llava15', folder, 'projector', 'before-int8');
  const { lines } = await runQuietly({ ...request, quantize: 'int8', maxSteps: 6 });
  expect(lines[4]?.loss).toBeLessThan(lines[0]?.loss ?? 0);
  const full = fixtureRequest('llava15', folder, 'full', 'refused');
  await expect(runQuietly({ ...full, quantize: 'int8' })).rejects.toMatchObject({
    code: 'nn/quantized-weight',
  });
});
