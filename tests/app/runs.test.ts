/** A run from the window's commands to the training process and back, however it is ended. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { EventName, PayloadOf } from '../../src-main/ipc/contract/index.ts';
import type { Run, RunProgress, RunState } from '../../src-main/ipc/contract/runs.ts';
import { updateRun } from '../../src-main/store/runs.ts';
import { checkpointsOf } from '../../src-main/training/training-run.ts';
import { TestCore } from './conversations-support.ts';
import { byShares, fillLibrary, makeDataset, shortRun } from './runs-support.ts';

interface Bench {
  readonly core: TestCore;
  readonly datasetId: number;
}

async function bench(count = 16): Promise<Bench> {
  const core = await TestCore.start();
  fillLibrary(core, count);
  const { id: datasetId } = await makeDataset(core);
  return { core, datasetId };
}

/** The first event that matches, from now on. */
function next<E extends EventName>(
  core: TestCore,
  name: E,
  matches: (payload: PayloadOf<E>) => boolean,
): Promise<PayloadOf<E>> {
  return new Promise((resolve) => {
    const stop = core.context.events.listen((event, payload) => {
      if (event !== name || !matches(payload as PayloadOf<E>)) return;
      stop();
      resolve(payload as PayloadOf<E>);
    });
  });
}

const ended = (core: TestCore, id: number, ...states: RunState[]): Promise<Run> =>
  next(
    core,
    'runs.ended',
    (run) => run.id === id && (states.length === 0 || states.includes(run.state)),
  );
const atStep = (core: TestCore, step: number): Promise<RunProgress> =>
  next(core, 'runs.progress', (progress) => progress.step >= step);

async function losses(core: TestCore, runId: number): Promise<[number, number][]> {
  const lines = await core.call('runs.log', { runId, afterStep: 0 });
  return lines.map(({ step, loss }) => [step, loss]);
}

async function evaluations(core: TestCore, runId: number) {
  return (await core.call('runs.read', { runId })).evaluations;
}

const adapter = (run: Run): string =>
  createHash('sha256')
    .update(readFileSync(join(run.folder, 'adapter', 'adapter_model.safetensors')))
    .digest('hex');

/** Steps enough to be met at work on a fast machine too, whose progress is told now and then. */
const steps = 40;
const long = { length: { by: 'steps', steps }, evalEvery: 20 } as const;

/** The run that the interrupted ones must equal. */
async function uninterrupted({ core, datasetId }: Bench): Promise<Run> {
  const request = shortRun(datasetId, long, 'Whole');
  const run = await core.call('runs.start', { request, plan: null });
  const end = await ended(core, run.id);
  expect(end).toMatchObject({ state: 'done', error: null });
  return end;
}

