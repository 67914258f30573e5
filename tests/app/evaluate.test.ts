/** Evaluations from the window's commands to the engine and back: scores, slices, stops, votes. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Evaluation, EvaluationRequest } from '../../src-main/ipc/contract/evaluations.ts';
import type { Run } from '../../src-main/ipc/contract/runs.ts';
import { readEvaluationSamples } from '../../src-main/store/evaluations.ts';
import { TestCore } from './conversations-support.ts';
import { byShares, fillLibrary, makeDataset, shortRun } from './runs-support.ts';

const half = {
  ...byShares,
  split: { by: 'shares', train: 50, validation: 50, test: 0, seed: 1 },
} as const;

interface Bench {
  readonly core: TestCore;
  readonly run: Run;
}

/** A project with a run that has learnt a little. */
async function bench(): Promise<Bench> {
  const core = await TestCore.start();
  fillLibrary(core, 24);
  const { id: datasetId } = await makeDataset(core, half);
  const settings = { length: { by: 'steps', steps: 30 }, evalEvery: 30, batchSize: 4 } as const;
  const over = new Promise<Run>((resolve) => {
    core.context.events.listen((event, payload) => {
      if (event === 'runs.ended') resolve(payload as Run);
    });
  });
  await core.call('runs.start', { request: shortRun(datasetId, settings), plan: null });
  const run = await over;
  expect(run).toMatchObject({ state: 'done', error: null });
  return { core, run };
}

const requestFor = (run: Run, more: Partial<EvaluationRequest> = {}): EvaluationRequest => ({
  name: '',
  base: run.request.model,
  tuned: { dir: run.request.model.dir, adapter: run.result?.outputPath ?? '' },
  data: { from: 'run', runId: run.id, split: 'validation' },
  metrics: ['loss', 'exact-match', 'token-f1', 'box-iou'],
  maxNewTokens: 12,
  limit: null,
  ...more,
});

/** When it is no longer at work. */
function settled(core: TestCore, id: number): Promise<Evaluation> {
  return new Promise((resolve) => {
    const stop = core.context.events.listen((event, payload) => {
      const one = payload as Evaluation;
      if (event !== 'evaluations.changed' || one.id !== id) return;
      if (one.state === 'waiting' || one.state === 'running') return;
      stop();
      resolve(one);
    });
  });
}

async function evaluated(core: TestCore, request: EvaluationRequest): Promise<Evaluation> {
  const { id } = await core.call('evaluations.create', request);
  return settled(core, id);
}

const answersOf = (core: TestCore, id: number) =>
  readEvaluationSamples(core.store, id).map(({ baseJson, tunedJson }) => [baseJson, tunedJson]);

async function scoresOnHeldOut({ core, run }: Bench): Promise<Evaluation> {
  const [item] = core.store.all('SELECT item_id FROM sample_items ORDER BY sample_id LIMIT 1');
  core.addBox(Number(item?.['item_id']), core.addLabel('Gear'), [0, 0, 10, 10]);
  const done = await evaluated(core, requestFor(run));
  expect(done).toMatchObject({
    state: 'done',
    error: null,
    name: 'Short against Starter model',
    dataName: 'All, validation',
    ...{ samples: 12, doneBase: 12, doneTuned: 12 },
  });
  const read = await core.call('evaluations.read', { evaluationId: done.id });
  // No known answer has a box, so nothing is measured by boxes.
  expect(read.summary.map(({ metric }) => metric.id)).toEqual(['loss', 'exact-match', 'token-f1']);
  const [loss, exact] = read.summary;
  expect(loss?.n).toBe(12);
  expect(loss?.tuned.value).toBeLessThan(loss?.base.value ?? 0);
  expect(loss?.difference.interval?.high).toBeLessThan(0);
  expect(exact?.tuned.method).toBe('wilson');
  expect(loss?.difference.method).toBe('bootstrap');
  // Held out means held out.
  expect(read).toMatchObject({ seen: 0, faults: 0 });
  expect(read.changes).toEqual({ changed: [], gone: [], isDatasetAnother: false });
  const listed = await core.call('evaluations.list', {});
  expect(listed[0]?.headline).toMatchObject({ metric: { id: 'exact-match' }, n: 12 });
  return done;
}

