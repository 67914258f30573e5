/** How a model came along: evaluations of the same samples, and what changed between two of them. */
import { expect, test } from 'vitest';
import type { MetricFacts } from '../../src-main/ipc/contract/evaluations.ts';
import {
  insertEvaluation,
  insertEvaluationSamples,
  writeSideResult,
} from '../../src-main/store/evaluations.ts';
import { TestCore } from './conversations-support.ts';

const metrics: MetricFacts[] = [
  { id: 'exact-match', title: 'Exact match', kind: 'answer', isBinary: true },
  { id: 'loss', title: 'Loss', kind: 'loss', isBinary: false },
];

/** Asked of each sample by its id; null: not answered. */
type Scores = Readonly<
  Record<number, readonly [right: number, loss: number, tokens: number] | null>
>;

function evaluate(core: TestCore, name: string, createdMs: number, scores: Scores): number {
  const { store } = core;
  const facts = {
    ...{ baseName: 'base', tunedName: name, dataName: 'All', metrics, dataPath: '', dataHash: 'h' },
    ...{ issues: [], dataset: null, trainedPaths: [], headline: null },
  };
  const model = { dir: '/m', adapter: null };
  const request = {
    ...{ name, base: model, tuned: model, data: { from: 'file', path: '/d' }, limit: null },
    ...{ metrics: ['exact-match'], maxNewTokens: 4 },
  };
  const id = insertEvaluation(store, {
    ...{ name, voteSeed: 1, createdMs },
    ...{ requestJson: JSON.stringify(request), factsJson: JSON.stringify(facts) },
  });
  const ids = Object.keys(scores).map(Number);
  const words = { questions: ['?'], references: ['!'], media: [], hasVideo: false };
  insertEvaluationSamples(
    store,
    id,
    ids.map((sampleId) =>
      JSON.stringify({ ...words, key: `k${sampleId}`, sampleId, items: [], slices: [] }),
    ),
  );
  for (const [position, sampleId] of ids.entries()) {
    const score = scores[sampleId];
    if (!score) continue;
    const [right, loss, tokens] = score;
    const side = { answers: [], scores: { 'exact-match': right, loss }, tokens, fault: null };
    writeSideResult(store, id, position, 'tuned', JSON.stringify(side));
  }
  return id;
}

test('evaluations of the same samples are scored on what they share, and compared', async () => {
  const core = await TestCore.start();
  const first = evaluate(core, 'first', 1, {
    1: [0, 2, 1],
    2: [1, 1, 3],
    3: [0, 4, 2],
    9: [1, 9, 1],
  });
  evaluate(core, 'elsewhere', 2, { 77: [1, 0, 1] });
  const unanswered = evaluate(core, 'unanswered', 3, { 1: null });
  const last = evaluate(core, 'last', 4, {
    3: [1, 1, 2],
    1: [0, 1, 1],
    2: [0, 2, 3],
    5: [1, 0, 1],
  });

  const steps = await core.call('evaluations.history', { evaluationId: last });
  expect(steps.map(({ name }) => name)).toEqual(['first', 'last']);
  const scoreOf = (at: number, id: string) =>
    steps[at]?.scores.find(({ metric }) => metric.id === id);
  // Of samples 1, 2 and 3 alone; the loss is a mean over tokens.
  expect(scoreOf(0, 'exact-match')).toMatchObject({ n: 3, value: 1 / 3 });
  expect(scoreOf(0, 'loss')).toMatchObject({ n: 3, value: (2 + 3 + 8) / 6 });
  expect(scoreOf(1, 'exact-match')).toMatchObject({ n: 4, value: 1 / 2 });

  const byAnswers = await core.call('evaluations.since', {
    ...{ evaluationId: last, earlierId: first, metric: 'exact-match' },
  });
  expect(byAnswers).toMatchObject({ fixed: 1, regressed: 1, comparison: { n: 3 } });
  expect(byAnswers.samples.map(({ sampleId, outcome }) => [sampleId, outcome])).toEqual([
    [2, 'regressed'],
    [3, 'fixed'],
  ]);
  expect(byAnswers.samples[0]?.base?.scores['exact-match']).toBe(1);
  expect(
    await core.call('evaluations.since', {
      ...{ evaluationId: last, earlierId: unanswered, metric: 'loss' },
    }),
  ).toMatchObject({ comparison: null, fixed: 0, regressed: 0, samples: [] });
});
