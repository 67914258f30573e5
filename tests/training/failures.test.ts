/** What goes wrong is said before or when it happens, with what to do about it. */
import { readFileSync, writeFileSync, existsSync, cpSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { runExport } from '../../src-main/app/export/export.ts';
import type { TrainProgress } from '../../src-main/app/train/train.ts';
import type { TrainRequest } from '../../src-main/app/train/train-request.ts';
import { LensmithError } from '../../src-main/base/errors.ts';
import { readSafetensorsHeader } from '../../src-main/formats/weights/safetensors.ts';
import { memoryStats, synchronize } from '../../src-main/tensor/device.ts';
import { checkpointsOf } from '../../src-main/training/training-run.ts';
import { fixtures } from '../support/fixture-case.ts';
import {
  fixtureRequest,
  readLog,
  runQuietly,
  temporaryFolder,
  writeContrary,
  writeDataset,
} from './support.ts';

const folder = temporaryFolder();

afterAll(async () => {
  await synchronize();
  expect(memoryStats().tensors).toBe(0);
});

async function failureOf(request: TrainRequest): Promise<LensmithError> {
  const outcome = await runQuietly(request).catch((error: unknown) => error);
  expect(outcome).toBeInstanceOf(LensmithError);
  return outcome as LensmithError;
}

test('samples too long are named before the first step, and nothing is cut', async () => {
  const request = { ...fixtureRequest('llava15', folder, 'lora', 'long'), maxLength: 60 };
  const error = await failureOf(request);
  expect(error.code).toBe('data/sample-too-long');
  expect(error.got).toContain('sample-1-0: 73 tokens, 1 images');
  expect(error.got).toContain('sample-2-0: 62 tokens');
  expect(error.got).not.toContain('sample-0-0');
  expect(existsSync(join(request.outDir, 'log.jsonl'))).toBe(false);
});

test('samples without an answer are left out aloud; so are records that cannot be read', async () => {
  const base = fixtureRequest('llava15', folder, 'projector', 'partly');
  const dataPath = join(folder, 'partly.jsonl');
  const records = readFileSync(base.dataPath, 'utf8');
  const silent = { id: 'silent', messages: [{ role: 'user', content: 'Anybody?' }] };
  writeFileSync(dataPath, `${records}${JSON.stringify(silent)}\n{"messages": 7}\n`);
  const events: TrainProgress[] = [];
  const outcome = await runQuietly(
    { ...base, dataPath, maxSteps: 1 },
    { onProgress: (event) => events.push(event) },
  );
  expect(outcome.plan).toMatchObject({ samples: 4, unsupervised: ['silent'] });
  expect(outcome.plan.issues).toMatchObject([{ line: 6 }]);
  expect(events.map(({ kind }) => kind).filter((kind) => kind === 'plan')).toHaveLength(1);
});

test('a warm-up as long as the run is worth a note, a shorter one is not', async () => {
  const base = { ...fixtureRequest('llava15', folder, 'lora', 'warm'), overwrite: true };
  const notes = async (warmupSteps: number) =>
    (await runQuietly({ ...base, maxSteps: 2, warmupSteps })).plan.notes;
  expect(await notes(2)).toMatchObject([expect.stringContaining('warm-up of 2 steps')]);
  expect(await notes(1)).toEqual([]);
});

test('nothing to learn from is an error', async () => {
  const dataPath = join(folder, 'silent.jsonl');
  writeFileSync(dataPath, '{"messages": [{"role": "user", "content": "Anybody?"}]}\n');
  const request = { ...fixtureRequest('llava15', folder, 'lora', 'silent'), dataPath };
  expect((await failureOf(request)).code).toBe('data/no-samples');
});

test('a file of faulty records alone says what is wrong with them', async () => {
  const dataPath = join(folder, 'faulty.jsonl');
  const record = { messages: [{ role: 'user', content: [{ type: 'image', path: 'none.png' }] }] };
  writeFileSync(dataPath, `${JSON.stringify(record)}\n{"messages": 7}\n`);
  const error = await failureOf({
    ...fixtureRequest('llava15', folder, 'lora', 'faulty'),
    dataPath,
  });
  expect(error).toMatchObject({ code: 'data/no-samples' });
  expect(error.got).toMatch(/2 faulty ones\n {2}line 1: .*none\.png\n {2}line 2: /);
});

test('texts alone teach a projector nothing', async () => {
  const dataPath = join(folder, 'texts.jsonl');
  const turns = ['user', 'assistant'].map((role) => ({ role, content: 'Hello.' }));
  writeFileSync(dataPath, `${JSON.stringify({ messages: turns })}\n`);
  const request = { ...fixtureRequest('llava15', folder, 'projector', 'texts'), dataPath };
  expect(await failureOf(request)).toMatchObject({ code: 'training/no-images' });
  const llm = { ...request, parts: ['projector', 'llm'] as const, maxSteps: 1 };
  expect((await runQuietly(llm)).steps).toBe(1);
});

test('settings that would do nothing are refused', async () => {
  const request = fixtureRequest('llava15', folder, 'lora', 'idle');
  const idle: Partial<TrainRequest>[] = [
    { learningRateVision: 1e-5 },
    { learningRateProjector: 1e-5 },
    { evalEvery: 1 },
    { evalAnswers: 1 },
    { patience: 1 },
    { keep: 'best' },
  ];
  for (const settings of idle) {
    const error = await failureOf({ ...request, ...settings });
    expect(error).toMatchObject({ code: 'training/bad-setting', hint: expect.any(String) });
  }
  expect(existsSync(request.outDir)).toBe(false);
});

test('names that are not there are refused beside others; a projector alone takes adapters', async () => {
  const base = { ...fixtureRequest('llava15', folder, 'lora', 'names'), initAdapter: undefined };
  const misspelt: Partial<TrainRequest>[] = [
    { targetModules: ['q_proj', 'vproj'] },
    { targetModules: ['q_proj', 'out_proj'] },
    { modulesToSave: ['lm_head', 'nonsense'] },
  ];
  for (const settings of misspelt) {
    const error = await failureOf({ ...base, ...settings });
    expect(error.code).toMatch(/^training\/(no-targets|bad-setting)$/);
    expect(error.got).toMatch(/^(vproj|out_proj|nonsense)$/);
  }
  const both = { targetModules: ['q_proj', 'out_proj'], parts: ['vision', 'llm'] as const };
  const projector = { parts: ['projector'] as const, rank: 2, overwrite: true };
  expect((await runQuietly({ ...base, ...both, maxSteps: 1 })).steps).toBe(1);
  const { plan } = await runQuietly({ ...base, ...projector, maxSteps: 1 });
  // A and B of linear_1 (48 → 64) and linear_2 (64 → 64).
  expect(plan.trainedParameters).toBe(2 * (48 + 64) + 2 * (64 + 64));
});

test('a sample with a torn picture is left out aloud; with no other there is nothing to learn', async () => {
  const base = fixtureRequest('llava15', folder, 'lora', 'cut');
  const dataPath = join(folder, 'cut.jsonl');
  const whole = readFileSync(join(fixtures, 'llava15', 'images', 'wide.png'));
  writeFileSync(join(folder, 'cut.png'), whole.subarray(0, 200));
  const content = [
    { type: 'image', path: 'cut.png' },
    { type: 'text', text: 'What?' },
  ];
  const turns = [
    { role: 'user', content },
    { role: 'assistant', content: 'This.' },
  ];
  const torn = JSON.stringify({ id: 'torn', messages: turns });
  writeFileSync(dataPath, `${torn}\n${readFileSync(base.dataPath, 'utf8')}`);
  const { plan } = await runQuietly({ ...base, dataPath, maxSteps: 1 });
  expect(plan).toMatchObject({ samples: 4, issues: [{ line: 1, code: 'media/image-broken' }] });
  expect(plan.issues[0]?.message).toMatch(/^torn: .*cut\.png/);
  writeFileSync(dataPath, `${torn}\n`);
  const error = await failureOf({ ...base, dataPath, overwrite: true });
  expect(error).toMatchObject({ code: 'data/no-samples' });
  expect(error.got).toContain('line 1: torn');
});

test('a place for features that is none is an error with advice', async () => {
  const featureCache = join(folder, 'no-folder');
  writeFileSync(featureCache, '');
  const request = { ...fixtureRequest('llava15', folder, 'lora', 'cache'), featureCache };
  expect(await failureOf(request)).toMatchObject({ code: 'io/not-writable' });
});

/** The fixture's model with one weight replaced by what is no number. */
async function brokenModel(weight: string): Promise<string> {
  const dir = join(folder, 'broken');
  cpSync(join(fixtures, 'llava15', 'checkpoint'), dir, { recursive: true });
  const path = join(dir, 'model.safetensors');
  const entry = (await readSafetensorsHeader(path)).tensors.get(weight);
  const bytes = readFileSync(path);
  bytes.writeFloatLE(NaN, entry?.byteOffset as number);
  writeFileSync(path, bytes);
  return dir;
}

test('a loss that is no number stops the run, naming step and samples', async () => {
  // Only a picture passes through the projector: the sample without one stays finite.
  const modelDir = await brokenModel('multi_modal_projector.linear_2.bias');
  const request = {
    ...fixtureRequest('llava15', folder, 'projector', 'nan'),
    modelDir,
    batchSize: 4,
  };
  const error = await failureOf(request);
  expect(error.code).toBe('training/not-finite');
  expect(error.message).toContain('step 1');
  expect(error.got).toContain('loss NaN');
  expect(error.got).toContain('not finite in: sample-0-0, sample-1-0, sample-2-0');
  expect(error.got).not.toContain('sample-3-0');
  expect(await checkpointsOf(request.outDir).steps()).toEqual([]);
});

test('an absurd learning rate ends with a diagnosis, not with spoilt checkpoints', async () => {
  const request = {
    ...fixtureRequest('llava15', folder, 'full', 'absurd'),
    learningRate: 1e3,
    maxGradNorm: 0,
    maxSteps: 60,
    saveEvery: 1,
  };
  const error = await failureOf(request);
  expect(['training/not-finite', 'training/diverged']).toContain(error.code);
  expect(error.hint).toMatch(/learning rate/);
  const steps = await checkpointsOf(request.outDir).steps();
  expect(steps.at(-1)).toBe(readLog(join(request.outDir, 'log.jsonl')).length);
});

test('out of memory says what would fit, and that does fit', async () => {
  const base = {
    ...fixtureRequest('llava15', folder, 'lora', 'memory'),
    dataPath: writeDataset('llava15', join(folder, 'many.jsonl'), 16),
    maxSteps: 1,
    featureCache: 'off',
  };
  const memoryLimitBytes = 16 * 2 ** 20;
  const error = await failureOf({ ...base, batchSize: 64, memoryLimitBytes });
  expect(error.code).toBe('memory/out-of-memory');
  const advice = /--batch-size (\d+) --gradient-accumulation (\d+)(?: --recompute (on|\d+))?/.exec(
    error.hint ?? '',
  );
  const [batchSize, gradientAccumulation] = [Number(advice?.[1]), Number(advice?.[2])];
  expect(batchSize * gradientAccumulation).toBe(64);
  const recompute = advice?.[3] === 'on' || Number(advice?.[3] ?? 0);
  const outDir = `${base.outDir}-advised`;
  const outcome = await runQuietly({
    ...base,
    outDir,
    batchSize,
    gradientAccumulation,
    recompute,
    memoryLimitBytes,
  });
  expect(outcome.steps).toBe(1);
});

test('adapters keep to the parts that train', async () => {
  const base = { ...fixtureRequest('llava15', folder, 'lora', 'targets'), initAdapter: undefined };
  const keysOf = async (name: string, request: Partial<TrainRequest>): Promise<string[]> => {
    const outDir = join(folder, `targets-${name}`);
    const outcome = await runQuietly({ ...base, maxSteps: 1, rank: 2, ...request, outDir });
    const file = join(outcome.outputPath, 'adapter_model.safetensors');
    return [...(await readSafetensorsHeader(file)).tensors.keys()];
  };
  const all = await keysOf('default', {});
  expect(all).toHaveLength(2 * 7 * 2);
  expect(all.every((key) => key.includes('language_model.layers'))).toBe(true);
  const named = await keysOf('named', { targetModules: ['q_proj'] });
  expect(named).toHaveLength(4);
  const pattern = await keysOf('pattern', { targetModules: '.*\\.(q_proj|v_proj)' });
  expect(pattern).toHaveLength(8);
  expect(pattern.some((key) => key.includes('vision_tower'))).toBe(false);
  const both = await keysOf('both', {
    parts: ['vision', 'projector', 'llm'],
    targetModules: ['q_proj'],
    targetModulesVision: ['fc1'],
  });
  const count = (text: string): number => both.filter((key) => key.includes(text)).length;
  expect([count('q_proj'), count('fc1'), count('multi_modal_projector')]).toEqual([4, 6, 4]);
  expect(both).toContain('base_model.model.model.multi_modal_projector.linear_1.weight');
  const config = JSON.parse(
    readFileSync(join(folder, 'targets-both', 'adapter', 'adapter_config.json'), 'utf8'),
  ) as Record<string, unknown>;
  expect(config).toMatchObject({ r: 2, lora_alpha: 4, modules_to_save: ['multi_modal_projector'] });
  // Modules saved whole come back with the adapter: the export compares them by what they compute.
  const adapterDir = join(folder, 'targets-both', 'adapter');
  const outDir = join(folder, 'targets-merged');
  const merged = await runExport({ modelDir: base.modelDir, adapterDir, merge: true, outDir });
  expect(merged.adaptedModules).toBe(5);
  const missing = { ...base, targetModules: ['qkv_proj'], outDir: join(folder, 'targets-none') };
  expect(await failureOf(missing)).toMatchObject({ code: 'training/no-targets' });
});

test('each part has its own learning rate; a rate of 0 changes nothing', async () => {
  const request = {
    ...fixtureRequest('llava15', folder, 'full', 'rates'),
    maxSteps: 1,
    learningRateVision: 0,
    weightDecay: 0,
  };
  const outcome = await runQuietly(request);
  const read = async (dir: string, name: string): Promise<Buffer> => {
    const path = join(dir, 'model.safetensors');
    const header = await readSafetensorsHeader(path);
    const entry = header.tensors.get(name) ?? header.tensors.get(name.replace('.vision_model', ''));
    const { byteOffset, sizeBytes } = entry as { byteOffset: number; sizeBytes: number };
    return readFileSync(path).subarray(byteOffset, byteOffset + sizeBytes);
  };
  const same = async (name: string): Promise<boolean> =>
    (await read(outcome.outputPath, name)).equals(await read(request.modelDir, name));
  expect(await same('vision_tower.vision_model.encoder.layers.0.mlp.fc1.weight')).toBe(true);
  expect(await same('multi_modal_projector.linear_1.weight')).toBe(false);
  expect(await same('language_model.model.norm.weight')).toBe(false);
});

test('patience ends a run that no longer improves, and leaves its best weights', async () => {
  const outcome = await runQuietly({
    ...fixtureRequest('llava15', folder, 'full', 'patience'),
    learningRate: 2e-3,
    maxSteps: 40,
    evalEvery: 1,
    evalAnswers: 1,
    patience: 2,
    evalDataPath: writeContrary('llava15', join(folder, 'patience.jsonl')),
  });
  expect(outcome.stoppedEarly).toBe(true);
  expect(outcome.steps).toBe((outcome.best?.step as number) + 2);
  expect(outcome.savedStep).toBe(outcome.best?.step);
});

test('settings that would be ignored are refused', async () => {
  const request = { ...fixtureRequest('llava15', folder, 'projector', 'foreign'), rank: 8 };
  expect(await failureOf(request)).toMatchObject({ code: 'training/bad-setting' });
});
