/** A run that is killed and goes on is the run that never stopped. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TrainRequest } from '../../src-main/app/train/train-request.ts';
import type { TrainProgress } from '../../src-main/app/train/train.ts';
import { memoryStats, synchronize } from '../../src-main/tensor/device.ts';
import { checkpointsOf } from '../../src-main/training/training-run.ts';
import { buildChild, startChild } from './child-process.ts';
import {
  fixtureRequest,
  readFloats,
  readLog,
  runQuietly,
  temporaryFolder,
  writeContrary,
  writeDataset,
} from './support.ts';

const folder = temporaryFolder();
let script: string;

beforeAll(async () => {
  script = await buildChild();
});

afterAll(async () => {
  await synchronize();
  expect(memoryStats().tensors).toBe(0);
});

const losses = (outDir: string): [number, number][] =>
  readLog(join(outDir, 'log.jsonl')).map(({ step, loss }) => [step, loss]);

const sampleLosses = (outDir: string): string =>
  readFileSync(join(outDir, 'sample-losses.jsonl'), 'utf8');

const temporaries = (outDir: string): string[] => {
  try {
    return readdirSync(join(outDir, 'checkpoints')).filter((name) =>
      /^\.checkpoint-.*\.tmp$/.test(name),
    );
  } catch {
    return []; // no checkpoint has been begun
  }
};

/** Everything that a checkpoint must bring back: order of samples, moments, warm-up, two epochs. */
function shuffledRun(name: string): TrainRequest {
  return {
    ...fixtureRequest('llava15', folder, 'full', name),
    dataPath: writeDataset('llava15', join(folder, 'data.jsonl'), 2),
    shuffle: true,
    seed: 11,
    schedule: 'cosine',
    warmupSteps: 3,
    maxSteps: 14,
    saveEvery: 2,
  };
}

describe('killed', () => {
  let wanted: [number, number][];
  let wantedWeights: Map<string, Float32Array>;
  let wantedSamples: string;
  const modelFile = (outDir: string): string => join(outDir, 'model', 'model.safetensors');

  beforeAll(async () => {
    const request = shuffledRun('uninterrupted');
    await runQuietly(request);
    wanted = losses(request.outDir);
    wantedWeights = await readFloats(modelFile(request.outDir));
    wantedSamples = sampleLosses(request.outDir);
    const lines = wantedSamples.trim().split('\n');
    expect(lines).toHaveLength(14);
    // Of one step: each sample with its own loss.
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ step: 1, side: 'train' });
  });

  /** Goes on to the end and compares everything. */
  async function expectSameEnd(request: TrainRequest): Promise<void> {
    const { events, ended } = startChild(script, { ...request, resume: true });
    expect((await ended).code).toBe(0);
    expect(events.at(-1)).toEqual({ kind: 'done' });
    expect(losses(request.outDir)).toEqual(wanted);
    expect(sampleLosses(request.outDir)).toBe(wantedSamples);
    expect(await readFloats(modelFile(request.outDir))).toEqual(wantedWeights);
    expect(temporaries(request.outDir)).toEqual([]);
  }

  test('before the first checkpoint', async () => {
    const request = shuffledRun('early');
    const { ended } = startChild(script, request, (event, child) => {
      if (event.kind === 'step') child.kill('SIGKILL');
    });
    expect((await ended).signal).toBe('SIGKILL');
    await expectSameEnd(request);
  });

  test('between checkpoints, after steps that the log already has', async () => {
    const request = shuffledRun('between');
    const { ended } = startChild(script, request, (event, child) => {
      if (event.kind === 'step' && event.step === 7) child.kill('SIGKILL');
    });
    expect((await ended).signal).toBe('SIGKILL');
    expect(losses(request.outDir).length).toBeGreaterThanOrEqual(7);
    await expectSameEnd(request);
  });

  test('in the middle of writing a checkpoint', async () => {
    const request = shuffledRun('middle');
    let caught: string[] = [];
    // The half-written folder lives for milliseconds: look until one is met, and go on if it got away.
    for (let attempt = 0; attempt < 20 && caught.length === 0; attempt++) {
      rmSync(request.outDir, { recursive: true, force: true });
      const { child, ended } = startChild(script, request, (event) => {
        if (event.kind !== 'step' || event.step !== 4) return;
        const deadline = performance.now() + 2000;
        while (temporaries(request.outDir).length === 0 && performance.now() < deadline);
        child.kill('SIGKILL');
      });
      await ended;
      caught = temporaries(request.outDir);
    }
    expect(caught).toHaveLength(1);
    const half = readdirSync(join(request.outDir, 'checkpoints', caught[0] as string));
    expect(half).not.toContain('trainer.json');
    await expectSameEnd(request);
  });

  test('three times in one run', async () => {
    const request = shuffledRun('thrice');
    for (const at of [3, 6, 11]) {
      const { ended } = startChild(script, { ...request, resume: true }, (event, child) => {
        if (event.kind === 'step' && event.step === at) child.kill('SIGKILL');
      });
      expect((await ended).signal).toBe('SIGKILL');
    }
    await expectSameEnd(request);
  });
});

