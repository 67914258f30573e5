/** The optimiser's state in 8 bits, and in the machine's memory where a device is full. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import type { TrainRequest } from '../../src-main/app/train/train-request.ts';
import { planTraining } from '../../src-main/app/train/train.ts';
import type { TrainOutcome } from '../../src-main/app/train/train.ts';
import { readSafetensorsHeader } from '../../src-main/formats/weights/safetensors.ts';
import { Parameter } from '../../src-main/nn/parameter.ts';
import { closeDevice, memoryStats, synchronize } from '../../src-main/tensor/device.ts';
import { Tensor } from '../../src-main/tensor/tensor.ts';
import { AdamW, adamWDefaults } from '../../src-main/training/optimizer.ts';
import type { OptimizerMemory, OptimizerName } from '../../src-main/training/optimizer-state.ts';
import { checkpointsOf } from '../../src-main/training/training-run.ts';
import { leavesDeviceNote } from '../../src-main/training/updater.ts';
import { openForTests, reasonForAbsence } from '../support/devices.ts';
import { fixtureRequest, largestGap, readFloats, runQuietly, temporaryFolder } from './support.ts';

const folder = temporaryFolder();

function requestFor(name: string, change: Partial<TrainRequest> = {}): TrainRequest {
  const request = fixtureRequest('llava15', folder, 'full', name);
  return { ...request, featureCache: 'off', ...change };
}

const lossesOf = ({ lines }: TrainOutcome): number[] => lines.map(({ loss }) => loss);

/** Types of the tensors that the last checkpoint has of the optimiser, by the end of their names. */
async function keptTypes(outDir: string, step: number): Promise<Set<string>> {
  const path = join(checkpointsOf(outDir).pathOf(step), 'optimizer.safetensors');
  const { tensors } = await readSafetensorsHeader(path);
  return new Set([...tensors].map(([name, { dtype }]) => `${name.split('.').at(-1)} ${dtype}`));
}

describe('moments in 8 bits', () => {
  afterAll(async () => {
    await synchronize();
    expect(memoryStats().tensors).toBe(0);
  });

  test.each(['lora', 'full'] as const)(
    '%s learns as it does with moments in f32',
    async (method) => {
      const request = (optimizer: 'adamw' | 'adamw-8bit'): TrainRequest => ({
        ...fixtureRequest('llava15', folder, method, `${method}-${optimizer}`),
        // Adapters of so many values that their moments are not left in f32.
        ...(method === 'lora' ? { initAdapter: undefined, rank: 96, alpha: 96 } : {}),
        featureCache: 'off',
        learningRate: 1e-3,
        maxSteps: 20,
        optimizer,
      });
      const whole = await runQuietly(request('adamw'));
      const few = await runQuietly(request('adamw-8bit'));
      const types = await keptTypes(request('adamw-8bit').outDir, 20);
      expect(types).toContain('m U8');
      expect(types).toContain('v_scale F32');
      const [first, last] = [lossesOf(few)[0] as number, lossesOf(few).at(-1) as number];
      expect(last).toBeLessThan(0.5 * first);
      // Moments are off by a hundredth at most where they are largest, and by chance up or down, so
      // that what a weight has moved in twenty steps is off by far less. What was measured is 0.001;
      // a wrong map, scale or sign shows in the second step already.
      expect(largestGap(lossesOf(few), lossesOf(whole))).toBeLessThan(0.01);
      const [plan, least] = [whole.plan.memory, few.plan.memory];
      expect(least.trainingBytes).toBeLessThan(0.65 * plan.trainingBytes);
    },
  );

  test('a run that was cut short goes on as if it had not been, masters included', async () => {
    const request = (name: string): TrainRequest =>
      requestFor(name, {
        optimizer: 'adamw-8bit',
        dtype: 'bf16',
        learningRate: 1e-5,
        maxSteps: 6,
        saveEvery: 2,
      });
    const whole = await runQuietly(request('whole'));
    const cut = request('cut');
    await runQuietly({ ...cut, maxSteps: 4 });
    expect(await keptTypes(cut.outDir, 4)).toContain('master F32');
    const resumed = await runQuietly({ ...cut, resume: true, optimizerMemory: 'host' });
    expect(lossesOf(resumed)).toEqual(lossesOf(whole));
    const moments = (outDir: string): Buffer =>
      readFileSync(join(checkpointsOf(outDir).pathOf(6), 'optimizer.safetensors'));
    expect(moments(cut.outDir).equals(moments(request('whole').outDir))).toBe(true);
    await expect(
      runQuietly({ ...cut, resume: true, optimizer: 'adamw', maxSteps: 7 }),
    ).rejects.toMatchObject({ code: 'training/resume-mismatch' });
  });

  test('a checkpoint from before there was a choice says nothing of it', async () => {
    const request = requestFor('plain', { maxSteps: 1 });
    await runQuietly(request);
    const { fingerprint } = await checkpointsOf(request.outDir).readState(1);
    expect(fingerprint).not.toHaveProperty('optimizer');
    expect(fingerprint).not.toHaveProperty('optimizerMemory');
  });
});

const absence = reasonForAbsence('vulkan');

interface Stepped {
  /** The weight and each tensor of its state. */
  readonly values: readonly (readonly number[])[];
  readonly deviceBytes: number;
  readonly hostBytes: number;
}

