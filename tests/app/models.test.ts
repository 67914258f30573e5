import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { root } from '../../scripts/lib/paths.mjs';
import { memoryNeed } from '../../src-main/app/models/model-facts.ts';
import type { ModelEntry } from '../../src-main/ipc/contract/models.ts';
import { createCore } from '../../src-main/server/core.ts';
import type { Core } from '../../src-main/server/core.ts';
import { writeRandomAdapter } from '../support/tuned-adapter.ts';

const starter = join(root, 'resources', 'starter-model');
const folder = mkdtempSync(join(tmpdir(), 'lensmith-models-'));
const adapter = join(folder, 'inspector');
let core: Core;
let number = 0;
const context = { signal: new AbortController().signal, part: (): undefined => undefined };

beforeAll(() => writeRandomAdapter(starter, adapter));
afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
beforeEach(async () => {
  number += 1;
  core = await start();
});
afterEach(() => core[Symbol.asyncDispose]());

const start = (): Promise<Core> =>
  createCore({ dataDir: join(folder, `data-${number}`), version: 'test', log: () => undefined });
const list = async (): Promise<ModelEntry[]> => core.handlers['models.list']({}, context);
const add = async (dir: string): Promise<ModelEntry> =>
  core.handlers['models.add']({ dir }, context);

describe('the list of models', () => {
  test('begins with the starter model, and learns by itself what is in it', async () => {
    const told = new Promise<void>((resolve) => {
      core.context.events.listen((event) => event === 'models.changed' && resolve());
    });
    expect(await list()).toMatchObject([
      { dir: starter, kind: 'model', name: 'Starter model', origin: 'starter', isMissing: false },
    ]);
    await told;
    expect((await list())[0]).toMatchObject({ modelType: 'llava', error: null });
    expect((await list())[0]?.parameters).toBeGreaterThan(7e6);
  });

  test('keeps what was added over a restart, and finds the model of an adapter', async () => {
    expect(await add(`${adapter}/`)).toMatchObject({
      dir: adapter,
      kind: 'adapter',
      baseDir: starter,
    });
    await core[Symbol.asyncDispose]();
    core = await start();
    expect((await list()).map(({ dir }) => dir)).toEqual([starter, adapter]);
    await core.handlers['models.remove']({ dir: adapter }, context);
    expect((await list()).map(({ dir }) => dir)).toEqual([starter]);
    expect(existsSync(join(adapter, 'adapter_config.json'))).toBe(true);
  });

  test('takes a base from the person, after it was tried', async () => {
    const stray = join(folder, `stray-${number}`);
    cpSync(adapter, stray, { recursive: true });
    const config = join(stray, 'adapter_config.json');
    const fields = JSON.parse(readFileSync(config, 'utf8')) as object;
    writeFileSync(config, JSON.stringify({ ...fields, base_model_name_or_path: 'acme/other' }));
    expect(await add(stray)).toMatchObject({ baseDir: null, baseName: 'acme/other' });
    const setBase = core.handlers['models.setBase'];
    await expect(setBase({ dir: stray, baseDir: folder }, context)).rejects.toThrow();
    expect(await setBase({ dir: stray, baseDir: starter }, context)).toMatchObject({
      baseDir: starter,
    });
  });

  test('refuses what is no model, with the reason, and keeps nothing of it', async () => {
    const empty = join(folder, `empty-${number}`);
    mkdirSync(empty);
    await expect(add(empty)).rejects.toMatchObject({ code: expect.stringMatching(/\//) as string });
    await expect(add('relative/place')).rejects.toMatchObject({ code: 'models/no-folder' });
    expect(await list()).toHaveLength(1);
  });

  test('has what the runs of the open project made', async () => {
    const place = join(folder, `project-${number}`);
    await core.handlers['project.create']({ folder: place, name: 'Runs' }, context);
    core.context.projects.current.store.run(
      `INSERT INTO runs (name, state, folder, request_json, result_json, created_ms, ended_ms, queue_position)
       VALUES ('Second try', 'done', ?, ?, ?, 1, 2, 0)`,
      place,
      JSON.stringify({ request: { model: { dir: starter, adapter: null }, datasetId: 7 } }),
      JSON.stringify({ outputPath: adapter }),
    );
    expect((await list())[1]).toMatchObject({
      ...{ dir: adapter, kind: 'adapter', name: 'Second try', origin: 'run', runId: 1 },
      baseDir: starter,
    });
    await core.handlers['project.close']({}, context);
    expect(await list()).toHaveLength(1);
  });
});

describe('a model', () => {
  test('is looked into with its adapter', async () => {
    const facts = await core.handlers['models.inspect']({ dir: starter, adapter }, context);
    expect(facts.parts.map(({ part }) => part)).toEqual(['vision', 'projector', 'llm']);
    expect(facts.adapter).toMatchObject({ rank: 4, alpha: 8, adaptedModules: 15, unmatched: [] });
    expect(facts.memory.run.verdict).toBe('fits');
    expect(facts.memory.full?.totalBytes).toBeGreaterThan(facts.memory.lora.totalBytes);
  });

  test.each([
    [10, 'fits'],
    [90, 'tight'],
    [101, 'too-large'],
  ] as const)('that needs %i of 100 bytes: %s', (bytes, verdict) => {
    expect(memoryNeed(bytes, 100)).toEqual({ totalBytes: bytes, verdict });
  });

  test('is exported as a job, whose result is the proof', async () => {
    const outDir = join(folder, `merged-${number}`);
    const wish = { dir: starter, adapter, merge: true, outDir, dtype: null };
    const { jobId } = await core.handlers['models.export'](wish, context);
    const job = await ended(jobId);
    expect(job).toMatchObject({ state: 'done', result: { kind: 'merged-model', outDir } });
    expect(existsSync(join(outDir, 'model.safetensors'))).toBe(true);
    const again = await core.handlers['models.export'](wish, context);
    expect(await ended(again.jobId)).toMatchObject({
      state: 'failed',
      error: { code: 'export/output-exists' },
    });
  });
});

async function ended(jobId: string) {
  const find = () => core.context.jobs.list.find(({ id }) => id === jobId);
  if (find()?.state === 'running') {
    await new Promise<void>((resolve) => {
      const stop = core.context.events.listen((event) => {
        if (event !== 'jobs.changed' || find()?.state === 'running') return;
        stop();
        resolve();
      });
    });
  }
  return find();
}
