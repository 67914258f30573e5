/** Weights that are made here: merged, assembled, trained; what they say of themselves; their end. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { describe, expect, test, vi } from 'vitest';
import { root } from '../../scripts/lib/paths.mjs';
import type { Lineage } from '../../src-main/ipc/contract/lineage.ts';
import { quantizeResult } from '../../src-main/ipc/contract/models.ts';
import type { Run } from '../../src-main/ipc/contract/runs.ts';
import { writeLanguageFolder, writeVisionFolder } from '../support/model-parts.ts';
import { writeRandomAdapter } from '../support/tuned-adapter.ts';
import { TestCore } from './conversations-support.ts';
import { fillLibrary, makeDataset, shortRun } from './runs-support.ts';

// A run among it, with its process.
vi.setConfig({ testTimeout: 180_000 });

const starter = join(root, 'resources', 'starter-model');

async function withAdapter(): Promise<{ core: TestCore; adapter: string }> {
  const core = await TestCore.start();
  const adapter = join(core.folder, 'inspector');
  await writeRandomAdapter(starter, adapter);
  await core.call('models.add', { dir: adapter });
  return { core, adapter };
}

const lineage = (core: TestCore, dir: string): Promise<Lineage> =>
  core.call('models.lineage', { dir });

const names = async (core: TestCore): Promise<string[]> =>
  (await core.call('models.list', {})).map(({ name }) => name);

describe('a merged model', () => {
  test('is listed, knows what it is made of, and is deleted with its own files alone', async () => {
    const { core, adapter } = await withAdapter();
    const outDir = join(core.folder, 'merged-inspector');
    const wish = { dir: starter, adapter, merge: true, outDir };
    const { jobId } = await core.call('models.export', wish);
    expect(await core.finished(jobId)).toMatchObject({ state: 'done' });
    expect(await names(core)).toContain('merged-inspector');
    const known = await lineage(core, outDir);
    expect(known.file).toMatchObject({ made: 'merged', training: null });
    expect(known.file?.sources.map(({ role, dir }) => [role, dir])).toEqual([
      ['base', starter],
      ['adapter', adapter],
    ]);
    expect(known.sources.map(({ state }) => state)).toEqual(['same', 'same']);
    expect((await lineage(core, adapter)).made).toEqual([
      { dir: outDir, name: 'merged-inspector', how: 'merged' },
    ]);

    const config = join(adapter, 'adapter_config.json');
    writeFileSync(
      config,
      readFileSync(config, 'utf8').replace('"lora_alpha": 8', '"lora_alpha": 9'),
    );
    expect((await lineage(core, outDir)).sources.map(({ state }) => state)).toEqual([
      'same',
      'changed',
    ]);

    writeFileSync(join(outDir, 'my-notes.txt'), 'keep me');
    const doomed = await core.call('models.created', { dir: outDir });
    expect(doomed.others).toEqual(['my-notes.txt']);
    expect(doomed.sizeBytes).toBeGreaterThan(15e6);
    await core.call('models.delete', { dir: outDir });
    expect(await names(core)).not.toContain('merged-inspector');
    expect(existsSync(join(outDir, 'model.safetensors'))).toBe(false);
    expect(readFileSync(join(outDir, 'my-notes.txt'), 'utf8')).toBe('keep me');
  });

  test('that is cancelled leaves nothing; what was not made here is never deleted', async () => {
    const { core, adapter } = await withAdapter();
    const outDir = join(core.folder, 'never');
    const wish = { dir: starter, adapter, merge: true, outDir };
    const { jobId } = await core.call('models.export', wish);
    await core.call('jobs.cancel', { jobId });
    expect(await core.finished(jobId)).toMatchObject({ state: 'cancelled' });
    expect(existsSync(outDir)).toBe(false);
    await expect(core.call('models.delete', { dir: adapter })).rejects.toMatchObject({
      code: 'models/not-ours',
    });
    expect(existsSync(join(adapter, 'adapter_config.json'))).toBe(true);
  });
});

describe('a quantised model', () => {
  test('is listed, knows what it was made from, says what it cost, and is not quantised again', async () => {
    const core = await TestCore.start();
    const outDir = join(core.folder, 'starter-nf4');
    const wish = { dir: starter, outDir, format: 'nf4' } as const;
    const { jobId } = await core.call('models.quantize', wish);
    const job = await core.finished(jobId);
    expect(job).toMatchObject({ state: 'done', result: { format: 'nf4', quantizedWeights: 35 } });
    const { bytesBefore, bytesAfter } = v.parse(quantizeResult, job.result);
    expect(bytesAfter).toBeLessThan(0.7 * bytesBefore);
    expect(await names(core)).toContain('starter-nf4');
    expect((await lineage(core, outDir)).file).toMatchObject({
      made: 'quantized',
      sources: [{ role: 'base', dir: starter }],
    });
    const facts = await core.call('models.inspect', { dir: outDir });
    expect(facts.dtypes).toHaveProperty('NF4');
    expect(facts.memory.full).toBeNull();
    // What the status bar tells of it is what it takes.
    const { engine } = core.context.workers;
    await engine.run('generate', {
      model: { dir: outDir, adapter: null },
      messages: [{ role: 'user', content: [{ type: 'text', text: 'What?' }] }],
      settings: { maxNewTokens: 1, greedy: true },
    });
    const [loaded] = await core.call('models.loaded', {});
    expect(loaded?.name).toBe('starter-nf4');
    expect(loaded?.sizeBytes).toBeGreaterThan(0.9 * bytesAfter);
    expect(loaded?.sizeBytes).toBeLessThanOrEqual(bytesAfter);
    const twice = { dir: outDir, outDir: join(core.folder, 'twice'), format: 'int8' } as const;
    const again = await core.call('models.quantize', twice);
    expect(await core.finished(again.jobId)).toMatchObject({
      state: 'failed',
      error: { code: 'quantize/done-already' },
    });
    await core.call('models.delete', { dir: outDir });
    expect(existsSync(outDir)).toBe(false);
  });
});

describe('an assembled model', () => {
  test('is told before it is written, learns to see, and the run tells what it learned from', async () => {
    const core = await TestCore.start();
    const places = ['tower', 'speaker', 'assembled'].map((name) => join(core.folder, name));
    const [visionDir, languageDir, outDir] = places as [string, string, string];
    await writeVisionFolder(starter, visionDir);
    await writeLanguageFolder(starter, languageDir);
    const request = { visionDir, languageDir, outDir, projector: 'mlp2x_gelu' as const, seed: 3 };

    const half = await core.call('models.assemblePlan', { ...request, languageDir: null });
    expect(half.vision.facts).toMatchObject({ hiddenSize: 256, imageSizePx: 72 });
    expect(half.whole).toBeNull();
    const swapped = await core.call('models.assemblePlan', {
      ...request,
      visionDir: languageDir,
    });
    expect(swapped.vision.error?.code).toBe('models/unsupported');
    const plan = await core.call('models.assemblePlan', request);
    expect(plan.error).toBeNull();
    expect(plan.language.facts).toMatchObject({ type: 'llama', hiddenSize: 256 });
    expect(plan.whole).toMatchObject({
      projector: { inputSize: 256, outputSize: 256, parameters: 2 * (256 * 256 + 256) },
      imageToken: { text: '<image>', id: 3, isNew: false },
      tokensPerImage: 36,
      newRows: 0,
      dtype: 'bf16',
    });
    expect(existsSync(outDir)).toBe(false);

    const { jobId } = await core.call('models.assemble', request);
    expect(await core.finished(jobId)).toMatchObject({ state: 'done', result: { outDir } });
    expect(await names(core)).toContain('assembled');
    expect((await lineage(core, outDir)).file?.sources.map(({ role }) => role)).toEqual([
      'vision',
      'language',
    ]);
    const taken = await core.call('models.assemblePlan', request);
    expect(taken.error?.code).toBe('compose/output-exists');

    fillLibrary(core, 16);
    const { id: datasetId } = await makeDataset(core);
    const settings = { parts: ['projector' as const], batchSize: 2, learningRate: 1e-2 };
    const asked = shortRun(
      datasetId,
      { ...settings, length: { by: 'steps', steps: 14 }, evalEvery: 7 },
      'Align',
    );
    const over = nextEnd(core);
    const { id: runId } = await core.call('runs.start', {
      request: { ...asked, model: { dir: outDir, adapter: null }, method: 'projector' },
      plan: null,
    });
    const run = await over;
    expect(run).toMatchObject({ state: 'done' });
    const { evaluations } = await core.call('runs.read', { runId });
    const losses = evaluations.map(({ loss }) => loss);
    expect(losses.at(-1)).toBeLessThan((losses[0] ?? 0) - 0.3);

    const trained = await lineage(core, run.result?.outputPath ?? '');
    expect(trained).toMatchObject({ runId, datasetId, sources: [{ dir: outDir, state: 'same' }] });
    expect(trained.file?.training).toMatchObject({
      runName: 'Align',
      method: 'projector',
      data: { name: 'All', train: expect.any(Number) as number },
    });
    expect(trained.file?.training?.data.hash).toMatch(/^[0-9a-f]{64}$/);
    expect(trained.file?.training?.scores.map(({ name }) => name)).toContain('heldOutLast');
  });
});

function nextEnd(core: TestCore): Promise<Run> {
  return new Promise((resolve) => {
    const stop = core.context.events.listen((event, payload) => {
      if (event !== 'runs.ended') return;
      stop();
      resolve(payload as Run);
    });
  });
}

describe('the engine', () => {
  test('says which models it holds, and lets go of one that is deleted', async () => {
    const { core, adapter } = await withAdapter();
    expect(await core.call('models.loaded', {})).toEqual([]);
    const { id: chatId } = await core.call('chat.create', { base: { dir: starter, adapter } });
    const answered = new Promise<void>((resolve) => {
      core.context.events.listen((event) => {
        if (event !== 'chat.changed') return;
        void core.call('chat.read', { chatId }).then(({ turns }) => {
          if (turns[0]?.answers[0]?.state === 'done') resolve();
        });
      });
    });
    const content = [{ type: 'text' as const, text: 'What is it?' }];
    await core.call('chat.ask', { chatId, afterTurnId: null, content });
    await answered;
    expect(await core.call('models.loaded', {})).toMatchObject([
      { model: { dir: starter, adapter }, name: 'inspector', device: 'cpu' },
    ]);
  });
});

test('a device that is not there is no fault of a folder', async () => {
  const core = await TestCore.start();
  const entry = async () =>
    (await core.call('models.list', {})).find(({ origin }) => origin === 'starter');
  await core.call('settings.write', { device: 'vulkan:99' });
  await entry();
  // Looked into after the list had it looked into.
  await expect(core.call('models.inspect', { dir: starter })).rejects.toMatchObject({
    code: expect.stringMatching(/^device\//) as string,
  });
  expect(await entry()).toMatchObject({ error: null, modelType: null });
  await core.call('settings.write', { device: 'cpu' });
  await expect.poll(entry, { timeout: 60_000 }).toMatchObject({ error: null, modelType: 'llava' });
});