describe('a run', () => {
  test('starts, tells every step once, evaluates, and leaves an adapter and its story', async () => {
    const { core, datasetId } = await bench();
    const told: RunProgress[] = [];
    core.context.events.listen((event, payload) => {
      if (event === 'runs.progress') told.push(payload as RunProgress);
    });
    const started = await core.call('runs.start', { request: shortRun(datasetId), plan: null });
    expect(started).toMatchObject({ state: 'running', name: 'Short', datasetName: 'All' });
    expect(started.modelName).toBe('starter-model');
    const run = await ended(core, started.id);
    expect(run).toMatchObject({ state: 'done', step: 12, totalSteps: 12, error: null });
    expect(run.result).toMatchObject({ savedStep: 12, isAdapter: true, stoppedEarly: false });
    expect(existsSync(join(run.result?.outputPath ?? '', 'adapter_config.json'))).toBe(true);
    expect(told.flatMap(({ lines }) => lines.map(({ step }) => step))).toEqual(
      Array.from({ length: 12 }, (_, i) => i + 1),
    );
    const phases = new Set(told.map(({ phase }) => phase));
    expect([...phases]).toEqual(['preparing', 'training', 'evaluating']);
    const read = await core.call('runs.read', { runId: run.id });
    expect(read.evaluations.map(({ step }) => step)).toEqual([0, 6, 12]);
    const [answer] = read.evaluations[0]?.answers ?? [];
    expect(answer).toMatchObject({ reference: expect.stringMatching(/^Part: /) as string });
    expect(answer?.question).not.toBe('');
    expect(answer?.itemId).not.toBeNull();
    expect(read.entries.map(({ text }) => text).join('\n')).toMatch(
      /Training began[^]*Held-out loss[^]*Checkpoint of step 12[^]*Done/,
    );
    expect(read.run.plan).toMatchObject({ samples: 13, heldOutSamples: 3, totalSteps: 12 });
    expect(readFileSync(join(run.folder, 'data', 'snapshot.json'), 'utf8')).toContain('"hash"');
    const { known, samples } = await core.call('runs.sampleLosses', { runId: run.id, limit: 100 });
    // 24 turns among 13 samples, and 3 held out that were met three times.
    expect(known).toBeGreaterThan(3);
    const heldOut = samples.filter(({ side }) => side === 'held-out');
    expect(heldOut.map(({ points }) => points.map(({ step }) => step))).toEqual(
      Array.from({ length: 3 }, () => [0, 6, 12]),
    );
    expect(samples.every(({ sampleId, answer }) => sampleId !== null && answer !== '')).toBe(true);
    const order = samples.map(({ verdict }) => verdict === 'learnt');
    expect(order).toEqual(order.toSorted());
    // Pictures pass the tower once for all runs of the project.
    expect(readdirSync(join(core.context.projects.current.cacheDir, 'features'))).toHaveLength(1);
  });

  test('is refused before it leaves a trace when there is nothing to train on', async () => {
    const { core, datasetId } = await bench();
    await core.call('datasets.update', { datasetId, filter: 'rating>=5' });
    const start = core.call('runs.start', { request: shortRun(datasetId), plan: null });
    await expect(start).rejects.toMatchObject({ code: 'runs/nothing-to-train-on' });
    expect(await core.call('runs.list', {})).toEqual([]);
    expect(readdirSync(core.context.projects.current.runsDir)).toEqual([]);
  });

  test('that cannot be is failed with words of the window, and the next one begins', async () => {
    const { core, datasetId } = await bench();
    const settings = {
      ...byShares,
      split: { by: 'shares', train: 100, validation: 0, test: 0, seed: 1 },
    } as const;
    await core.call('datasets.update', { datasetId, settings });
    const wrong = shortRun(datasetId, { patience: 2, evalEvery: 4 });
    const { id } = await core.call('runs.start', { request: wrong, plan: null });
    const right = shortRun(datasetId, { evalEvery: null, length: { by: 'steps', steps: 1 } });
    const second = await core.call('runs.start', { request: right, plan: null });
    expect((await ended(core, second.id)).state).toBe('done');
    const failed = (await core.call('runs.read', { runId: id })).run;
    expect(failed).toMatchObject({ state: 'failed', error: { code: 'training/bad-setting' } });
    expect(JSON.stringify(failed.error)).not.toContain('--');
  });
});

describe('the plan', () => {
  test('opens what the run opens, times steps, and leaves nothing behind', async () => {
    const { core, datasetId } = await bench();
    const notes: string[] = [];
    const plan = await core.call('runs.plan', shortRun(datasetId), ({ note }) => notes.push(note));
    expect(plan).toMatchObject({ samples: 13, heldOutSamples: 3, totalSteps: 12, issues: [] });
    expect(plan.trainedParameters).toBeLessThan(plan.totalParameters);
    expect(plan.memory.totalBytes).toBeLessThan(plan.memoryAvailableBytes);
    expect(plan.measuredPeakBytes).toBeGreaterThan(0);
    expect(plan.time?.seconds).toBeGreaterThan(12 * (plan.time?.stepSeconds ?? Infinity));
    expect(plan.time?.basis).toMatch(
      /worked through on this machine; the run has 12, and 3 evaluations with 2 answers\./,
    );
    expect(notes.at(-1)).toBe('Timing a few steps');
    const { cacheDir } = core.context.projects.current;
    expect(readdirSync(join(cacheDir, 'plans'))).toEqual([]);
    const run = await core.call('runs.start', { request: shortRun(datasetId), plan });
    const end = await ended(core, run.id);
    expect(end.plan?.time).toEqual(plan.time);
  });

  test('says what is wrong with a setting in words of the window', async () => {
    const { core, datasetId } = await bench();
    const request = shortRun(datasetId, { maxLength: 8 });
    await expect(core.call('runs.plan', request)).rejects.toMatchObject({
      code: 'data/sample-too-long',
      hint: expect.stringContaining('Longest sample') as string,
    });
  });
});

