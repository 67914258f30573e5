import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  expandImageTokens,
  imageTokenCount,
  resolveImageToken,
} from '../../src-main/tokenizers/image-tokens.ts';
import { loadTokenizer } from '../../src-main/tokenizers/tokenizer.ts';
import { errorOf, fixturesDirectory, readJson } from './fixtures.ts';

type Config = Record<string, unknown> & { vision_config: Record<string, unknown> };

describe('tokens of an image', () => {
  const llava = readJson<Config>('llava15', 'checkpoint', 'config.json');
  const interleave = readJson<Config>('interleave', 'checkpoint', 'config.json');

  it('follow from tower, patch size and strategy', () => {
    expect(imageTokenCount(llava)).toBe(36);
    expect(imageTokenCount({ ...llava, vision_feature_select_strategy: 'full' })).toBe(37);
    expect(imageTokenCount(interleave)).toBe(36);
    expect(imageTokenCount({ ...interleave, vision_feature_select_strategy: 'default' })).toBe(35);
    expect(imageTokenCount(llava, { height: 47, width: 64 })).toBe(5 * 8);
  });

  it.each([
    { ...llava, vision_config: {} },
    { ...llava, vision_config: { ...llava.vision_config, patch_size: 0 } },
    { ...llava, vision_config: { ...llava.vision_config, model_type: 'toString' } },
    { ...llava, vision_feature_select_strategy: 'both' },
  ])('are refused for a config that does not say (%#)', async (config) => {
    expect((await errorOf(() => imageTokenCount(config))).code).toBe(
      'tokenizers/bad-vision-config',
    );
  });

  it('are named by the config, in both spellings', async () => {
    const tokenizer = await loadTokenizer(join(fixturesDirectory, 'llava15/checkpoint'));
    expect(resolveImageToken(llava, tokenizer)).toEqual({ id: 698, text: '<image>' });
    expect(resolveImageToken({ image_token_id: 698 }, tokenizer).id).toBe(698);
    for (const config of [{}, { image_token_index: 702 }, { image_token_index: '698' }]) {
      const error = await errorOf(() => resolveImageToken(config, tokenizer));
      expect(error.code).toBe('tokenizers/no-image-token');
    }
  });
});

describe('expansion', () => {
  it('writes each placeholder as often as its image has tokens', () => {
    const { ids, runs, positions } = expandImageTokens([1, 9, 2, 9, 9], 9, [2, 1, 3]);
    expect([...ids]).toEqual([1, 9, 9, 2, 9, 9, 9, 9]);
    expect(runs).toEqual([
      { start: 1, length: 2 },
      { start: 4, length: 1 },
      { start: 5, length: 3 },
    ]);
    expect([...positions]).toEqual([0, 1, 3, 4, 5, 8]);
    expect([...expandImageTokens([], 9, []).ids]).toEqual([]);
  });

  it('refuses other numbers of images', async () => {
    for (const counts of [[], [1], [1, 1, 1]]) {
      const error = await errorOf(() => expandImageTokens([9, 1, 9], 9, counts));
      expect(error.code).toBe('tokenizers/image-count-mismatch');
      expect(error.got).toBe('2');
    }
    for (const count of [0, -1, 1.5, NaN]) {
      const error = await errorOf(() => expandImageTokens([9], 9, [count]));
      expect(error.code).toBe('tokenizers/bad-image-token-count');
    }
  });
});