/** Updates of a 16-bit weight on the device that is open. */
async function threeSteps(optimizer: OptimizerName, memory: OptimizerMemory): Promise<Stepped> {
  const count = 5000;
  const gradient = Float32Array.from({ length: count }, (_, i) => Math.sin(i) / (1 + (i % 7)));
  using value = Tensor.full([count], 0.5, 'bf16');
  using grad = Tensor.from(gradient, [count]);
  using coefficient = Tensor.full([1], 0.5);
  const parameter = new Parameter('w', [count], 'bf16', value);
  const trainable = { name: 'w', parameter, part: 'llm', decayed: true } as const;
  const settings = { ...adamWDefaults, weightDecay: 0.1, maxGradNorm: 1, optimizer, memory };
  using adamw = new AdamW([trainable], settings);
  const gradients = new Map([[trainable, grad]]);
  const measured = { norm: 1, gradients, coefficient, [Symbol.dispose]: () => undefined };
  for (let step = 0; step < 3; step++) adamw.apply(measured, () => 1e-2);
  const tensors = [value, ...(adamw.states.get('w')?.tensors.values() ?? [])];
  const values: number[][] = [];
  for (const tensor of tensors) values.push([...(await tensor.read())]);
  const { liveBytes, hostBytes } = memoryStats();
  return { values, deviceBytes: liveBytes, hostBytes };
}

// A software driver on a busy machine takes its time.
describe('vulkan', { timeout: 240_000 }, () => {
  afterEach(() => closeDevice());

  const onCard = (name: string, change: Partial<TrainRequest> = {}): TrainRequest =>
    requestFor(name, { device: 'vulkan', maxSteps: 3, saveEvery: 1, ...change });

  test('a run whose optimiser does not fit on the card ends as one that has room', async (context) => {
    context.skip(absence !== null, absence ?? '');
    const wanted = await runQuietly(onCard('roomy'));
    expect(wanted.notes).toEqual([]);
    closeDevice();
    // Weights, gradients and state fit; the second step then lacks room for its activations.
    const tight = 4.4 * 2 ** 20;
    const refused = onCard('refused', { memoryBytes: tight, optimizerMemory: 'device' });
    await expect(runQuietly(refused)).rejects.toMatchObject({ code: 'memory/out-of-memory' });
    closeDevice();
    const request = onCard('tight', { memoryBytes: tight });
    const begun = await runQuietly({ ...request, maxSteps: 2 });
    expect(begun.notes).toEqual([leavesDeviceNote]);
    expect(begun.plan.choices.join()).toContain("will lie in the machine's memory");
    expect(wanted.plan.choices).toEqual([]);
    // The plan is that of the run as it will be.
    expect(begun.plan.memory.hostBytes).toBeGreaterThan(0);
    expect(begun.plan.memory.totalBytes).toBeLessThan(begun.plan.memoryLimitBytes);
    closeDevice();
    // The state finds no room when it is read again.
    const memoryLimitBytes = 3_200_000;
    const resumed = await runQuietly({ ...request, memoryLimitBytes, resume: true });
    expect(resumed.notes).toEqual([leavesDeviceNote]);
    expect(lossesOf(resumed)).toEqual(lossesOf(wanted));
    const model = (name: string): Promise<Map<string, Float32Array>> =>
      readFloats(join(onCard(name).outDir, 'model', 'model.safetensors'));
    expect(await model('tight')).toEqual(await model('roomy'));
  });

  test('a plan with the state in the machine’s memory takes it from the card', async (context) => {
    context.skip(absence !== null, absence ?? '');
    const here = (await planTraining(onCard('plan', { optimizerMemory: 'device' }))).memory;
    const there = (await planTraining(onCard('plan', { optimizerMemory: 'host' }))).memory;
    expect(here.hostBytes).toBe(0);
    expect(there.hostBytes).toBeGreaterThan(0);
    expect(here.totalBytes - there.totalBytes).toBe(there.hostBytes);
  });

  test.for(['adamw', 'adamw-8bit'] as const)(
    'state of %s in the machine’s memory is stepped on to the same bits',
    async (optimizer, context) => {
      context.skip(absence !== null, absence ?? '');
      openForTests('vulkan');
      const onDevice = await threeSteps(optimizer, 'device');
      const onHost = await threeSteps(optimizer, 'host');
      expect(onHost.hostBytes).toBeGreaterThan(0);
      expect(onDevice.hostBytes).toBe(0);
      expect(onHost.deviceBytes).toBeLessThan(onDevice.deviceBytes);
      expect(onHost.values).toEqual(onDevice.values);
    },
  );

  test('a tensor in the machine’s memory takes none of the card’s, and ops read and write it', async (context) => {
    context.skip(absence !== null, absence ?? '');
    openForTests('vulkan');
    const before = memoryStats();
    using host = Tensor.full([5000], 3, 'f32', 'host');
    expect(memoryStats().liveBytes).toBe(before.liveBytes);
    expect(memoryStats().hostBytes - before.hostBytes).toBeGreaterThanOrEqual(host.sizeBytes);
    expect((await host.readFloats())[4999]).toBe(3);
    host.write(new Float32Array(5000).fill(7));
    expect((await host.readFloats())[0]).toBe(7);
  });
});
