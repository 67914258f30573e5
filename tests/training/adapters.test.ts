/** What adapters hold beside pairs, and where these may stand, on a model whose head is its embedding. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  defaultLoraConfig,
  readPeftAdapter,
  writePeftAdapter,
} from '../../src-main/formats/adapters/peft.ts';
import type { LoraConfig, PeftTensors } from '../../src-main/formats/adapters/peft.ts';
import { loadModel } from '../../src-main/models/load.ts';
import type { LoadedModel } from '../../src-main/models/load.ts';
import { embeddingName } from '../../src-main/models/own-head.ts';
import { ensureDevice, memoryStats, synchronize } from '../../src-main/tensor/device.ts';
import {
  adapterConfig,
  adapterTensors,
  applyPeftAdapter,
  createAdapters,
} from '../../src-main/training/adapters.ts';
import { fixtures } from '../support/fixture-case.ts';
import { runQuietly, temporaryFolder, writeDataset } from './support.ts';

const folder = temporaryFolder();
const tied = join(fixtures, 'interleave', 'checkpoint');
const whole: LoraConfig = {
  ...defaultLoraConfig,
  targetModules: ['gate_proj'],
  modulesToSave: ['embed_tokens'],
};
const embedding = 'model.language_model.embed_tokens';

beforeAll(() => ensureDevice());

afterAll(async () => {
  await synchronize();
  expect(memoryStats().tensors).toBe(0);
});

/** What an adapter with the embedding saved whole holds, the table filled with `value`. */
async function tensorsOf(loaded: LoadedModel, value: number): Promise<PeftTensors[]> {
  createAdapters(loaded, whole, 3);
  const tensors = adapterTensors(loaded, whole);
  return Promise.all(
    tensors.map(async (tensor) => {
      const bytes = await (tensor.data as () => Promise<Uint8Array>)();
      const data = new Uint8Array(tensor.kind === 'full' ? filled(bytes.length, value) : bytes);
      return { ...tensor, data };
    }),
  );
}

const filled = (sizeBytes: number, value: number): ArrayBuffer =>
  new Float32Array(sizeBytes / 4).fill(value).buffer;

/** Applies what is written by `change`, and gives the embedding's first value. */
async function applied(
  name: string,
  change: (tensors: PeftTensors[]) => readonly PeftTensors[],
  config: LoraConfig = whole,
): Promise<number | undefined> {
  const dir = join(folder, name);
  rmSync(dir, { recursive: true, force: true });
  using loaded = await loadModel(tied);
  await writePeftAdapter(dir, config, change(await tensorsOf(loaded, 5)));
  await applyPeftAdapter(loaded, dir);
  return (await loaded.weights.parameters.get(embeddingName)?.value.readFloats())?.[0];
}

test('an embedding that trained is written as the head, too, and so PEFT leaves them alike', async () => {
  const dir = join(folder, 'written');
  using loaded = await loadModel(tied);
  await writePeftAdapter(dir, adapterConfig(loaded, whole), await tensorsOf(loaded, 5));
  const { config, full } = await readPeftAdapter(dir);
  expect(config.modulesToSave).toEqual(['embed_tokens', 'lm_head']);
  expect([...full.keys()]).toEqual(expect.arrayContaining([embeddingName, 'lm_head.weight']));
  expect(adapterConfig(loaded, config)).toEqual(config);
  expect(adapterConfig(loaded, defaultLoraConfig)).toEqual(defaultLoraConfig);
  expect(await applied('alike', (tensors) => tensors)).toBe(5);
});

test('a head that would part from the embedding is refused', async () => {
  const refused = { code: 'training/adapter-unties' };
  const without = (module: string) => (tensors: PeftTensors[]) =>
    tensors.filter((tensor) => tensor.module !== module);
  await expect(applied('embedding', without('lm_head'))).rejects.toMatchObject(refused);
  await expect(applied('head', without(embedding))).rejects.toMatchObject(refused);
  const unlike = (tensors: PeftTensors[]): PeftTensors[] =>
    tensors.map((tensor) => {
      if (tensor.module !== 'lm_head') return tensor;
      const { length } = tensor.data as Uint8Array;
      return { ...tensor, data: new Uint8Array(filled(length, 6)) };
    });
  await expect(applied('unlike', unlike)).rejects.toMatchObject(refused);
});

test('an embedding that PEFT adds unasked takes the place of both', async () => {
  const config = { ...whole, modulesToSave: [] };
  const alone = (tensors: PeftTensors[]): PeftTensors[] =>
    tensors.filter(({ module }) => module !== 'lm_head');
  expect(await applied('resized', alone, config)).toBe(5);
});

test('a pair inside of what the model has no use for is left out', async () => {
  const dir = join(folder, 'unused');
  const config = { ...whole, modulesToSave: [] };
  using loaded = await loadModel(tied);
  const tensors = (await tensorsOf(loaded, 5)).flatMap((tensor) => {
    if (tensor.kind === 'full') return [];
    const inHead = { ...tensor, module: 'model.vision_tower.head.mlp.fc1' };
    return tensor.module.includes('layers.0.') ? [tensor, inHead] : [];
  });
  await writePeftAdapter(dir, config, tensors);
  const { matched, unmatched } = await applyPeftAdapter(loaded, dir);
  expect(matched).toEqual(['model.language_model.layers.0.mlp.gate_proj']);
  expect(unmatched).toEqual([]);
});

test('a pair beside the output head is refused, not left out', async () => {
  const beside = (tensors: PeftTensors[]): PeftTensors[] =>
    tensors.flatMap((tensor) => {
      if (tensor.kind === 'full') return [];
      const data = new Uint8Array((tensor.data as Uint8Array).length);
      return tensor.module.includes('layers.0.')
        ? [{ ...tensor, module: 'lm_head', data }]
        : tensor;
    });
  await expect(applied('beside', beside)).rejects.toMatchObject({
    code: 'training/adapter-place',
    got: 'lm_head',
  });
});

test('an adapter that stands in the projector trains on there, and the projector not as a whole', async () => {
  const initAdapter = join(folder, 'in-projector');
  const outDir = join(folder, 'trained-on');
  const config = { ...defaultLoraConfig, targetModules: ['gate_proj', 'linear_1'] };
  {
    using loaded = await loadModel(tied);
    createAdapters(loaded, config, 3);
    await writePeftAdapter(initAdapter, config, adapterTensors(loaded, config));
  }
  const request = {
    modelDir: tied,
    dataPath: writeDataset('interleave', join(folder, 'data.jsonl')),
    outDir,
    method: 'lora' as const,
    initAdapter,
    parts: ['llm', 'projector'] as const,
    maxSteps: 1,
  };
  await runQuietly(request);
  const trained = await readPeftAdapter(join(outDir, 'adapter'));
  expect(trained.config.modulesToSave).toEqual([]);
  expect(trained.lora.has('model.multi_modal_projector.linear_1')).toBe(true);
  const whole = { ...request, outDir: `${outDir}-whole`, modulesToSave: ['multi_modal_projector'] };
  await expect(runQuietly(whole)).rejects.toMatchObject({
    code: 'training/adapter-mismatch',
    got: 'model.multi_modal_projector.linear_1',
  });
});
