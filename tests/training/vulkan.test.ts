/** A training step of a tiny LLaVA on a graphics device: that of the CPU, and the same every time. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { DiskMediaReader } from '../../src-main/app/media-reader/media-reader.ts';
import { Processor } from '../../src-main/data/processor.ts';
import { loadDataset } from '../../src-main/formats/datasets/index.ts';
import { loadModel } from '../../src-main/models/load.ts';
import { closeDevice, memoryStats, synchronize } from '../../src-main/tensor/device.ts';
import type { DeviceName } from '../../src-main/tensor/device.ts';
import { makeMicroBatch, stepBatch } from '../../src-main/training/batch.ts';
import { runStep } from '../../src-main/training/step.ts';
import { openForTests, reasonForAbsence } from '../support/devices.ts';
import { fixtures } from '../support/fixture-case.ts';
import {
  fixtureRequest,
  fixtureRun,
  largestGap,
  readLog,
  runQuietly,
  temporaryFolder,
  writeDataset,
} from './support.ts';

const folder = temporaryFolder();
const absence = reasonForAbsence('vulkan');

interface StepNumbers {
  readonly loss: number;
  readonly gradients: ReadonlyMap<string, Float32Array>;
}

/** The same full step as often as asked: every part trains, two samples with pictures. */
async function stepsOn(device: DeviceName, count: number): Promise<StepNumbers[]> {
  openForTests(device);
  try {
    const dir = join(fixtures, 'llava15', 'checkpoint');
    const loaded = await loadModel(dir);
    for (const parameter of loaded.weights.parameters.values()) parameter.trainable = true;
    const processor = await Processor.load(dir, loaded.config);
    const dataset = await loadDataset(writeDataset('llava15', join(folder, 'step.jsonl')));
    const samples = await Promise.all(
      dataset.samples.slice(0, 2).map((sample) => processor.prepare(sample, new DiskMediaReader())),
    );
    const batch = stepBatch([await makeMicroBatch(samples, null)]);
    const found: StepNumbers[] = [];
    for (let i = 0; i < count; i++) {
      using result = await runStep(loaded.model, batch, { recompute: false, dropoutSeed: 1 });
      const gradients = new Map<string, Float32Array>();
      for (const [name, parameter] of loaded.weights.parameters) {
        using gradient = result.gradients.take(parameter.value.id);
        if (gradient !== null) gradients.set(name, await gradient.readFloats());
      }
      found.push({ loss: result.loss, gradients });
    }
    loaded[Symbol.dispose]();
    await synchronize();
    expect(memoryStats().tensors).toBe(0);
    return found;
  } finally {
    closeDevice();
  }
}

// A software driver on a busy machine takes its time.
describe('vulkan', { timeout: 240_000 }, () => {
  test('a full step has the loss and the gradients of the CPU, twice the same bits', async (context) => {
    context.skip(absence !== null, absence ?? '');
    const [cpu] = await stepsOn('cpu', 1);
    const [once, again] = await stepsOn('vulkan', 2);
    expect(once?.loss).toBeCloseTo(cpu?.loss as number, 5);
    expect([...(once?.gradients.keys() ?? [])]).toEqual([...(cpu?.gradients.keys() ?? [])]);
    for (const [name, wanted] of cpu?.gradients ?? []) {
      const got = once?.gradients.get(name) as Float32Array;
      const size = Math.max(1e-3, ...wanted.map(Math.abs));
      expect(largestGap([...got], [...wanted]) / size, name).toBeLessThan(2e-5);
    }
    expect(again?.loss).toBe(once?.loss);
    for (const [name, values] of once?.gradients ?? []) {
      expect([...(again?.gradients.get(name) ?? [])], name).toEqual([...values]);
    }
  });

  test.for([
    { method: 'lora', weights: 'plain weights', tolerance: 2e-5 },
    { method: 'qlora', weights: 'weights in few bits', tolerance: 1e-5 },
  ] as const)('adapters beside $weights have the losses of the reference', async (run, context) => {
    context.skip(absence !== null, absence ?? '');
    const { method, tolerance } = run;
    const steps = 3;
    openForTests('vulkan');
    try {
      const name = `${method}-vulkan`;
      const request = { ...fixtureRequest('llava15', folder, method, name), maxSteps: steps };
      const { logPath } = await runQuietly({ ...request, featureCache: 'off' });
      const losses = readLog(logPath).map(({ loss }) => loss);
      const wanted = fixtureRun('llava15', method).losses.slice(0, steps);
      expect(largestGap(losses, wanted)).toBeLessThan(tolerance);
    } finally {
      closeDevice();
    }
  });
});
