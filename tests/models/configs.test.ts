/** What a config.json may leave out, or say in a way of its own: the reference's classes fill it in. */
import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SafetensorsSource } from '../../src-main/formats/weights/safetensors.ts';
import { completeConfig } from '../../src-main/models/complete-config.ts';
import { ConfigReader } from '../../src-main/models/config.ts';
import type { Json } from '../../src-main/models/config.ts';
import { languageArchitecture, visionArchitecture } from '../../src-main/models/families.ts';
import { loadModel } from '../../src-main/models/load.ts';
import { languagePart } from '../../src-main/models/parts.ts';
import type { DecoderConfig } from '../../src-main/nn/decoder-layer.ts';
import { packSequences } from '../../src-main/nn/sequence.ts';
import { ensureDevice, memoryStats, synchronize } from '../../src-main/tensor/device.ts';
import { scoped } from '../../src-main/tensor/scope.ts';
import { fixtureCase, largestDifference } from '../support/fixture-case.ts';
import type { FixtureCase } from '../support/fixture-case.ts';
import { variantFolder } from '../support/model-folder.ts';

const folders: string[] = [];
let tied: FixtureCase;

beforeAll(async () => {
  ensureDevice();
  tied = await fixtureCase('interleave', 'single');
});

afterAll(async () => {
  for (const folder of folders) rmSync(dirname(folder), { recursive: true, force: true });
  await synchronize();
  expect(memoryStats().tensors).toBe(0);
});

function decoder(json: Json): DecoderConfig {
  const config = new ConfigReader(json, 'text_config');
  return languageArchitecture(config).parseConfig(config);
}

const small = { hidden_size: 64, num_attention_heads: 8 };

describe('decoders', () => {
  /** Values of LlamaConfig(), MistralConfig() and Qwen2Config() of transformers 5.17. */
  test.each([
    [{}, 32000, 11008, 32, 2048],
    [{ model_type: 'mistral' }, 32000, 14336, 8, 131072],
    [{ model_type: 'qwen2' }, 151936, 22016, 32, 32768],
  ])('what %j leaves out', (json, vocabSize, intermediateSize, numKeyValueHeads, maxPositions) => {
    const wanted = { vocabSize, intermediateSize, numKeyValueHeads, maxPositions };
    expect(decoder(json)).toMatchObject({ ...wanted, hiddenSize: 4096, numHiddenLayers: 32 });
  });

  test('null key-value heads are as many as heads, whatever the family', () => {
    for (const model_type of ['llama', 'mistral', 'qwen2']) {
      const { numKeyValueHeads } = decoder({ model_type, ...small, num_key_value_heads: null });
      expect(numKeyValueHeads).toBe(8);
    }
  });

  test('a window that is left out is the family’s, and null is none', () => {
    const mistral = { model_type: 'mistral', ...small };
    expect(decoder(mistral).slidingWindow(0)).toBe(4096);
    expect(decoder({ ...mistral, sliding_window: null }).slidingWindow(0)).toBe(0);
    expect(decoder({ ...mistral, sliding_window: 7 }).slidingWindow(0)).toBe(7);
    const qwen2 = { model_type: 'qwen2', ...small, num_key_value_heads: 8, max_window_layers: 1 };
    expect(decoder(qwen2).slidingWindow(1)).toBe(0);
    const windowed = decoder({ ...qwen2, use_sliding_window: true });
    expect([windowed.slidingWindow(0), windowed.slidingWindow(1)]).toEqual([0, 4096]);
  });

  test('layers with a window that nothing sets are refused', () => {
    const types = { layer_types: ['sliding_attention', 'full_attention'] };
    const json = { model_type: 'qwen2', ...small, num_key_value_heads: 8, ...types };
    expect(() => decoder(json)).toThrow(expect.objectContaining({ code: 'models/bad-config' }));
  });

  test('biases of Mistral are none, whatever its config says', () => {
    const json = { model_type: 'mistral', ...small, attention_bias: true, mlp_bias: true };
    const none = { queryKeyValueBias: false, outputBias: false, mlpBias: false };
    expect(decoder(json)).toMatchObject(none);
  });

  test('positions reach as far as their scaling stretches them', () => {
    const reach = (rope_scaling: Json | null, max_position_embeddings = 512): number =>
      decoder({ ...small, max_position_embeddings, rope_scaling }).maxPositions;
    expect(reach(null)).toBe(512);
    expect(reach({ type: 'linear', factor: 4 })).toBe(2048);
    expect(reach({ type: 'dynamic', factor: 2.5 })).toBe(1280);
    const yarn = { type: 'yarn', factor: 4, original_max_position_embeddings: 512 };
    expect(reach(yarn, 512)).toBe(2048);
    expect(reach(yarn, 4096)).toBe(4096);
  });

  test('a non-linearity under each of its names', () => {
    expect(() => decoder({ ...small, hidden_act: 'swish' })).not.toThrow();
    expect(() => decoder({ ...small, hidden_act: 'gelu' })).toThrow(
      expect.objectContaining({ code: 'models/bad-config' }),
    );
    const act = (hidden_act: string): string => {
      const config = new ConfigReader({ hidden_act }, 'vision_config');
      return visionArchitecture(config).parseConfig(config).activation;
    };
    expect(['gelu_fast', 'gelu_python'].map(act)).toEqual(['gelu_tanh', 'gelu']);
  });

  test('a tower of other pictures than red, green and blue is refused', () => {
    const config = new ConfigReader({ num_channels: 1 }, 'vision_config');
    expect(() => visionArchitecture(config).parseConfig(config)).toThrow(
      expect.objectContaining({ code: 'models/bad-config', got: '1' }),
    );
  });
});