describe('going on equals never having stopped', { timeout: 240_000 }, () => {
  test('paused twice, and resumed', async () => {
    const all = await bench();
    const { core, datasetId } = all;
    const whole = await uninterrupted(all);
    const request = shortRun(datasetId, long);
    const { id } = await core.call('runs.start', { request, plan: null });
    for (const step of [3, 12]) {
      await atStep(core, step);
      const paused = ended(core, id, 'paused');
      await core.call('runs.pause', { runId: id });
      const run = await paused;
      expect(run.step).toBeLessThan(steps);
      expect(await checkpointsOf(run.folder).steps()).toContain(run.step);
      expect(run.result).toBeNull();
      await core.call('runs.resume', { runId: id });
    }
    const end = await ended(core, id, 'done');
    expect(await losses(core, id)).toEqual(await losses(core, whole.id));
    expect(await evaluations(core, id)).toEqual(await evaluations(core, whole.id));
    expect(adapter(end)).toBe(adapter(whole));
  });

  test('paused before the first step: it waits, and begins when it is resumed', async () => {
    const { core, datasetId } = await bench();
    const short = shortRun(datasetId, { length: { by: 'steps', steps: 2 } });
    const { id } = await core.call('runs.start', { request: short, plan: null });
    const paused = ended(core, id);
    await core.call('runs.pause', { runId: id });
    expect(await paused).toMatchObject({ state: 'paused', step: 0, result: null });
    await core.call('runs.resume', { runId: id });
    expect(await ended(core, id)).toMatchObject({ state: 'done', step: 2 });
    expect(await losses(core, id)).toHaveLength(2);
  });

  test('paused while held-out samples are answered: says that it waits for them', async () => {
    const { core, datasetId } = await bench();
    const settings = { length: { by: 'steps', steps: 8 }, evalEvery: 2, answersShown: 3 } as const;
    const request = shortRun(datasetId, settings);
    const told: RunProgress[] = [];
    const stop = core.context.events.listen((event, payload) => {
      if (event === 'runs.progress') told.push(payload as RunProgress);
    });
    const { id } = await core.call('runs.start', { request, plan: null });
    await next(core, 'runs.progress', ({ phase, step }) => phase === 'evaluating' && step > 0);
    const paused = ended(core, id);
    await core.call('runs.pause', { runId: id });
    const { state, step } = await paused;
    stop();
    expect(state).toBe('paused');
    const pausing = told.filter(({ phase }) => phase === 'pausing');
    expect(pausing[0]).toMatchObject({ step, isEvaluating: true });
    expect((await evaluations(core, id)).at(-1)?.step).toBe(step);
  });

  test('the training process killed alone: interrupted with its reason, and resumed', async () => {
    const all = await bench();
    const { core, datasetId } = all;
    const whole = await uninterrupted(all);
    const request = shortRun(datasetId, { ...long, saveEvery: 3 });
    const { id } = await core.call('runs.start', { request, plan: null });
    await atStep(core, 7);
    const pid = core.context.workers.training.pid;
    const interrupted = ended(core, id);
    process.kill(pid as number, 'SIGKILL');
    expect(await interrupted).toMatchObject({
      state: 'interrupted',
      error: { code: 'worker/ended', got: expect.stringContaining('SIGKILL') as string },
    });
    await core.call('runs.resume', { runId: id });
    const end = await ended(core, id);
    expect(end.state).toBe('done');
    expect(await losses(core, id)).toEqual(await losses(core, whole.id));
    expect(await evaluations(core, id)).toEqual(await evaluations(core, whole.id));
    expect(adapter(end)).toBe(adapter(whole));
  });

  test('the project closed in the middle: it waits, paused, when it is opened again', async () => {
    const all = await bench();
    const { core, datasetId } = all;
    const whole = await uninterrupted(all);
    const request = shortRun(datasetId, long);
    const { id } = await core.call('runs.start', { request, plan: null });
    await atStep(core, 4);
    const { folder } = core.context.projects.current;
    await core.call('project.close', {});
    await core.call('project.open', { folder });
    const { run } = await core.call('runs.read', { runId: id });
    expect(run.state).toBe('paused');
    expect(await losses(core, id)).toHaveLength(run.step);
    await core.call('runs.resume', { runId: id });
    await ended(core, id);
    expect(await losses(core, id)).toEqual(await losses(core, whole.id));
  });
});

describe('stopping', () => {
  test('with what there is as the result, at work and later', async () => {
    const { core, datasetId } = await bench();
    const request = shortRun(datasetId, { length: { by: 'steps', steps: 200 } });
    const { id } = await core.call('runs.start', { request, plan: null });
    await atStep(core, 3);
    const stopping = ended(core, id);
    await core.call('runs.stop', { runId: id, keep: true });
    const kept = await stopping;
    expect(kept).toMatchObject({ state: 'stopped', result: { stoppedEarly: true } });
    expect(kept.result?.savedStep).toBe(kept.step);

    const other = await core.call('runs.start', { request, plan: null });
    await atStep(core, 3);
    const leaving = ended(core, other.id);
    await core.call('runs.stop', { runId: other.id, keep: false });
    const left = await leaving;
    expect(left).toMatchObject({ state: 'stopped', result: null });
    const finishing = ended(core, other.id);
    await core.call('runs.stop', { runId: other.id, keep: true });
    const finished = await finishing;
    expect(finished).toMatchObject({ state: 'stopped', step: left.step });
    expect(finished.result?.savedStep).toBe(left.step);
  });
});

