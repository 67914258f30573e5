import type { VisionEncoderConfig } from '../nn/vision-encoder.ts';
import type { ConfigReader } from './config.ts';

/** What a tower's config leaves out, and what makes it this family's. */
export interface VisionFamily {
  readonly imageSize: number;
  readonly patchSize: number;
  readonly layerNormEps: number;
  readonly activation: string;
  readonly classToken: boolean;
  readonly patchBias: boolean;
}

/** `vision_config` of a checkpoint. @throws models/bad-config */
export function parseVisionConfig(config: ConfigReader, family: VisionFamily): VisionEncoderConfig {
  const hiddenSize = config.size('hidden_size', 768);
  const numAttentionHeads = config.size('num_attention_heads', 12);
  config.require(hiddenSize % numAttentionHeads === 0, 'hidden_size a multiple of the heads');
  const numChannels = config.size('num_channels', 3);
  if (numChannels !== 3) throw config.wrong('num_channels', '3, as pictures have');
  return {
    hiddenSize,
    intermediateSize: config.size('intermediate_size', 3072),
    numHiddenLayers: config.size('num_hidden_layers', 12),
    numAttentionHeads,
    numChannels,
    imageSize: config.size('image_size', family.imageSize),
    patchSize: config.size('patch_size', family.patchSize),
    layerNormEps: config.number('layer_norm_eps', family.layerNormEps),
    activation: config.activation('hidden_act', family.activation),
    classToken: family.classToken,
    patchBias: family.patchBias,
  };
}