describe('what LLaVA’s config leaves out', () => {
  const llava = { model_type: 'llava', image_token_index: 7 };

  test('sizes of the tower’s images are its family’s', () => {
    const sizes = (vision_config: Json): unknown =>
      completeConfig({ ...llava, vision_config })['vision_config'];
    expect(sizes({})).toMatchObject({ image_size: 224, patch_size: 32 });
    const siglip = { model_type: 'siglip_vision_model', image_size: 384 };
    expect(sizes(siglip)).toEqual({ ...siglip, patch_size: 16 });
    expect(sizes({ model_type: 'unheard of' })).toEqual({ model_type: 'unheard of' });
  });

  test('without a tower it is that of LLaVA-1.5, and the image token its own', () => {
    const { vision_config: tower, image_token_index: token } = completeConfig({
      model_type: 'llava',
    });
    expect(tower).toMatchObject({ hidden_size: 1024, image_size: 336, patch_size: 14 });
    expect(token).toBe(32000);
  });

  test('what is complete stays as it is', () => {
    const vision_config = { image_size: 24, patch_size: 8 };
    const text_config = { tie_word_embeddings: true };
    for (const config of [
      { ...llava, vision_config, text_config },
      { model_type: 'llava', image_token_id: 7, vision_config, tie_word_embeddings: false },
    ]) {
      expect(completeConfig(config)).toEqual(config);
    }
  });

  test('the head is tied where either place says so', () => {
    const tiedFor = (top: boolean | undefined, text: boolean | undefined): unknown => {
      const flag = (tie_word_embeddings: boolean | undefined): Json =>
        tie_word_embeddings === undefined ? {} : { tie_word_embeddings };
      const vision_config = { image_size: 24, patch_size: 8 };
      const config = { ...llava, vision_config, ...flag(top), text_config: flag(text) };
      return (completeConfig(config)['text_config'] as Json)['tie_word_embeddings'];
    };
    expect(tiedFor(true, false)).toBe(true);
    expect(tiedFor(false, true)).toBe(true);
    expect(tiedFor(true, undefined)).toBe(true);
    expect(tiedFor(undefined, true)).toBe(true);
    expect(tiedFor(false, undefined)).toBe(false);
  });
});

/** The tied fixture with a head beside its embedding. */
async function withHead(change: (embedding: Float32Array) => void): Promise<string> {
  const folder = await variantFolder(tied.checkpoint, (tensors) => {
    const embedding = tensors.find(({ name }) => name.endsWith('embed_tokens.weight'));
    const { dtype, shape, data } = embedding as SafetensorsSource;
    const values = new Float32Array(Uint8Array.from(data as Uint8Array).buffer);
    change(values);
    const bytes = new Uint8Array(values.buffer);
    return [...tensors, { name: 'language_model.lm_head.weight', dtype, shape, data: bytes }];
  });
  folders.push(folder);
  return folder;
}

async function logitsOfText(folder: string): Promise<Float32Array> {
  using loaded = await loadModel(folder);
  const { model } = loaded;
  using logits = scoped(() => {
    using sequences = packSequences([4]);
    const inputIds = Int32Array.of(1, 2, 3, 4);
    return model.logits(model.hidden({ inputIds, sequences, features: null }));
  });
  return logits.readFloats();
}

describe('a head beside an embedding that the config says it is tied to', () => {
  test('the same once more changes nothing', async () => {
    const folder = await withHead(() => undefined);
    const wanted = await logitsOfText(tied.checkpoint);
    expect(largestDifference(await logitsOfText(folder), wanted)).toBe(0);
    expect((await languagePart(folder)).config).toMatchObject({ tie_word_embeddings: true });
  });

  test('one of its own is used, and the config says so from then on', async () => {
    const folder = await withHead((values) => values.forEach((x, i) => (values[i] = -2 * x)));
    const wanted = (await logitsOfText(tied.checkpoint)).map((x) => -2 * x);
    expect(largestDifference(await logitsOfText(folder), wanted)).toBeLessThan(1e-4);
    using loaded = await loadModel(folder);
    expect(loaded.config['tie_word_embeddings']).toBe(false);
    expect(loaded.config['text_config']).toMatchObject({ tie_word_embeddings: false });
    expect((await languagePart(folder)).config).toMatchObject({ tie_word_embeddings: false });
  });
});
