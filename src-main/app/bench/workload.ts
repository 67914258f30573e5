/**
 * The work that is measured: CLIP ViT-B/16 at 224, a two-layer projector and a
 * LLaMA of 512×8, weights N(0, 0.02); four samples of 1 + 196 image tokens +
 * 96, 112, 144, 160 words, the last 60 % of the words under loss. The shapes
 * are those that transformers + PEFT and llama.cpp are measured with.
 */
import { packSamples } from '../../data/packing.ts';
import type { PackedBatch } from '../../data/packing.ts';
import { Random } from '../../base/random.ts';
import { loadModel, randomModel } from '../../models/load.ts';
import type { Json } from '../../models/config.ts';
import type { LoadedModel } from '../../models/load.ts';
import { dtypeSizeBytes } from '../../tensor/dtype.ts';
import { nf4Block } from '../../tensor/nf4-tables.ts';
import { randomFillInPlace } from '../../tensor/ops/index.ts';
import { quantFormats } from '../../tensor/quantized.ts';
import type { QuantFormat } from '../../tensor/quantized.ts';
import { Tensor } from '../../tensor/tensor.ts';
import type { LanguageWork, VisionWork } from './floor.ts';

export const imageTokenId = 32000;
export const imageTokens = 196;
const imageSize = 224;
const textLengths = [96, 112, 144, 160];
const words = 32000;

export const config = {
  model_type: 'llava',
  image_token_index: imageTokenId,
  image_seq_length: imageTokens,
  projector_hidden_act: 'gelu',
  vision_feature_layer: -2,
  vision_feature_select_strategy: 'default',
  vision_config: {
    model_type: 'clip_vision_model',
    hidden_size: 768,
    intermediate_size: 3072,
    num_hidden_layers: 12,
    num_attention_heads: 12,
    image_size: imageSize,
    patch_size: 16,
    hidden_act: 'quick_gelu',
  },
  text_config: {
    model_type: 'llama',
    hidden_size: 512,
    intermediate_size: 1408,
    num_hidden_layers: 8,
    num_attention_heads: 8,
    num_key_value_heads: 8,
    vocab_size: 32064,
    max_position_embeddings: 2048,
    rms_norm_eps: 1e-5,
    rope_theta: 10000,
    tie_word_embeddings: false,
  },
};

const { hidden_size: hiddenSize, intermediate_size: intermediateSize } = config.text_config;

/** The language model's part of the work over sequences of these lengths, for the floor. */
export function languageWork(
  lengths: readonly number[],
  wantedRows: readonly number[],
): LanguageWork {
  return {
    hiddenSize,
    intermediateSize,
    layers: config.text_config.num_hidden_layers,
    querySize: hiddenSize,
    keyValueSize: hiddenSize,
    vocabSize: config.text_config.vocab_size,
    lengths,
    wantedRows,
  };
}

/** The tower's and the projector's part; the selected state is the last but one. */
export function visionWork(images: number): VisionWork {
  const { vision_config: vision } = config;
  return {
    images,
    tokens: imageTokens + 1,
    hiddenSize: vision.hidden_size,
    intermediateSize: vision.intermediate_size,
    layers: vision.num_hidden_layers - 1,
    patchSize: vision.patch_size,
    projectedTokens: images * imageTokens,
    outputSize: hiddenSize,
  };
}

/** How a model's weights are held: all in one dtype, or the layers in few bits and the rest bf16. */
export const weightFormats = ['f32', 'bf16', 'f16', ...quantFormats] as const;
export type WeightFormat = (typeof weightFormats)[number];

export function isQuantFormat(format: WeightFormat): format is QuantFormat {
  return quantFormats.some((known) => known === format);
}

/** The dtype of weights that are not in few bits. */
export function plainDType(format: WeightFormat): 'f32' | 'bf16' | 'f16' {
  return isQuantFormat(format) ? 'bf16' : format;
}

/** @param model the bench's own unless another is given */
export function benchModel(format: WeightFormat, model: Json = config): LoadedModel {
  const quantized = isQuantFormat(format) ? format : undefined;
  return randomModel(model, 20240, plainDType(format), quantized);
}

/** The bench's model from a folder, or made at random. */
export async function openBenchModel(
  format: WeightFormat,
  folder: string | null,
): Promise<LoadedModel> {
  if (folder === null) return benchModel(format);
  const quantize = isQuantFormat(format) ? format : undefined;
  return await loadModel(folder, { dtype: plainDType(format), quantize });
}

/** Bytes of a weight, of the layers and of the head. */
export function weightBytes(format: WeightFormat): {
  readonly layer: number;
  readonly head: number;
} {
  const head = dtypeSizeBytes[plainDType(format)];
  if (!isQuantFormat(format)) return { layer: head, head };
  // nf4 has a scale in f32 for each block; the scales of int8 are one for each row.
  return { layer: format === 'int8' ? 1 : 0.5 + Float32Array.BYTES_PER_ELEMENT / nf4Block, head };
}

/** Pixel values of `count` images, N(0, 1), [count, 3, 224, 224]. */
export function benchPixels(count: number): Tensor {
  const pixels = Tensor.empty([count, 3, imageSize, imageSize]);
  randomFillInPlace(pixels, { kind: 'normal', a: 0, b: 1, seed: 1, stream: 0 });
  return pixels;
}

/** Beginning of text, the image's tokens, and random words. */
export function benchPrompt(textTokens: number, seed: number, withImage = true): Int32Array {
  const random = new Random(seed);
  const text = Array.from({ length: textTokens }, () => 3 + random.below(words - 3));
  const image = new Array<number>(withImage ? imageTokens : 0).fill(imageTokenId);
  return Int32Array.from([1, ...image, ...text]);
}

/** The training batch, packed: 1300 tokens, no padding; or its first samples. */
export function benchBatch(samples = textLengths.length): PackedBatch {
  return packSamples(
    textLengths.slice(0, samples).map((length, i) => {
      const inputIds = benchPrompt(length, 2 + i);
      const labels = inputIds.slice().fill(-100, 0, 1 + imageTokens + Math.floor(length * 0.4));
      return { id: String(i), inputIds, labels, imageCount: 1 };
    }),
  );
}
