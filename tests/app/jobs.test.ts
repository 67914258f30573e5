import { describe, expect, it } from 'vitest';
import { EventHub } from '../../src-main/app/core/events.ts';
import { Jobs } from '../../src-main/app/jobs/jobs.ts';
import type { JobContext } from '../../src-main/app/jobs/jobs.ts';
import { LensmithError } from '../../src-main/base/errors.ts';
import type { Job } from '../../src-main/ipc/contract/jobs.ts';

function setUp() {
  const events = new EventHub();
  const told: Job[] = [];
  events.listen((event, payload) => {
    if (event === 'jobs.changed') told.push(payload as Job);
  });
  return { jobs: new Jobs(events, () => Date.now()), told };
}

const request = <T>(run: (context: JobContext) => Promise<T>) => ({
  kind: 'test',
  title: 'Testing',
  canPause: true,
  run,
});

describe('jobs', () => {
  it('tell their states, and the result that windows may see', async () => {
    const { jobs, told } = setUp();
    const { id, end } = jobs.start({
      ...request(async ({ progress }) => {
        progress({ done: 1, total: 2, note: 'one' });
        return { secret: 1, count: 2 };
      }),
      resultFor: ({ count }) => ({ count }),
    });
    expect(await end).toEqual({ secret: 1, count: 2 });
    expect(told.at(0)).toMatchObject({ id, state: 'running', done: 0, total: null });
    expect(told.at(-1)).toMatchObject({
      state: 'done',
      done: 1,
      note: 'one',
      result: { count: 2 },
    });
  });

  it('tell at most ten times a second, and the last state always', async () => {
    const { jobs, told } = setUp();
    const { end } = jobs.start(
      request(async ({ progress }) => {
        for (let done = 0; done < 10_000; done++) progress({ done });
      }),
    );
    await end;
    expect(told.length).toBeLessThan(10);
    expect(told.at(-1)).toMatchObject({ state: 'done', done: 9999 });
  });

  it('pause between steps, go on, and are cancelled while they pause', async () => {
    const { jobs } = setUp();
    let steps = 0;
    const { id, end } = jobs.start(
      request(async ({ checkpoint }) => {
        for (;;) {
          steps++;
          await new Promise((resolve) => setImmediate(resolve));
          await checkpoint();
        }
      }),
    );
    jobs.pause(id);
    await new Promise((resolve) => setTimeout(resolve, 30));
    const paused = steps;
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(steps).toBe(paused);
    jobs.resume(id);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(steps).toBeGreaterThan(paused);
    jobs.pause(id);
    jobs.cancel(id);
    await expect(end).rejects.toMatchObject({ code: 'job/cancelled' });
    expect(jobs.list).toMatchObject([{ state: 'cancelled', error: null }]);
  });

  it('keep why they failed until they are dismissed', async () => {
    const { jobs } = setUp();
    const { id, end } = jobs.start(
      request(async () => {
        throw new LensmithError('test/bad', 'It failed.', { hint: 'Try that.' });
      }),
    );
    await expect(end).rejects.toMatchObject({ code: 'test/bad' });
    expect(jobs.list).toMatchObject([
      { state: 'failed', error: { code: 'test/bad', hint: 'Try that.' } },
    ]);
    jobs.dismiss(id);
    expect(jobs.list).toEqual([]);
    expect(() => jobs.cancel(id)).toThrow(expect.objectContaining({ code: 'job/unknown' }));
  });
});
