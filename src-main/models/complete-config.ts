/**
 * What others than the model itself read of a LLaVA config.json and savers may leave out, since it
 * is what the reference's classes would fill in.
 * @source transformers' LlavaConfig
 */
import { isJson } from './config.ts';
import type { Json } from './config.ts';
import { knownVisionArchitecture } from './families.ts';

/** The tower of LLaVA-1.5, where config.json names none: CLIP ViT-L/14 at 336 pixels. */
const defaultTower: Json = {
  model_type: 'clip_vision_model',
  hidden_size: 1024,
  intermediate_size: 4096,
  num_hidden_layers: 24,
  num_attention_heads: 16,
  image_size: 336,
  patch_size: 14,
};
const defaultImageToken = 32000;

/** The config with what it leaves out behind what it has; what it has stays, whatever it is. */
export function completeConfig(config: Json): Json {
  return withTiedFlag(withTower(withImageToken(config)));
}

function withImageToken(config: Json): Json {
  const given = config['image_token_index'] ?? config['image_token_id'];
  return (given ?? null) === null ? { ...config, image_token_index: defaultImageToken } : config;
}

function withTower(config: Json): Json {
  const tower = config['vision_config'] ?? defaultTower;
  if (!isJson(tower)) return config;
  const sizes = knownVisionArchitecture(tower['model_type'])?.defaultSizes ?? {};
  const missing = Object.entries(sizes).filter(([name]) => (tower[name] ?? null) === null);
  if (missing.length === 0 && tower === config['vision_config']) return config;
  return { ...config, vision_config: { ...tower, ...Object.fromEntries(missing) } };
}

/** The flag stands at the top in some files, in text_config in others; where either has it, it holds. */
export function withTiedFlag(config: Json): Json {
  const text = config['text_config'];
  if (!isJson(text) || !('tie_word_embeddings' in config)) return config;
  const tied = text['tie_word_embeddings'] || config['tie_word_embeddings'];
  if (tied === text['tie_word_embeddings']) return config;
  return { ...config, text_config: { ...text, tie_word_embeddings: tied } };
}
