/** A run as the worker does it, and when a pause ends it. */
import { afterAll, expect, test } from 'vitest';
import { endTrainingTask, trainTask } from '../../src-main/app/train/train-task.ts';
import type { TrainTaskEvent } from '../../src-main/app/train/train-task.ts';
import { memoryStats, synchronize } from '../../src-main/tensor/device.ts';
import { fixtureRequest, temporaryFolder, writeDataset } from './support.ts';

const folder = temporaryFolder();

afterAll(async () => {
  await synchronize();
  expect(memoryStats().tensors).toBe(0);
});

test('a pause ends the evaluation before the first step, where there is nothing to keep', async () => {
  const request = {
    ...fixtureRequest('llava15', folder, 'lora', 'paused'),
    ...{ maxSteps: 3, evaluateFirst: true, evalAnswers: 1 },
    evalDataPath: writeDataset('llava15', `${folder}/held-out.jsonl`),
  };
  const kindsUntil = async (pauseAt: TrainTaskEvent['kind'] | null, resume: boolean) => {
    const kinds: TrainTaskEvent['kind'][] = [];
    const { signal } = new AbortController();
    const report = (event: TrainTaskEvent): void => {
      kinds.push(event.kind);
      if (event.kind === pauseAt) void endTrainingTask({ runId: 1, how: 'pause' });
    };
    const output = await trainTask(
      { runId: 1, request: { ...request, resume } },
      { signal, report },
    );
    return { kinds, output };
  };
  const first = await kindsUntil('evaluating', false);
  expect(first.output).toEqual({ kind: 'paused', step: 0 });
  expect(first.kinds).not.toContain('evaluation');
  // A step is finished, and kept.
  const second = await kindsUntil('evaluation', true);
  expect(second.output).toEqual({ kind: 'paused', step: 0 });
  const third = await kindsUntil('step', true);
  expect(third.output).toEqual({ kind: 'paused', step: 1 });
  const last = await kindsUntil(null, true);
  expect(last.output).toMatchObject({ kind: 'done', result: { step: 3 } });
});
