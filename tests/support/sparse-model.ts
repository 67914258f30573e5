import {
  closeSync,
  copyFileSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { root } from '../../scripts/lib/paths.mjs';
import { modelSizes } from '../../src-main/models/load.ts';

const starter = join(root, 'resources', 'starter-model');
const bytesPerWeight = 2;

const imageProcessor = {
  image_processor_type: 'CLIPImageProcessor',
  do_convert_rgb: true,
  do_resize: true,
  size: { shortest_edge: 336 },
  resample: 3,
  do_center_crop: true,
  crop_size: { height: 336, width: 336 },
  do_rescale: true,
  rescale_factor: 1 / 255,
  do_normalize: true,
  image_mean: [0.48145466, 0.4578275, 0.40821073],
  image_std: [0.26862954, 0.26130258, 0.27577711],
};

/** Of LLaVA-1.5: CLIP ViT-L/14 at 336, a two-layer projector, a LLaMA of the given size. */
export function llavaConfig(text: Readonly<Record<string, number>>): Record<string, unknown> {
  return {
    model_type: 'llava',
    image_token_index: 4,
    projector_hidden_act: 'gelu',
    vision_feature_layer: -2,
    vision_feature_select_strategy: 'default',
    vision_config: {
      model_type: 'clip_vision_model',
      hidden_size: 1024,
      intermediate_size: 4096,
      num_hidden_layers: 24,
      num_attention_heads: 16,
      image_size: 336,
      patch_size: 14,
      hidden_act: 'quick_gelu',
    },
    text_config: {
      model_type: 'llama',
      vocab_size: 32064,
      max_position_embeddings: 4096,
      rms_norm_eps: 1e-5,
      tie_word_embeddings: false,
      ...text,
    },
  };
}

/**
 * A model folder of any size whose weights are all zero and take no room on disk: a header, and a
 * hole of the right length behind it. Its tokenizer is the starter model's.
 */
export function writeSparseModel(dir: string, config: Record<string, unknown>): number {
  mkdirSync(dir, { recursive: true });
  for (const name of ['tokenizer.json', 'tokenizer_config.json']) {
    copyFileSync(join(starter, name), join(dir, name));
  }
  writeFileSync(join(dir, 'preprocessor_config.json'), JSON.stringify(imageProcessor));
  writeFileSync(join(dir, 'config.json'), JSON.stringify(config));
  using sizes = modelSizes(config, 'bf16');
  let end = 0;
  const header: Record<string, unknown> = {};
  for (const [name, { shape, numel }] of sizes.weights.parameters) {
    const start = end;
    end += numel * bytesPerWeight;
    header[name] = { dtype: 'BF16', shape, data_offsets: [start, end] };
  }
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  const file = openSync(join(dir, 'model.safetensors'), 'w');
  writeSync(file, Buffer.concat([length, text]));
  ftruncateSync(file, length.length + text.length + end);
  closeSync(file);
  return end;
}
