/** The pass that is asked for once gives what each token's own pass would. */
import { expect, test } from 'vitest';
import { RepeatedStep } from '../../src-main/generation/repeated-step.ts';
import type { Llava } from '../../src-main/models/llava.ts';
import { randomModel } from '../../src-main/models/load.ts';
import type { KeyValueCache } from '../../src-main/nn/key-value-cache.ts';
import { packSequences } from '../../src-main/nn/sequence.ts';
import { scoped } from '../../src-main/tensor/scope.ts';
import { Tensor } from '../../src-main/tensor/tensor.ts';
import { largestDifference } from '../support/fixture-case.ts';
import { onDevices } from '../support/on-devices.ts';

const configOf = (more: object) => ({
  model_type: 'llava',
  vision_config: {
    model_type: 'clip_vision_model',
    hidden_size: 16,
    intermediate_size: 32,
    num_hidden_layers: 2,
    num_attention_heads: 2,
    image_size: 8,
    patch_size: 4,
  },
  text_config: {
    model_type: 'llama',
    hidden_size: 32,
    intermediate_size: 48,
    num_hidden_layers: 2,
    num_attention_heads: 4,
    num_key_value_heads: 2,
    vocab_size: 100,
    max_position_embeddings: 8,
    ...more,
  },
});

const ids = Int32Array.of(5, 17, 42, 3, 80, 11, 64, 29, 7, 90, 33, 58);
const promptTokens = 4;

/** A pass of its own over tokens after what the cache holds; logits of the last. */
async function pass(model: Llava, cache: KeyValueCache, end: number): Promise<Float32Array> {
  const inputIds = ids.slice(cache.length, end);
  using sequences = packSequences([inputIds.length], cache.length);
  const rows = Int32Array.of(inputIds.length - 1);
  using logits = scoped(() =>
    model.logits(model.hidden({ inputIds, sequences, features: null }, { cache, rows })),
  );
  return await logits.readFloats();
}

onDevices('repeated steps', () => {
  test.each([
    ['one table of rotations', {}],
    // Beyond eight positions every token has a table of its own.
    ['tables that grow', { rope_scaling: { type: 'dynamic', factor: 2 } }],
  ])('logits of every place, %s', async (_, more) => {
    using loaded = randomModel(configOf(more), 5);
    const { model } = loaded;
    using cache = model.languageModel.newCache(ids.length);
    using plain = model.languageModel.newCache(ids.length);
    for (const one of [cache, plain]) await pass(model, one, promptTokens);
    using step = new RepeatedStep(model, cache);
    for (let at = promptTokens; at < ids.length; at++) {
      using token = Tensor.from([ids[at] as number], [1], 'i32');
      const got = await step.next(token).readFloats();
      const wanted = await pass(model, plain, at + 1);
      expect(cache.length).toBe(at + 1);
      expect(largestDifference(got, wanted), `token ${at}`).toBeLessThan(1e-6);
    }
    using token = Tensor.from([1], [1], 'i32');
    const full = { code: 'generation/context-full' };
    expect(() => step.next(token)).toThrow(expect.objectContaining(full));
    model.dispose();
  });
});