async function slicesAndLists({ core }: Bench, { id }: Evaluation): Promise<void> {
  const query = { evaluationId: id, metric: 'loss' };
  const slices = await core.call('evaluations.slices', query);
  const seen = slices.map(({ group, name, n }) => `${group} ${name} ${n}`);
  // What all samples share says nothing about some of them.
  expect(seen.filter((words) => !words.startsWith('label'))).toEqual([]);
  const wish = { ...query, outcomes: [], slice: null, text: '', offset: 0, limit: 500 };
  const { total, samples } = await core.call('evaluations.samples', wish);
  expect(total).toBe(12);
  const losses = samples.map(({ tuned }) => tuned?.scores['loss'] ?? NaN);
  expect(losses).toEqual(losses.toSorted((a, b) => b - a));
  const [first] = samples;
  expect(first?.items[0]?.hash).toMatch(/^[0-9a-f]{64}$/);
  expect(first?.references[0]).toMatch(/^Part: /);
  const reference = first?.references[0] ?? '';
  const found = await core.call('evaluations.samples', { ...wish, text: reference.toUpperCase() });
  expect(found.samples.map(({ position }) => position)).toContain(first?.position);
  const worse = await core.call('evaluations.samples', { ...wish, outcomes: ['regressed'] });
  const better = await core.call('evaluations.samples', { ...wish, outcomes: ['fixed'] });
  expect(worse.total + better.total).toBe(12);
  expect(better.total).toBeGreaterThan(worse.total);
}

async function stopsAndGoesOn({ core, run }: Bench, whole: Evaluation): Promise<void> {
  const { id } = await core.call('evaluations.create', requestFor(run));
  const end = settled(core, id);
  const stop = core.context.events.listen((event, payload) => {
    const { kind, done } = payload as { kind?: string; done?: number };
    if (event !== 'jobs.changed' || kind !== 'evaluate' || (done ?? 0) < 2) return;
    stop();
    void core.call('evaluations.stop', { evaluationId: id });
  });
  expect(await end).toMatchObject({ state: 'stopped', error: null });
  const kept = answersOf(core, id);
  const answered = kept.flat().filter((json) => json !== null).length;
  expect(answered).toBeGreaterThanOrEqual(2);
  expect(answered).toBeLessThan(24);
  const again = settled(core, id);
  await core.call('evaluations.resume', { evaluationId: id });
  expect((await again).state).toBe('done');
  const now = answersOf(core, id);
  for (const [i, sides] of kept.entries()) {
    for (const [side, json] of sides.entries())
      if (json !== null) expect(now[i]?.[side]).toBe(json);
  }
  // As if it had never been stopped.
  expect(now).toEqual(answersOf(core, whole.id));
}

async function blindVote({ core }: Bench, { id: evaluationId }: Evaluation): Promise<void> {
  const start = await core.call('evaluations.ballot', { evaluationId });
  expect(start.total + start.alike).toBe(12);
  expect(start).toMatchObject({ done: 0, result: null });
  const rows = readEvaluationSamples(core.store, evaluationId);
  const saidBy = (position: number, side: 'baseJson' | 'tunedJson'): string[] => {
    const json = rows[position]?.[side] ?? '{}';
    return (JSON.parse(json) as { answers: { prediction: string }[] }).answers.map(
      ({ prediction }) => prediction,
    );
  };
  let ballot = start;
  let leftWasBase = 0;
  while (ballot.next !== null) {
    const { position, left } = ballot.next;
    const isBase = JSON.stringify(left) === JSON.stringify(saidBy(position, 'baseJson'));
    leftWasBase += isBase ? 1 : 0;
    // For the tuned model each time but the first, which is a tie.
    const choice = ballot.done === 0 ? 'tie' : isBase ? 'right' : 'left';
    expect(ballot.result).toBeNull();
    ballot = await core.call('evaluations.vote', { evaluationId, position, choice });
    if (ballot.done === 2 && ballot.next !== null) {
      const back = await core.call('evaluations.unvote', { evaluationId });
      expect(back).toMatchObject({ done: 1, next: { position } });
      ballot = await core.call('evaluations.vote', { evaluationId, position, choice });
    }
  }
  expect(leftWasBase).toBeGreaterThan(0);
  expect(leftWasBase).toBeLessThan(start.total);
  const votes = start.total - 1;
  expect(ballot.result).toMatchObject({ base: 0, tuned: votes, ties: 1, open: 0 });
  expect(ballot.result?.winRate?.value).toBe(1);
  expect(ballot.result?.winRate?.interval?.low).toBeLessThan(1);
  const again = await core.call('evaluations.voteAgain', { evaluationId });
  expect(again).toMatchObject({ done: 0, result: null });
  const ended = await core.call('evaluations.endVote', { evaluationId });
  expect(ended.result).toMatchObject({ open: start.total, winRate: null });
}

