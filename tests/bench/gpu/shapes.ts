/** What is measured on a graphics device, in three sizes; the peer script has the same numbers. */
import { packSamples } from '../../../src-main/data/packing.ts';
import { Random } from '../../../src-main/base/random.ts';
import { randomModel } from '../../../src-main/models/load.ts';
import type { LoadedModel } from '../../../src-main/models/load.ts';
import type { QuantFormat } from '../../../src-main/tensor/quantized.ts';
import type { StepBatch } from '../../../src-main/training/batch.ts';

export const sizeNames = ['tiny', 'small', '7b'] as const;
export type SizeName = (typeof sizeNames)[number];

interface Layers {
  readonly hidden_size: number;
  readonly intermediate_size: number;
  readonly num_hidden_layers: number;
  readonly num_attention_heads: number;
}

export interface Shapes {
  readonly vision: Layers & { readonly image_size: number; readonly patch_size: number };
  readonly text: Layers;
  readonly vocabulary: number;
  /** Words of each sample of a step, after its picture; the last 60 % are under loss. */
  readonly textLengths: readonly number[];
  readonly promptTokens: number;
  readonly newTokens: number;
  /** Side of the large square product, and elements of the copy. */
  readonly square: number;
  readonly copied: number;
  readonly runs: number;
}

/** `7b` is LLaVA-1.5-7B: CLIP L/14 at 336, LLaMA 4096 × 32. */
export const shapesOf: Readonly<Record<SizeName, Shapes>> = {
  tiny: {
    vision: layers(64, 128, 2, 4, { image_size: 56, patch_size: 14 }),
    text: layers(64, 160, 4, 4, {}),
    vocabulary: 512,
    textLengths: [12, 20],
    promptTokens: 20,
    newTokens: 4,
    square: 64,
    copied: 1 << 16,
    runs: 1,
  },
  small: {
    vision: layers(1024, 4096, 6, 16, { image_size: 336, patch_size: 14 }),
    text: layers(1024, 2816, 8, 16, {}),
    vocabulary: 32064,
    textLengths: [96, 192],
    promptTokens: 512,
    newTokens: 32,
    square: 2048,
    copied: 1 << 26,
    runs: 5,
  },
  '7b': {
    vision: layers(1024, 4096, 24, 16, { image_size: 336, patch_size: 14 }),
    text: layers(4096, 11008, 32, 32, {}),
    vocabulary: 32064,
    textLengths: [96, 192, 288, 384],
    promptTokens: 512,
    newTokens: 128,
    square: 8192,
    copied: 1 << 28,
    runs: 8,
  },
};

function layers<T extends object>(
  hidden: number,
  intermediate: number,
  count: number,
  heads: number,
  rest: T,
): Layers & T {
  return {
    hidden_size: hidden,
    intermediate_size: intermediate,
    num_hidden_layers: count,
    num_attention_heads: heads,
    ...rest,
  };
}

/** The largest size whose LoRA step in bf16 fits, by docs/memory.md. */
export function sizeFor(memoryBytes: number, isSoftware: boolean): SizeName {
  if (isSoftware) return 'tiny';
  return memoryBytes > 60 * 2 ** 30 ? '7b' : 'small';
}

export function imageTokensOf({ vision }: Shapes): number {
  return (vision.image_size / vision.patch_size) ** 2;
}

/** The last id is the place of a picture. */
export function configOf(shapes: Shapes): Readonly<Record<string, unknown>> {
  return {
    model_type: 'llava',
    image_token_index: shapes.vocabulary - 1,
    image_seq_length: imageTokensOf(shapes),
    projector_hidden_act: 'gelu',
    vision_feature_layer: -2,
    vision_feature_select_strategy: 'default',
    vision_config: { model_type: 'clip_vision_model', hidden_act: 'quick_gelu', ...shapes.vision },
    text_config: {
      model_type: 'llama',
      ...shapes.text,
      num_key_value_heads: shapes.text.num_attention_heads,
      vocab_size: shapes.vocabulary,
      max_position_embeddings: 4096,
      rms_norm_eps: 1e-5,
      rope_theta: 10000,
      tie_word_embeddings: false,
    },
  };
}

/** In bf16, or its decoder's matrices in few bits. */
export function randomLlava(shapes: Shapes, quantize?: QuantFormat): LoadedModel {
  return randomModel(configOf(shapes), 20_240, 'bf16', quantize);
}

/** Beginning of text, a picture's places, random words. */
export function promptOf(shapes: Shapes, words: number, withImage: boolean): Int32Array {
  const random = new Random(words);
  const place = shapes.vocabulary - 1;
  const text = Array.from({ length: words }, () => 3 + random.below(place - 3));
  const image = new Array<number>(withImage ? imageTokensOf(shapes) : 0).fill(place);
  return Int32Array.from([1, ...image, ...text]);
}

/** The samples of one step, packed without padding, with random pictures. */
export function stepBatchOf(shapes: Shapes): StepBatch {
  const { image_size: side } = shapes.vision;
  const random = new Random(1);
  const samples = shapes.textLengths.map((words, i) => {
    const inputIds = promptOf(shapes, words, true);
    const seen = 1 + imageTokensOf(shapes) + Math.floor(words * 0.4);
    return { id: String(i), inputIds, labels: inputIds.slice().fill(-100, 0, seen), imageCount: 1 };
  });
  const images = samples.length;
  const values = Float32Array.from({ length: images * 3 * side * side }, () => random.normal());
  const packed = packSamples(samples);
  return {
    microBatches: [{ packed, vision: { kind: 'pixels', images, values } }],
    supervisedTokens: packed.rows.length,
    tokens: packed.inputIds.length,
  };
}
