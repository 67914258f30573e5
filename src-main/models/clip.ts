/**
 * CLIP's vision tower: a class token before the patches, a norm after the
 * embeddings, QuickGELU.
 * @source arXiv:2103.00020; numerics as transformers' CLIPVisionModel
 */
import { VisionEncoder } from '../nn/vision-encoder.ts';
import type { VisionEncoderConfig } from '../nn/vision-encoder.ts';
import type { ConfigReader } from './config.ts';
import { parseVisionConfig } from './vision-config.ts';
import type { VisionFamily } from './vision-config.ts';
import type { VisionArchitecture } from './vision-tower.ts';

const family: VisionFamily = {
  imageSize: 224,
  patchSize: 32,
  layerNormEps: 1e-5,
  activation: 'quick_gelu',
  classToken: true,
  patchBias: false,
};

const parseConfig = (config: ConfigReader): VisionEncoderConfig =>
  parseVisionConfig(config, family);

export const clip: VisionArchitecture = {
  modelTypes: ['clip_vision_model', 'clip'],
  defaultSizes: { image_size: family.imageSize, patch_size: family.patchSize },
  parseConfig,
  build: (scope, config) => new VisionEncoder(scope, parseConfig(config)),
  ignoredWeights: [/^embeddings\.position_ids$/],
  configWithoutThem: {},
};
