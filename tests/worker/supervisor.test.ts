import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Task } from '../../src-main/app/workers/worker-client.ts';
import { packageRoot } from '../../src-main/base/package-root.ts';
import { WorkerSupervisor } from '../../src-main/worker/supervisor.ts';

interface Tasks {
  add: Task<{ a: number; b: number }, never, number>;
  variable: Task<{ name: string }, never, string | undefined>;
  bytes: Task<{ data: Uint8Array }, never, Uint8Array>;
  count: Task<{ to: number }, number, string>;
  wait: Task<object, string, never>;
  die: Task<{ words: string }, never, never>;
  fail: Task<object, never, never>;
}

/** The real end of a worker with tasks of this test; Node strips the types. */
function start(env?: () => NodeJS.ProcessEnv): WorkerSupervisor<Tasks> {
  const folder = mkdtempSync(join(tmpdir(), 'lensmith-worker-'));
  const source = (path: string): string =>
    JSON.stringify(pathToFileURL(join(packageRoot(), 'src-main', path)).href);
  const entry = join(folder, 'worker.mjs');
  writeFileSync(
    entry,
    `import { serveTasks } from ${source('worker/serve-tasks.ts')};
     import { LensmithError, throwIfCancelled } from ${source('base/errors.ts')};
     const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
     serveTasks({
       add: async ({ a, b }) => a + b,
       variable: async ({ name }) => process.env[name],
       bytes: async ({ data }) => data.map((x) => x + 1),
       count: async ({ to }, { report }) => { for (let n = 1; n <= to; n++) report(n); return 'done'; },
       wait: async (_, { signal, report }) => {
         report('waiting');
         for (;;) { throwIfCancelled(signal, 'Waiting'); await pause(5); }
       },
       die: async ({ words }) => { console.error(words); await pause(50); process.kill(process.pid, 'SIGKILL'); await pause(1e6); },
       fail: async () => { throw new LensmithError('test/bad', 'It failed.', { got: 'b', hint: 'c' }); },
     });`,
  );
  const worker = new WorkerSupervisor<Tasks>({
    entry,
    title: 'The test worker',
    ...(env === undefined ? {} : { env }),
  });
  onTestFinished(() => {
    worker.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  return worker;
}

describe('a worker process', () => {
  it('starts with the first task and serves many at once', async () => {
    const worker = start();
    expect(worker.pid).toBeNull();
    const sums = [1, 2, 3].map((a) => worker.run('add', { a, b: 1 }));
    expect(await Promise.all(sums)).toEqual([2, 3, 4]);
    const data = new Uint8Array([1, 2]);
    expect(await worker.run('bytes', { data })).toEqual(new Uint8Array([2, 3]));
  });

  it('reports progress in order, before the answer', async () => {
    const seen: number[] = [];
    const answer = await start().run('count', { to: 3 }, { onProgress: (n) => seen.push(n) });
    expect([answer, seen]).toEqual(['done', [1, 2, 3]]);
  });

  it('hands errors over whole', async () => {
    await expect(start().run('fail', {})).rejects.toMatchObject({
      code: 'test/bad',
      message: 'It failed.',
      got: 'b',
      hint: 'c',
    });
  });

  it('cancels a task and goes on with others', async () => {
    const worker = start();
    const controller = new AbortController();
    const waiting = worker.run(
      'wait',
      {},
      {
        signal: controller.signal,
        onProgress: () => controller.abort(),
      },
    );
    await expect(waiting).rejects.toMatchObject({ code: 'job/cancelled' });
    expect(await worker.run('add', { a: 1, b: 1 })).toBe(2);
  });

  it('says how it ended and what it said last, and starts again', async () => {
    const worker = start();
    await worker.run('add', { a: 1, b: 1 });
    const first = worker.pid;
    await expect(worker.run('die', { words: 'last words' })).rejects.toMatchObject({
      code: 'worker/ended',
      got: 'SIGKILL\nlast words',
    });
    expect(await worker.run('add', { a: 2, b: 2 })).toBe(4);
    expect(worker.pid).not.toBe(first);
  });

  it('does not start for what is cancelled already', async () => {
    const worker = start();
    const signal = AbortSignal.abort();
    await expect(worker.run('add', { a: 1, b: 1 }, { signal })).rejects.toMatchObject({
      code: 'job/cancelled',
    });
    expect(worker.pid).toBeNull();
  });

  it('is renewed when it is at nothing, and then knows what is set', async () => {
    let threads = '1';
    const worker = start(() => ({ LENSMITH_TEST: threads }));
    const variable = (): Promise<string | undefined> =>
      worker.run('variable', { name: 'LENSMITH_TEST' });
    expect(await variable()).toBe('1');
    const first = worker.pid;
    threads = '2';
    const long = worker.run('count', { to: 3 });
    worker.renew();
    expect(await long).toBe('done');
    expect(await variable()).toBe('2');
    expect(worker.pid).not.toBe(first);
    worker.renew();
    expect(worker.pid).toBeNull();
    expect(await variable()).toBe('2');
  });
});