async function changesOfData({ core }: Bench, { id: evaluationId }: Evaluation): Promise<void> {
  const wish = { evaluationId, metric: 'loss', outcomes: [], slice: null, text: '' };
  const { samples } = await core.call('evaluations.samples', { ...wish, offset: 0, limit: 2 });
  const [edited, removed] = samples;
  core.store.journal.edit('library', 'Edit', (edit) => {
    const turn = core.store.get(
      "SELECT id FROM turns WHERE sample_id = ? AND role = 'assistant'",
      edited?.sampleId ?? 0,
    );
    const content = JSON.stringify([{ type: 'text', text: 'Another part.' }]);
    edit.update('turns', Number(turn?.['id']), { content_json: content });
    edit.delete('samples', removed?.sampleId ?? 0);
  });
  const { changes } = await core.call('evaluations.read', { evaluationId });
  expect(changes.changed).toEqual([edited?.position]);
  expect(changes.gone).toEqual([removed?.position]);
}

async function ofFile({ core, run }: Bench): Promise<void> {
  const trained = join(run.folder, 'data', 'train.jsonl');
  const path = join(core.folder, 'own.jsonl');
  const broken = join(core.folder, 'broken.png');
  writeFileSync(broken, 'no picture');
  const user = { role: 'user', content: [{ type: 'image', path: broken }] };
  const assistant = { role: 'assistant', content: [{ type: 'text', text: 'A part.' }] };
  writeFileSync(path, JSON.stringify({ id: 'lost', messages: [user, assistant] }));
  const lost = await evaluated(core, requestFor(run, { data: { from: 'file', path } }));
  expect(lost).toMatchObject({ state: 'done', error: null });
  const read = await core.call('evaluations.read', { evaluationId: lost.id });
  expect(read).toMatchObject({ faults: 1, summary: [], seen: 0 });
  // What the model learnt from is no proof of anything, and that is said.
  const learnt = { from: 'file', path: trained } as const;
  const known = await evaluated(core, requestFor(run, { data: learnt, limit: 2 }));
  expect(await core.call('evaluations.read', { evaluationId: known.id })).toMatchObject({
    evaluation: { samples: 2 },
    seen: 2,
  });
  await core.call('evaluations.delete', { evaluationId: known.id });
  expect(
    (await core.call('evaluations.list', {})).map(({ evaluation }) => evaluation.id),
  ).not.toContain(known.id);
  const missing = core.call(
    'evaluations.create',
    requestFor(run, { data: { from: 'file', path: '/no' } }),
  );
  await expect(missing).rejects.toMatchObject({ code: 'evaluations/no-file' });
}

test('two models are compared, stopped and resumed, voted on, and the data watched', async () => {
  const own = await bench();
  const whole = await scoresOnHeldOut(own);
  await slicesAndLists(own, whole);
  await stopsAndGoesOn(own, whole);
  await blindVote(own, whole);
  await changesOfData(own, whole);
  await ofFile(own);
}, 180_000);
