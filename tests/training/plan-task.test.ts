/** The estimate of a run, where a person does not wait for it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, test } from 'vitest';
import { planTask } from '../../src-main/app/train/plan-task.ts';
import {
  memoryStats,
  setProfiling,
  synchronize,
  takeProfile,
} from '../../src-main/tensor/device.ts';
import { fixtureRequest, temporaryFolder, writeDataset } from './support.ts';

const folder = temporaryFolder();

afterAll(async () => {
  setProfiling(false);
  await synchronize();
  expect(memoryStats().tensors).toBe(0);
});

test('cancelled within a step, it ends before the rest of that step', async () => {
  const request = {
    ...fixtureRequest('llava15', folder, 'full', 'planned'),
    dataPath: writeDataset('llava15', `${folder}/many.jsonl`, 200),
    batchSize: 256,
  };
  const controller = new AbortController();
  const done = new Set<string>();
  const watch = (): void => takeProfile().forEach(({ op }) => done.add(op));
  setProfiling(true);
  const { signal } = controller;
  const outcome = planTask({ request }, { signal, report: () => undefined }).catch(
    (error: unknown) => error,
  );
  // The first op of a step with pictures; what is before it belongs to the opening.
  for (; !done.has('patchify'); watch()) await sleep(1);
  controller.abort();
  expect(await outcome).toMatchObject({ code: 'job/cancelled' });
  watch();
  expect([...done]).not.toContain('adamw');
});
