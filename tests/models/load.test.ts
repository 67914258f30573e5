import { rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LensmithError } from '../../src-main/base/errors.ts';
import { writeShardedSafetensors } from '../../src-main/formats/weights/checkpoint-folder.ts';
import type { SafetensorsSource } from '../../src-main/formats/weights/safetensors.ts';
import { loadModel } from '../../src-main/models/load.ts';
import type { LoadOptions, LoadedModel } from '../../src-main/models/load.ts';
import { packSequences } from '../../src-main/nn/sequence.ts';
import { ensureDevice, memoryStats, synchronize } from '../../src-main/tensor/device.ts';
import { scoped } from '../../src-main/tensor/scope.ts';
import { Tensor } from '../../src-main/tensor/tensor.ts';
import { fixtureCase, largestDifference } from '../support/fixture-case.ts';
import type { FixtureCase } from '../support/fixture-case.ts';
import { copyModelFolder, readTensors, toBf16, variantFolder } from '../support/model-folder.ts';

const folders: string[] = [];
const goldens = new Map<string, FixtureCase>();

beforeAll(async () => {
  ensureDevice();
  for (const family of ['llava15', 'interleave'])
    goldens.set(family, await fixtureCase(family, 'single'));
});

afterAll(async () => {
  for (const folder of folders) rmSync(dirname(folder), { recursive: true, force: true });
  await synchronize();
  expect(memoryStats().tensors).toBe(0);
});

function goldenOf(family: string): FixtureCase {
  return goldens.get(family) as FixtureCase;
}

async function variant(
  family: string,
  change: (tensors: SafetensorsSource[]) => SafetensorsSource[],
): Promise<string> {
  const folder = await variantFolder(goldenOf(family).checkpoint, change);
  folders.push(folder);
  return folder;
}

async function logitsOf(loaded: LoadedModel, golden: FixtureCase): Promise<Float32Array> {
  const { model } = loaded;
  const side = model.visionTower.imageSize;
  const values = await golden.tensor('in.pixel_values');
  using logits = scoped(() => {
    const pixels = Tensor.from(values, [values.length / (3 * side * side), 3, side, side]);
    const inputIds = Int32Array.from(golden.inputIds);
    using sequences = packSequences([inputIds.length]);
    return model.logits(
      model.hidden({ inputIds, sequences, features: model.visionFeatures(pixels) }),
    );
  });
  return logits.readFloats();
}

async function logitsFrom(
  folder: string,
  family: string,
  options?: LoadOptions,
): Promise<Float32Array> {
  using loaded = await loadModel(folder, options);
  return await logitsOf(loaded, goldenOf(family));
}

/** Names of other generations than the fixtures', which have none of `vision_model`. */
const dialects: readonly [string, (name: string) => string][] = [
  [
    'newer',
    (name) =>
      name
        .replace(/^language_model\.lm_head\./, 'lm_head.')
        .replace(/^language_model\.model\./, 'model.language_model.')
        .replace(/^(vision_tower|multi_modal_projector)\./, 'model.$1.'),
  ],
  [
    'older',
    (name) => name.replace(/^vision_tower\.(?!vision_model)/, 'vision_tower.vision_model.'),
  ],
  [
    'newer with vision_model',
    (name) =>
      name
        .replace(/^language_model\.lm_head\./, 'lm_head.')
        .replace(/^language_model\.model\./, 'model.language_model.')
        .replace(/^multi_modal_projector\./, 'model.multi_modal_projector.')
        .replace(/^vision_tower\.(?:vision_model\.)?/, 'model.vision_tower.vision_model.'),
  ],
];