test('cancelled within a step, and resumed: dropout, adapters and evaluations go on as well', async () => {
  const request = (name: string): TrainRequest => ({
    ...fixtureRequest('interleave', folder, 'lora', name),
    initAdapter: undefined,
    rank: 3,
    dropout: 0.2,
    parts: ['projector', 'llm'],
    shuffle: true,
    maxSteps: 9,
    saveEvery: 2,
    evalEvery: 3,
    evalAnswers: 1,
    evalDataPath: writeDataset('interleave', join(folder, 'held-out.jsonl')),
  });
  const whole = await runQuietly(request('whole'));
  const stopped = request('stopped');
  const controller = new AbortController();
  const run = runQuietly(stopped, {
    signal: controller.signal,
    onProgress(event) {
      if (event.kind === 'step' && event.line.step === 5) setImmediate(() => controller.abort());
    },
  });
  await expect(run).rejects.toMatchObject({
    code: 'job/cancelled',
    hint: expect.stringMatching(/--resume.* after step 4\./) as string,
  });
  const resumed = await runQuietly({ ...stopped, resume: true });
  expect(losses(stopped.outDir)).toEqual(losses(request('whole').outDir));
  expect(resumed.evaluations).toEqual(whole.evaluations);
  expect(resumed.best).toEqual(whole.best);
  const adapter = (out: string) => readFloats(join(out, 'adapter', 'adapter_model.safetensors'));
  expect(await adapter(stopped.outDir)).toEqual(await adapter(request('whole').outDir));
});

describe('ended in order', () => {
  const request = (name: string): TrainRequest => ({
    ...shuffledRun(name),
    method: 'lora',
    initAdapter: undefined,
    parts: ['projector', 'llm'],
    dropout: 0.1,
    rank: 2,
    saveEvery: 100,
    evalEvery: 4,
    evalAnswers: 1,
    evalDataPath: writeDataset('llava15', join(folder, 'held-out-15.jsonl')),
  });
  const ask = (how: 'pause' | 'finish', at: number) => {
    const signals = { pause: new AbortController(), finish: new AbortController() };
    return {
      ending: { pause: signals.pause.signal, finish: signals.finish.signal },
      onProgress: (event: TrainProgress): void => {
        if (event.kind === 'step' && event.line.step === at) signals[how].abort();
      },
    };
  };
  const adapter = (out: string) => readFloats(join(out, 'adapter', 'adapter_model.safetensors'));

  test('a pause loses no step, and the run goes on as if there had been none', async () => {
    const whole = await runQuietly(request('unpaused'));
    // An evaluation of the untaught model beforehand changes nothing either.
    const paused = { ...request('paused'), evaluateFirst: true };
    for (const at of [5, 6, 11]) {
      const outcome = await runQuietly({ ...paused, resume: true }, ask('pause', at));
      expect(outcome).toMatchObject({ paused: true, steps: at, savedStep: at });
      expect(await checkpointsOf(paused.outDir).steps()).toContain(at);
      expect(readdirSync(paused.outDir)).not.toContain('adapter');
    }
    const resumed = await runQuietly({ ...paused, resume: true });
    expect(resumed).toMatchObject({ paused: false, stoppedEarly: false, steps: 14 });
    expect(losses(paused.outDir)).toEqual(losses(request('unpaused').outDir));
    expect(resumed.evaluations).toEqual(whole.evaluations);
    expect(await adapter(paused.outDir)).toEqual(await adapter(request('unpaused').outDir));
  });

  test('a pause asked for at the last step comes too late: the run is done', async () => {
    const outcome = await runQuietly({ ...request('late'), maxSteps: 3 }, ask('pause', 3));
    expect(outcome).toMatchObject({ paused: false, steps: 3, savedStep: 3 });
  });

  test('finishing keeps the weights of the last step, at work or from a checkpoint', async () => {
    const finished = await runQuietly(request('finished'), ask('finish', 5));
    expect(finished).toMatchObject({ paused: false, stoppedEarly: true, savedStep: 5 });
    const later = request('finished-later');
    await runQuietly(later, ask('pause', 5));
    const asked = ask('finish', 0);
    const signal = AbortSignal.abort();
    const outcome = await runQuietly(
      { ...later, resume: true },
      { ...asked, ending: { ...asked.ending, finish: signal } },
    );
    expect(outcome).toMatchObject({ paused: false, steps: 5, savedStep: 5 });
    expect(await adapter(later.outDir)).toEqual(await adapter(request('finished').outDir));
  });
});

test('a 16-bit model resumes with its f32 masters', async () => {
  const request = (name: string): TrainRequest => ({
    ...fixtureRequest('llava15', folder, 'full', name),
    dtype: 'bf16',
    maxSteps: 6,
    saveEvery: 2,
    learningRate: 1e-5,
  });
  await runQuietly(request('wide'));
  const stopped = request('narrow');
  await runQuietly({ ...stopped, maxSteps: 4 });
  await runQuietly({ ...stopped, resume: true });
  expect(losses(stopped.outDir)).toEqual(losses(request('wide').outDir));
});

