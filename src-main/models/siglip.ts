/**
 * SigLIP's vision tower: no class token, a biased patch embedding, GELU (tanh).
 * @source arXiv:2303.15343; numerics as transformers' SiglipVisionModel
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
    patchSize: config.size('patch_size', 16),
    layerNormEps: config.number('layer_norm_eps', 1e-6),
    activation: config.activation('hidden_act', 'gelu_pytorch_tanh'),
    classToken: false,
    patchBias: true,
  };
}

export const siglip: VisionArchitecture = {
  modelTypes: ['siglip_vision_model', 'siglip'],
  build: (scope, config) => new VisionEncoder(scope, parseConfig(config)),
  // The pooling head makes one vector of an image; LLaVA reads the patches.
  ignoredWeights: [/^embeddings\.position_ids$/, /^head\./],
};