describe('the queue', () => {
  test('passes over a run that cannot begin', async () => {
    const { core, datasetId } = await bench();
    const short = { length: { by: 'steps', steps: 2 }, evalEvery: null } as const;
    const start = (name: string) =>
      core.call('runs.start', { request: shortRun(datasetId, short, name), plan: null });
    await start('first');
    const [broken, sound] = [await start('broken'), await start('sound')];
    rmSync(join(broken.folder, 'data', 'snapshot.json'));
    expect((await ended(core, sound.id)).state).toBe('done');
    expect((await core.call('runs.read', { runId: broken.id })).run.state).toBe('failed');
  });

  test('works off one run after the other, in the order that a person gives it', async () => {
    const { core, datasetId } = await bench();
    const short = { length: { by: 'steps', steps: 2 }, evalEvery: null } as const;
    const start = (name: string) =>
      core.call('runs.start', { request: shortRun(datasetId, short, name), plan: null });
    const first = await start('first');
    const [second, third, fourth] = [await start('b'), await start('c'), await start('d')];
    expect([second, third, fourth].map((run) => run.queuePlace)).toEqual([1, 2, 3]);
    await core.call('runs.reorder', { runIds: [fourth.id, second.id] });
    await core.call('runs.delete', { runId: third.id });
    const order: number[] = [];
    core.context.events.listen((event, payload) => {
      if (event === 'runs.ended') order.push((payload as Run).id);
    });
    await ended(core, second.id);
    expect(order).toEqual([first.id, fourth.id, second.id]);
    expect((await core.call('runs.list', {})).map(({ state }) => state)).toEqual([
      'done',
      'done',
      'done',
    ]);
  });

  test('waits behind a paused run until something is resumed', async () => {
    const { core, datasetId } = await bench();
    const long = shortRun(datasetId, { length: { by: 'steps', steps: 500 }, evalEvery: null });
    const first = await core.call('runs.start', { request: long, plan: null });
    const second = await core.call('runs.start', { request: shortRun(datasetId), plan: null });
    await atStep(core, 1);
    const paused = ended(core, first.id);
    await core.call('runs.pause', { runId: first.id });
    await paused;
    expect((await core.call('runs.read', { runId: second.id })).run.state).toBe('queued');
    await core.call('runs.resume', { runId: second.id });
    expect((await ended(core, second.id)).state).toBe('done');
  });
});

describe('records', () => {
  test('notes and names are kept, the folder goes with the run', async () => {
    const { core, datasetId } = await bench();
    const request = shortRun(datasetId, { length: { by: 'steps', steps: 1 } });
    const { id } = await core.call('runs.start', { request, plan: null });
    const deletion = core.call('runs.delete', { runId: id });
    await expect(deletion).rejects.toMatchObject({ code: 'runs/not-now' });
    const { folder } = await ended(core, id);
    await core.call('runs.update', { runId: id, name: 'Better', notes: 'rank 4 is enough' });
    expect((await core.call('runs.list', {}))[0]).toMatchObject({
      name: 'Better',
      notes: 'rank 4 is enough',
    });
    await core.call('runs.delete', { runId: id });
    expect(await core.call('runs.list', {})).toEqual([]);
    expect(existsSync(folder)).toBe(false);
    await expect(core.call('runs.read', { runId: id })).rejects.toMatchObject({
      code: 'runs/missing',
    });
  });

  test('of a version that planned without devices read as ever, and resume', async () => {
    const { core, datasetId } = await bench();
    const request = shortRun(datasetId, { length: { by: 'steps', steps: 1 } });
    const plan = await core.call('runs.plan', request);
    const { id } = await core.call('runs.start', { request, plan });
    await ended(core, id);
    const added = ['device', 'fitting', 'choices', 'hostBytes'];
    const without = (key: string, value: unknown): unknown =>
      added.includes(key) ? undefined : value;
    const planJson = JSON.stringify(plan, without);
    for (const key of added) expect(planJson).not.toContain(`"${key}"`);
    updateRun(core.store, id, { planJson, state: 'interrupted' });
    const [run] = await core.call('runs.list', {});
    expect(run?.plan).toEqual({
      ...plan,
      ...{ device: null, fitting: null, choices: [] },
      memory: { ...plan.memory, hostBytes: 0 },
    });
    await core.call('runs.resume', { runId: id });
    expect(await ended(core, id)).toMatchObject({ state: 'done', error: null });
  });
});
