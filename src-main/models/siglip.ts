/**
 * SigLIP's vision tower: no class token, a biased patch embedding, GELU (tanh).
 * @source arXiv:2303.15343; numerics as transformers' SiglipVisionModel
 */
import { VisionEncoder } from '../nn/vision-encoder.ts';
import type { VisionEncoderConfig } from '../nn/vision-encoder.ts';
import type { ConfigReader } from './config.ts';
import { parseVisionConfig } from './vision-config.ts';
import type { VisionFamily } from './vision-config.ts';
import type { VisionArchitecture } from './vision-tower.ts';

const family: VisionFamily = {
  imageSize: 224,
  patchSize: 16,
  layerNormEps: 1e-6,
  activation: 'gelu_pytorch_tanh',
  classToken: false,
  patchBias: true,
};

const parseConfig = (config: ConfigReader): VisionEncoderConfig =>
  parseVisionConfig(config, family);

export const siglip: VisionArchitecture = {
  modelTypes: ['siglip_vision_model', 'siglip'],
  defaultSizes: { image_size: family.imageSize, patch_size: family.patchSize },
  parseConfig,
  build: (scope, config) => new VisionEncoder(scope, parseConfig(config)),
  // The pooling head makes one vector of an image; LLaVA reads the patches.
  ignoredWeights: [/^embeddings\.position_ids$/, /^head\./],
  configWithoutThem: { vision_use_head: false },
};