test('other settings or data do not go on from a checkpoint', async () => {
  const request = { ...fixtureRequest('llava15', folder, 'projector', 'other'), maxSteps: 2 };
  await runQuietly(request);
  await expect(runQuietly(request)).rejects.toMatchObject({ code: 'training/output-exists' });
  const changed = { ...request, resume: true, learningRate: 5e-4, maxSteps: 3 };
  const refused = await runQuietly(changed).catch((error: unknown) => error);
  expect(refused).toMatchObject({ code: 'training/resume-mismatch' });
  expect((refused as { got: string }).got).toContain('0.0005');
  const dataPath = writeDataset('llava15', join(folder, 'more.jsonl'), 2);
  await expect(runQuietly({ ...request, resume: true, dataPath })).rejects.toMatchObject({
    code: 'training/resume-mismatch',
  });
  const longer = await runQuietly({ ...request, resume: true, maxSteps: 3 });
  expect(longer.lines.map(({ step }) => step)).toEqual([1, 2, 3]);
  const fresh = await runQuietly({ ...request, overwrite: true, maxSteps: 1 });
  expect(fresh.lines.map(({ step }) => step)).toEqual([1]);
});

test('a damaged checkpoint is named', async () => {
  const request = { ...fixtureRequest('llava15', folder, 'projector', 'damaged'), maxSteps: 1 };
  await runQuietly(request);
  writeFileSync(join(checkpointsOf(request.outDir).pathOf(1), 'trainer.json'), '{"version": 1');
  await expect(runQuietly({ ...request, resume: true })).rejects.toMatchObject({
    code: 'training/bad-checkpoint',
  });
});

test('short epochs do not each get a checkpoint; the last step does', async () => {
  const request = { ...fixtureRequest('llava15', folder, 'projector', 'short'), maxSteps: 53 };
  const saved: number[] = [];
  const { epochs } = await runQuietly(request, {
    onProgress: (event) => event.kind === 'checkpoint' && saved.push(event.step),
  });
  expect(epochs).toBeGreaterThan(20);
  expect(saved).toEqual([50, 53]);
});

test('two last checkpoints and the best one stay', async () => {
  const request: TrainRequest = {
    ...fixtureRequest('llava15', folder, 'full', 'kept'),
    maxSteps: 8,
    learningRate: 2e-3,
    evalEvery: 1,
    evalAnswers: 0,
    evalDataPath: writeContrary('llava15', join(folder, 'eval.jsonl')),
    saveEvery: 1,
    keep: 'best',
  };
  const outcome = await runQuietly(request);
  const best = outcome.best?.step as number;
  const steps = await checkpointsOf(request.outDir).steps();
  expect(best).toBeLessThan(6);
  expect(steps).toEqual([...new Set([best, 7, 8])].sort((a, b) => a - b));
  expect(outcome.savedStep).toBe(best);
  const lowest = Math.min(...outcome.evaluations.map(({ loss }) => loss));
  expect(outcome.best?.loss).toBe(lowest);
});

describe('disk full', () => {
  const mounted: string[] = [];
  afterAll(() => {
    for (const dir of mounted) execFileSync('umount', [dir]);
  });

  /** A real file system of the given size, where this user may mount one. */
  function smallDisk(sizeBytes: number): string | null {
    const dir = join(folder, `disk-${mounted.length}`);
    mkdirSync(dir);
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeBytes}`, 'tmpfs', dir], {
        stdio: 'ignore',
      });
    } catch {
      return null;
    }
    mounted.push(dir);
    return dir;
  }

  test('a clear error, and the last checkpoint intact', async (context) => {
    const base = { ...shuffledRun('full-disk'), saveEvery: 1 };
    // Room for one checkpoint of 3.2 MB and not for a second.
    const disk = smallDisk(6_000_000);
    if (disk === null) return context.skip('mounting a small disk needs root');
    const request = { ...base, outDir: join(disk, 'run') };
    await expect(runQuietly(request)).rejects.toMatchObject({ code: 'io/disk-full' });
    expect(await checkpointsOf(request.outDir).steps()).toEqual([1]);
    expect(temporaries(request.outDir)).toEqual([]);
    execFileSync('mount', ['-o', 'remount,size=100000000', disk]);
    await runQuietly({ ...request, resume: true });
    expect(losses(request.outDir)).toHaveLength(14);
  });

  test('a file that may not grow: the same', async () => {
    const request = { ...shuffledRun('limited'), saveEvery: 2, maxSteps: 4 };
    // In blocks of 512 bytes: the optimiser's file is larger.
    const { events, ended } = startChild(script, request, undefined, 'ulimit -f 2400;');
    expect((await ended).code).toBe(1);
    expect(events.at(-1)?.error?.code).toBe('io/file-too-large');
    expect(temporaries(request.outDir)).toEqual([]);
    const resumed = await runQuietly({ ...request, resume: true });
    expect(resumed.lines).toHaveLength(4);
    expect(readFileSync(join(request.outDir, 'log.jsonl'), 'utf8').split('\n')).toHaveLength(5);
  });
});