describe.each(['llava15', 'interleave'])('%s', (family) => {
  test.each(dialects)('%s names', async (_, rename) => {
    const folder = await variant(family, (tensors) =>
      tensors.map((tensor) => ({ ...tensor, name: rename(tensor.name) })),
    );
    const wanted = await goldenOf(family).tensor('out.logits');
    expect(largestDifference(await logitsFrom(folder, family), wanted)).toBeLessThan(1e-4);
  });

  test('shards', async () => {
    const { checkpoint } = goldenOf(family);
    const folder = copyModelFolder(checkpoint);
    folders.push(folder);
    await writeShardedSafetensors(folder, await readTensors(checkpoint), 100_000);
    const wanted = await goldenOf(family).tensor('out.logits');
    expect(largestDifference(await logitsFrom(folder, family), wanted)).toBeLessThan(1e-4);
  });

  test('bf16 on disk or in memory computes the same', async () => {
    const folder = await variant(family, (tensors) =>
      tensors.map((tensor) => ({
        ...tensor,
        dtype: 'BF16',
        data: toBf16(tensor.data as Uint8Array),
      })),
    );
    const mapped = await logitsFrom(folder, family);
    const widened = await logitsFrom(folder, family, { dtype: 'f32' });
    const rounded = await logitsFrom(goldenOf(family).checkpoint, family, { dtype: 'bf16' });
    expect(largestDifference(rounded, mapped)).toBe(0);
    expect(largestDifference(mapped, widened)).toBeLessThan(1e-4);
    const exact = await goldenOf(family).tensor('out.logits');
    expect(largestDifference(mapped, exact)).toBeGreaterThan(1e-4);
    expect(largestDifference(mapped, exact)).toBeLessThan(0.2);
    using loaded = await loadModel(folder);
    const dtypes = new Set([...loaded.weights.parameters.values()].map(({ dtype }) => dtype));
    expect([...dtypes]).toEqual(['bf16']);
  });
});

test('missing, misshaped and unknown weights are one error that names them all', async () => {
  const folder = await variant('llava15', (tensors) =>
    tensors
      .filter(({ name }) => !/linear_1\.bias|layers\.1\.mlp\.up_proj/.test(name))
      .map((tensor) =>
        tensor.name.endsWith('linear_2.bias')
          ? { ...tensor, shape: [32], data: (tensor.data as Uint8Array).subarray(0, 128) }
          : tensor,
      )
      .concat({ name: 'surplus.weight', dtype: 'F32', shape: [1], data: new Uint8Array(4) }),
  );
  const error = (await loadModel(folder).catch((thrown: unknown) => thrown)) as LensmithError;
  expect(error.code).toBe('models/weights-mismatch');
  for (const text of [
    'missing: model.multi_modal_projector.linear_1.bias',
    'missing: model.language_model.layers.1.mlp.up_proj.weight',
    'multi_modal_projector.linear_2.bias: expected [64], got F32 [32]',
    'unknown: surplus.weight',
  ]) {
    expect(error.message).toContain(text);
  }
  expect(error.got).toBe('2 missing, 1 misshaped, 1 unknown');
});

test.each([
  ['another model', { model_type: 'qwen2_vl' }, 'models/unsupported'],
  ['another tower', { vision_config: { model_type: 'dinov2' } }, 'models/unsupported'],
  ['another language model', { text_config: { model_type: 'mamba' } }, 'models/unsupported'],
  ['a wrong strategy', { vision_feature_select_strategy: 'cls' }, 'models/bad-config'],
  ['a depth that is not there', { vision_feature_layer: -9 }, 'models/bad-config'],
  ['no depth', { vision_feature_layer: [] }, 'models/bad-config'],
])('%s is refused', async (_, change, code) => {
  const folder = copyModelFolder(goldenOf('llava15').checkpoint, (config) => ({
    ...config,
    ...change,
  }));
  folders.push(folder);
  await writeShardedSafetensors(folder, await readTensors(goldenOf('llava15').checkpoint), 1e9);
  const hint =
    code === 'models/unsupported' ? (expect.stringContaining('model') as string) : undefined;
  await expect(loadModel(folder)).rejects.toMatchObject({ code, ...(hint && { hint }) });
});

test('a folder without config.json, and one with text that is no JSON', async () => {
  await expect(loadModel(join(goldenOf('llava15').checkpoint, '..'))).rejects.toMatchObject({
    code: 'models/no-config',
  });
});
