/** What becomes of a run when its graphics device is lost, is shared, or has hardly any memory. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { TrainRequest } from '../../src-main/app/train/train-request.ts';
import { LensmithError } from '../../src-main/base/errors.ts';
import {
  closeDevice,
  deviceInfo,
  ensureDevice,
  memoryStats,
} from '../../src-main/tensor/device.ts';
import { Tensor } from '../../src-main/tensor/tensor.ts';
import { checkpointsOf } from '../../src-main/training/training-run.ts';
import { builtCli } from '../support/cli.ts';
import { reasonForAbsence } from '../support/devices.ts';
import { fixtureRequest, readLog, runQuietly, temporaryFolder } from './support.ts';

const folder = temporaryFolder();
const absence = reasonForAbsence('vulkan');
const steps = 4;
/** Batches that the device is given before it counts as lost; a step takes some fifty. */
const loseAfter = 'LENSMITH_VULKAN_LOSE_AFTER';

function requestFor(name: string): TrainRequest {
  const request = fixtureRequest('llava15', folder, 'lora', name);
  return { ...request, maxSteps: steps, saveEvery: 1, featureCache: 'off', device: 'vulkan' };
}

const lossesOf = (logPath: string): number[] => readLog(logPath).map(({ loss }) => loss);

/** The error that a run ends with. */
async function failureOf(request: TrainRequest): Promise<LensmithError> {
  try {
    await runQuietly(request);
  } catch (error) {
    if (error instanceof LensmithError) return error;
    throw error;
  }
  throw new Error('The run did not fail.');
}

// A software driver on a busy machine takes its time.
describe('vulkan', { timeout: 240_000 }, () => {
  let whole: number[];

  beforeAll(async () => {
    if (absence !== null) return;
    whole = lossesOf((await runQuietly(requestFor('whole'))).logPath);
    closeDevice();
  }, 240_000);
  afterEach(() => {
    delete process.env[loseAfter];
    closeDevice();
  });
  afterAll(() => closeDevice());

  test('a device that is lost ends the run with a checkpoint, from which it goes on to the same losses', async (context) => {
    context.skip(absence !== null, absence ?? '');
    const request = requestFor('lost');
    process.env[loseAfter] = '140';
    const error = await failureOf(request);
    delete process.env[loseAfter];
    expect(error).toMatchObject({ code: 'device/lost', got: 'VK_ERROR_DEVICE_LOST' });
    const saved = (await checkpointsOf(request.outDir).steps()).at(-1) ?? 0;
    expect(saved).toBeGreaterThan(0);
    expect(saved).toBeLessThan(steps);
    expect(error.hint).toContain(`--resume to the same command to go on after step ${saved}`);
    // In the same process: the lost device gives way to a fresh one.
    const { logPath } = await runQuietly({ ...request, resume: true });
    expect(lossesOf(logPath)).toEqual(whole);
  });

  test('a lost device says so to everyone, and gives way once nothing lives on it', async (context) => {
    context.skip(absence !== null, absence ?? '');
    process.env[loseAfter] = '0';
    ensureDevice({ device: 'vulkan' });
    delete process.env[loseAfter];
    const x = Tensor.full([4], 1);
    await expect(x.readFloats()).rejects.toMatchObject({ code: 'device/lost' });
    await expect(x.readFloats()).rejects.toMatchObject({ code: 'device/lost' });
    expect(() => ensureDevice()).toThrowError(
      expect.objectContaining({ code: 'device/already-open' }) as Error,
    );
    x.dispose();
    ensureDevice();
    expect(deviceInfo().name).toMatch(/^vulkan:/);
    using y = Tensor.full([4], 2);
    expect([...(await y.readFloats())]).toEqual([2, 2, 2, 2]);
  });

  test('a run on a card that is nearly full has the same losses, or says what it lacks', async (context) => {
    context.skip(absence !== null, absence ?? '');
    // Little more than the run needs: what is kept for reuse has to go back again and again.
    const tight = { ...requestFor('tight'), memoryBytes: 10 * 2 ** 20 };
    const { logPath } = await runQuietly(tight);
    expect(lossesOf(logPath)).toEqual(whole);
    expect(memoryStats().peakBytes).toBeLessThan(10 * 2 ** 20);
    closeDevice();
    const error = await failureOf({ ...requestFor('full'), memoryBytes: 2 ** 20 });
    expect(error.code).toBe('memory/out-of-memory');
    expect(error.got).toMatch(/\d+ bytes/);
    using x = Tensor.full([1000], 3);
    expect((await x.readFloats())[999]).toBe(3);
  });

  test('two processes train on one device at once, each as if it were alone', async (context) => {
    context.skip(absence !== null, absence ?? '');
    context.skip(!existsSync(builtCli), 'the program is not built');
    const few = { maxSteps: 2 };
    const requests = ['first', 'second'].map((name) => ({ ...requestFor(name), ...few }));
    const runs = await Promise.all(requests.map(trainApart));
    for (const losses of runs) expect(losses).toEqual(whole.slice(0, few.maxSteps));
  });
});

/** The same run by the command line, in a process of its own. @returns its losses */
function trainApart(request: TrainRequest): Promise<number[]> {
  const options = [
    ['--model', request.modelDir],
    ['--data', request.dataPath],
    ['--out', request.outDir],
    ['--method', request.method],
    ['--init-adapter', request.initAdapter ?? ''],
    ['--lr', String(request.learningRate)],
    ['--batch-size', String(request.batchSize)],
    ['--max-steps', String(request.maxSteps)],
    ['--feature-cache', 'off'],
    ['--device', 'vulkan'],
  ].flat();
  const args = [builtCli, 'train', ...options, '--no-shuffle', '--json'];
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let [text, said] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (piece: string) => (text += piece));
    child.stderr.setEncoding('utf8').on('data', (piece: string) => (said += piece));
    child.on('error', reject);
    child.on('close', (code) => {
      if (code !== 0) reject(new Error(`lensmith train ended with ${code}: ${said}`));
      else resolve((JSON.parse(text) as { losses: number[] }).losses);
    });
  });
}
