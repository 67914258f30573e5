/**
 * CLIP's vision tower: a class token before the patches, a norm after the
 * embeddings, QuickGELU.
 * @source arXiv:2103.00020; numerics as transformers' CLIPVisionModel
 */
import { VisionEncoder } from '../nn/vision-encoder.ts';
import type { VisionEncoderConfig } from '../nn/vision-encoder.ts';
import type { ConfigReader } from './config.ts';
import type { VisionArchitecture } from './vision-tower.ts';

function parseConfig(config: ConfigReader): VisionEncoderConfig {
  const hiddenSize = config.size('hidden_size', 768);
  const numAttentionHeads = config.size('num_attention_heads', 12);
  config.require(hiddenSize % numAttentionHeads === 0, 'hidden_size a multiple of the heads');
  return {
    hiddenSize,
    intermediateSize: config.size('intermediate_size', 3072),
    numHiddenLayers: config.size('num_hidden_layers', 12),
    numAttentionHeads,
    numChannels: config.size('num_channels', 3),
    imageSize: config.size('image_size', 224),
    patchSize: config.size('patch_size', 32),
    layerNormEps: config.number('layer_norm_eps', 1e-5),
    activation: config.activation('hidden_act', 'quick_gelu'),
    classToken: true,
    patchBias: false,
  };
}

export const clip: VisionArchitecture = {
  modelTypes: ['clip_vision_model', 'clip'],
  build: (scope, config) => new VisionEncoder(scope, parseConfig(config)),
  ignoredWeights: [/^embeddings\.position_ids$/],
};
