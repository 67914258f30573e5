import { LensmithError } from '../base/errors.ts';
import { isJsonObject, type JsonObject } from './model-files.ts';
import type { Tokenizer } from './tokenizer.ts';

/** The placeholder of an image, in ids and in text. */
export interface ImageToken {
  readonly id: number;
  readonly text: string;
}

/**
 * The image token that the model's config names (`image_token_index`, newer `image_token_id`).
 * @throws tokenizers/no-image-token  the config names none, or the tokenizer does not have it
 */
export function resolveImageToken(modelConfig: JsonObject, tokenizer: Tokenizer): ImageToken {
  const id = modelConfig['image_token_index'] ?? modelConfig['image_token_id'];
  const text = typeof id === 'number' ? tokenizer.idToToken(id) : undefined;
  if (typeof id === 'number' && text !== undefined) return { id, text };
  throw new LensmithError(
    'tokenizers/no-image-token',
    'The image token of this model is not known.',
    {
      expected:
        'image_token_index (or image_token_id) in config.json, naming a token of the tokenizer',
      got: typeof id === 'number' ? `${id}, which is no token of tokenizer.json` : 'none',
      hint: 'config.json and tokenizer.json must come from the same vision-language model.',
    },
  );
}

/** Vision towers, and whether they put a class token before the patches. */
const hasClassToken: { readonly [modelType: string]: boolean } = {
  clip_vision_model: true,
  siglip_vision_model: false,
};

function positiveInteger(value: unknown, name: string): number {
  if (typeof value === 'number' && Number.isInteger(value) && value > 0) return value;
  throw new LensmithError('tokenizers/bad-vision-config', `${name} of config.json is not usable.`, {
    expected: 'a whole number above 0',
    got: JSON.stringify(value) ?? 'nothing',
  });
}

/**
 * Tokens that one image takes in a LLaVA model, which is the number of its vision features:
 * floor(H/p) · floor(W/p), plus the class token where the tower has one, less one row for
 * `vision_feature_select_strategy` "default".
 * @param size  of the processed image in pixels; `vision_config.image_size` when not given
 * @throws tokenizers/bad-vision-config
 * @source transformers' LlavaProcessor
 */
export function imageTokenCount(
  modelConfig: JsonObject,
  size?: { readonly height: number; readonly width: number },
): number {
  const vision = modelConfig['vision_config'];
  const visionConfig = isJsonObject(vision) ? vision : {};
  const patch = positiveInteger(visionConfig['patch_size'], 'vision_config.patch_size');
  const side = visionConfig['image_size'];
  const height = positiveInteger(size?.height ?? side, 'vision_config.image_size');
  const width = positiveInteger(size?.width ?? side, 'vision_config.image_size');
  const tower = String(visionConfig['model_type'] ?? 'clip_vision_model');
  const classToken = Object.hasOwn(hasClassToken, tower) ? hasClassToken[tower] : undefined;
  const strategy = modelConfig['vision_feature_select_strategy'] ?? 'default';
  if (classToken === undefined || (strategy !== 'default' && strategy !== 'full')) {
    throw new LensmithError('tokenizers/bad-vision-config', 'The vision tower is not known.', {
      expected: `${Object.keys(hasClassToken).join(' or ')}, strategy default or full`,
      got: `${tower}, strategy ${String(strategy)}`,
    });
  }
  const patches = Math.floor(height / patch) * Math.floor(width / patch);
  const count = patches + (classToken ? 1 : 0) - (strategy === 'default' ? 1 : 0);
  return positiveInteger(count, 'The number of vision features that follows from vision_config');
}

export interface ExpandedIds {
  readonly ids: Int32Array;
  /** Where each image's tokens lie, in order. */
  readonly runs: readonly { readonly start: number; readonly length: number }[];
  /** For every old position, and for the end, the new one: [old length + 1]. */
  readonly positions: Int32Array;
}

/**
 * Writes each image placeholder as many times as its image has tokens.
 * @param counts  tokens of the images in order; one for every placeholder (a video: one a frame)
 * @throws tokenizers/image-count-mismatch  placeholders and counts differ in number
 */
export function expandImageTokens(
  ids: readonly number[],
  imageTokenId: number,
  counts: readonly number[],
): ExpandedIds {
  const placeholders = ids.reduce((sum, id) => sum + (id === imageTokenId ? 1 : 0), 0);
  if (placeholders !== counts.length) {
    throw new LensmithError(
      'tokenizers/image-count-mismatch',
      'The prompt does not hold one placeholder for each image.',
      {
        expected: `${counts.length} placeholders, one for each image or video frame`,
        got: `${placeholders}`,
        hint: 'The chat template may not write images of this role; put images into user messages.',
      },
    );
  }
  const total =
    ids.length - placeholders + counts.reduce((sum, count) => sum + checkCount(count), 0);
  const expanded = new Int32Array(total);
  const positions = new Int32Array(ids.length + 1);
  const runs: { start: number; length: number }[] = [];
  let at = 0;
  for (const [index, id] of ids.entries()) {
    positions[index] = at;
    const length = id === imageTokenId ? (counts[runs.length] ?? 0) : 1;
    if (id === imageTokenId) runs.push({ start: at, length });
    expanded.fill(id, at, at + length);
    at += length;
  }
  positions[ids.length] = at;
  return { ids: expanded, runs, positions };
}

function checkCount(count: number): number {
  if (Number.isInteger(count) && count > 0) return count;
  throw new LensmithError(
    'tokenizers/bad-image-token-count',
    'An image cannot have this many tokens.',
    {
      expected: 'a whole number above 0',
      got: String(count),
    },
  );
}
