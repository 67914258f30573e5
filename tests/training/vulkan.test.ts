/** A training step of a tiny LLaVA on a graphics device: that of the CPU, and the same every time. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { DiskMediaReader } from '../../src-main/app/media-reader/media-reader.ts';
import { Processor } from '../../src-main/data/processor.ts';
import { loadDataset } from '../../src-main/formats/datasets/index.ts';
import { loadModel } from '../../src-main/models/load.ts';
import {
  closeDevice,
  deviceInfo,
  memoryStats,
  resetPeakMemory,
  synchronize,
} from '../../src-main/tensor/device.ts';
import type { DeviceName } from '../../src-main/tensor/device.ts';
import type { DType, ValueDType } from '../../src-main/tensor/dtype.ts';
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
  /** The most that a step had in use beyond what was there before. */
  readonly stepBytes: number;
}

interface StepSettings {
  readonly device: DeviceName;
  readonly count?: number;
  readonly dtype?: DType;
  readonly activations?: ValueDType;
  readonly recompute?: number;
}

/** The same full step as often as asked: every part trains, two samples with pictures. */
async function stepsOn(settings: StepSettings): Promise<StepNumbers[]> {
  const { device, count = 1, dtype, activations, recompute = 0 } = settings;
  openForTests(device, { activations });
  try {
    const dir = join(fixtures, 'llava15', 'checkpoint');
    const loaded = await loadModel(dir, { dtype });
    for (const parameter of loaded.weights.parameters.values()) parameter.trainable = true;
    const processor = await Processor.load(dir, loaded.config);
    const dataset = await loadDataset(writeDataset('llava15', join(folder, 'step.jsonl')));
    const samples = await Promise.all(
      dataset.samples.slice(0, 2).map((sample) => processor.prepare(sample, new DiskMediaReader())),
    );
    const batch = stepBatch([await makeMicroBatch(samples, null)]);
    const found: StepNumbers[] = [];
    for (let i = 0; i < count; i++) {
      resetPeakMemory();
      const before = memoryStats().liveBytes;
      using result = await runStep(loaded.model, batch, { recompute, dropoutSeed: 1 });
      const stepBytes = memoryStats().peakBytes - before;
      const gradients = new Map<string, Float32Array>();
      for (const [name, parameter] of loaded.weights.parameters) {
        using gradient = result.gradients.take(parameter.value.id);
        if (gradient !== null) gradients.set(name, await gradient.readFloats());
      }
      found.push({ loss: result.loss, gradients, stepBytes });
    }
    loaded[Symbol.dispose]();
    await synchronize();
    expect(memoryStats().tensors).toBe(0);
    return found;
  } finally {
    closeDevice();
  }
}

/** The largest difference between two gradients of a weight, as a part of the largest number in them. */
function gapsOf(got: StepNumbers | undefined, wanted: StepNumbers | undefined): number[] {
  expect([...(got?.gradients.keys() ?? [])]).toEqual([...(wanted?.gradients.keys() ?? [])]);
  return [...(wanted?.gradients ?? [])].map(([name, values]) => {
    const size = Math.max(1e-3, ...values.map(Math.abs));
    return largestGap([...(got?.gradients.get(name) ?? [])], [...values]) / size;
  });
}

// A software driver on a busy machine takes its time.
describe('vulkan', { timeout: 240_000 }, () => {
  test('a full step has the loss and the gradients of the CPU, twice the same bits', async (context) => {
    context.skip(absence !== null, absence ?? '');
    const [cpu] = await stepsOn({ device: 'cpu' });
    const [once, again] = await stepsOn({ device: 'vulkan', count: 2 });
    expect(once?.loss).toBeCloseTo(cpu?.loss as number, 5);
    expect(Math.max(...gapsOf(once, cpu))).toBeLessThan(2e-5);
    expect(again?.loss).toBe(once?.loss);
    expect(Math.max(...gapsOf(again, once))).toBe(0);
  });

  test('activations of 16 bits give the step of those of 32 but for their rounding', async (context) => {
    context.skip(absence !== null, absence ?? '');
    const settings = { device: 'vulkan', dtype: 'bf16' } as const;
    const [wide] = await stepsOn({ ...settings, activations: 'f32' });
    const [half, again] = await stepsOn({ ...settings, activations: 'bf16', count: 2 });
    const [recomputed] = await stepsOn({ ...settings, activations: 'bf16', recompute: Infinity });
    // A value of 8 significant bits is off by up to u = 2^-8 of itself, half of that on average. A layer
    // rounds some ten on the way of a gradient, which add up like a random walk: 3 to 4 u of the largest
    // number of a gradient is what two layers give, and ten are never seen. The loss is a mean over rows.
    const u = 2 ** -8;
    expect(Math.abs((half?.loss as number) / (wide?.loss as number) - 1)).toBeLessThan(u);
    const gaps = gapsOf(half, wide);
    expect(Math.max(...gaps)).toBeLessThan(10 * u);
    expect(Math.max(...gaps), 'they were of 16 bits').toBeGreaterThan(0.1 * u);
    for (const same of [again, recomputed]) {
      expect(same?.loss).toBe(half?.loss);
      expect(Math.max(...gapsOf(same, half))).toBe(0);
    }
    const [wideBytes, halfBytes] = [wide, half].map((one) => one?.stepBytes as number);
    expect(halfBytes).toBeLessThan(0.95 * (wideBytes as number));
  });

  test.for([
    { method: 'lora', weights: 'plain weights', tolerance: 2e-5 },
    { method: 'qlora', weights: 'weights in few bits', tolerance: 1e-5 },
  ] as const)('adapters beside $weights have the losses of the reference', async (run, context) => {
    context.skip(absence !== null, absence ?? '');
    const { method, tolerance } = run;
    const steps = 3;
    openForTests('vulkan');
    // Weights in few bits let a device with cooperative matrices round factors to 16 bits: a loss of 5 is off by
    // a few thousandths then, as with bitsandbytes computing in bf16; the reference computed in f32.
    const rounding = method === 'qlora' && deviceInfo().roundsFactors ? 2 ** -7 : 0;
    try {
      const name = `${method}-vulkan`;
      const request = { ...fixtureRequest('llava15', folder, method, name), maxSteps: steps };
      const { logPath } = await runQuietly({ ...request, featureCache: 'off' });
      const losses = readLog(logPath).map(({ loss }) => loss);
      const wanted = fixtureRun('llava15', method).losses.slice(0, steps);
      expect(largestGap(losses, wanted)).toBeLessThan(tolerance + rounding);
    } finally {
      closeDevice();
    }
  });
});
