import { expect, it } from 'vitest';
import type { RunPlan } from '../../src-main/ipc/contract/runs.ts';
import { runTime } from '../../src-renderer/features/train/run-time.ts';

const plan = { time: { seconds: 30, basis: 'Measured' } } as unknown as RunPlan;

it('tells of a run at work what its steps and the estimate say', () => {
  const run = { state: 'running', seconds: 20, plan } as const;
  expect(runTime(run, null)).toMatchObject({ seconds: 30, isMeasured: false, note: 'Measured' });
  expect(runTime(run, { secondsLeft: 50 })).toEqual({
    ...{ seconds: 70, isMeasured: false },
    note: 'From the steps so far; the estimate before the start was 30 s.',
  });
  expect(runTime({ ...run, plan: null }, { secondsLeft: 50 }).note).toBe('From the steps so far.');
});

it('tells of one that is over how long it took', () => {
  expect(runTime({ state: 'done', seconds: 85, plan }, null)).toEqual({
    ...{ seconds: 85, isMeasured: true },
    note: 'The estimate before the start was 30 s.',
  });
  expect(runTime({ state: 'stopped', seconds: 3, plan: null }, null)).toMatchObject({
    ...{ seconds: 3, isMeasured: true },
    note: 'Nothing was estimated before the start.',
  });
});
