/**
 * Qwen2: as LLaMA, with biases on queries, keys and values.
 * @source arXiv:2407.10671; numerics as transformers' Qwen2Model
 */
import { Decoder } from '../nn/decoder.ts';
import type { DecoderConfig } from '../nn/decoder-layer.ts';
import type { ConfigReader } from './config.ts';
import { parseDecoderConfig } from './decoder-config.ts';
import type { DecoderFamily } from './decoder-config.ts';
import type { LanguageArchitecture } from './language-model.ts';

const family: DecoderFamily = {
  vocabSize: 151936,
  intermediateSize: 22016,
  numKeyValueHeads: 32,
  maxPositions: 32768,
};

function parseConfig(config: ConfigReader): DecoderConfig {
  return parseDecoderConfig(config, family, {
    queryKeyValueBias: true,
    outputBias: false,
    mlpBias: false,
    slidingWindow: parseWindow(config),
  });
}

/** Window of each layer: `layer_types` of newer files, else all layers from `max_window_layers` on. */
function parseWindow(config: ConfigReader): (layer: number) => number {
  const isWindowed = config.flag('use_sliding_window', false);
  const window = isWindowed ? config.sizeOrNull('sliding_window', 4096) : null;
  const types = config.json['layer_types'];
  if (Array.isArray(types)) {
    if (window === null && types.includes('sliding_attention')) {
      throw config.wrong('sliding_window', 'a window, since layer_types has layers with one');
    }
    return (layer) => (types[layer] === 'sliding_attention' ? (window as number) : 0);
  }
  const first = config.number('max_window_layers', 28);
  return (layer) => (layer >= first ? (window ?? 0) : 0);
}

export const qwen2: LanguageArchitecture = {
  modelTypes: ['qwen2'],
  parseConfig,
  build: (scope, root, config) => new Decoder(scope, root, parseConfig(config)),
  ignoredWeights: [/rotary_emb\.inv_freq$/],
};
