import { afterAll, beforeAll, expect, test } from 'vitest';
import { openSession } from '../../src-main/app/session/session.ts';
import type { Session } from '../../src-main/app/session/session.ts';
import { evaluateDataset } from '../../src-main/eval/evaluate.ts';
import type { EvaluationSubject } from '../../src-main/eval/asked-sample.ts';
import type { Sample } from '../../src-main/formats/sample.ts';
import { memoryStats, synchronize } from '../../src-main/tensor/device.ts';
import { fixtureCase, sampleOf } from '../support/fixture-case.ts';
import type { FixtureCase } from '../support/fixture-case.ts';

const names = ['single', 'multiturn', 'text_only', 'two_images'] as const;
let session: Session;
let subject: EvaluationSubject;
let goldens: FixtureCase[];
let samples: Sample[];

beforeAll(async () => {
  goldens = await Promise.all(names.map((name) => fixtureCase('llava15', name)));
  samples = goldens.map((golden) => sampleOf(golden));
  session = await openSession((goldens[0] as FixtureCase).checkpoint);
  const { loaded, processor, media, settings } = session;
  subject = { model: loaded.model, processor, media, settings: { ...settings, maxNewTokens: 12 } };
});

afterAll(async () => {
  session[Symbol.dispose]();
  await synchronize();
  expect(memoryStats().tensors).toBe(0);
});

test('the loss is that of the reference, by sample and over all tokens', async () => {
  const { overall, samples: scored } = await evaluateDataset(subject, samples, ['loss']);
  let [sum, tokens] = [0, 0];
  for (const [i, golden] of goldens.entries()) {
    expect(Math.abs((scored[i]?.scores['loss'] ?? NaN) - golden.loss)).toBeLessThan(1e-5);
    const count = golden.labels.slice(1).filter((label) => label !== -100).length;
    expect(scored[i]?.supervisedTokens).toBe(count);
    [sum, tokens] = [sum + golden.loss * count, tokens + count];
  }
  expect(overall['loss']).toBeCloseTo(sum / tokens, 4);
});

test('each assistant message is answered after the true conversation before it', async () => {
  const seen: string[] = [];
  const { overall, samples: scored } = await evaluateDataset(
    subject,
    samples,
    ['token-f1', 'contains'],
    {
      onProgress: (done, total, { id }) => seen.push(`${done}/${total} ${id}`),
    },
  );
  expect(seen).toHaveLength(4);
  expect(seen[1]).toBe('2/4 llava15/multiturn');
  for (const [i, sample] of samples.entries()) {
    const wanted = sample.messages.filter(({ role }) => role === 'assistant');
    expect(scored[i]?.answers).toHaveLength(wanted.length);
    // The golden greedy tokens answer the last message; a stop token may end ours before.
    const golden = goldens[i] as FixtureCase;
    const stop = golden.greedyIds.indexOf(2);
    const ids = stop < 0 ? golden.greedyIds : golden.greedyIds.slice(0, stop);
    const { tokenizer } = session.processor;
    const text = tokenizer.decode(ids, { skipSpecialTokens: true }).trim();
    expect(scored[i]?.answers.at(-1)?.prediction).toBe(text);
  }
  expect(Object.keys(overall)).toEqual(['token-f1', 'contains']);
});

test('a true answer scores 1: the model is asked for what it says itself', async () => {
  const first = samples[2] as Sample;
  const { samples: scored } = await evaluateDataset(subject, [first], ['exact-match']);
  const said = scored[0]?.answers.at(-1)?.prediction ?? '';
  const own = {
    ...first,
    messages: [
      ...first.messages.slice(0, -1),
      { role: 'assistant' as const, content: [{ type: 'text' as const, text: said }] },
    ],
  };
  const { samples: again } = await evaluateDataset(subject, [own], ['exact-match', 'rouge-l']);
  expect(again[0]?.answers.at(-1)?.scores).toEqual({ 'exact-match': 1, 'rouge-l': 1 });
});

test('a sample without an answer is named, and a cancelled evaluation ends', async () => {
  const question = {
    ...(samples[0] as Sample),
    messages: (samples[0] as Sample).messages.slice(0, 1),
  };
  await expect(evaluateDataset(subject, [question], ['loss'])).rejects.toMatchObject({
    code: 'eval/no-answer',
    message: expect.stringContaining('llava15/single') as string,
  });
  await expect(evaluateDataset(subject, [], ['loss'])).rejects.toMatchObject({
    code: 'eval/no-samples',
  });
  const stop = new AbortController();
  const onProgress = (): void => stop.abort();
  const running = evaluateDataset(subject, samples, ['loss'], { onProgress, signal: stop.signal });
  await expect(running).rejects.toMatchObject({ code: 'job/cancelled' });
});
