/**
 * Qwen2: as LLaMA, with biases on queries, keys and values.
 * @source arXiv:2407.10671; numerics as transformers' Qwen2Model
 */
import { Decoder } from '../nn/decoder.ts';
import type { DecoderConfig } from '../nn/decoder-layer.ts';
import type { ConfigReader } from './config.ts';
import type { LanguageArchitecture } from './language-model.ts';
import { parseDecoder } from './llama.ts';

function parseConfig(config: ConfigReader): DecoderConfig {
  return parseDecoder(config, {
    queryKeyValueBias: true,
    outputBias: false,
    mlpBias: false,
    slidingWindow: parseWindow(config),
  });
}

/** Window of each layer: `layer_types` of newer files, else all layers from `max_window_layers` on. */
function parseWindow(config: ConfigReader): (layer: number) => number {
  if (!config.flag('use_sliding_window', false) || !config.has('sliding_window')) return () => 0;
  const window = config.size('sliding_window');
  const types = config.json['layer_types'];
  if (Array.isArray(types)) {
    return (layer) => (types[layer] === 'sliding_attention' ? window : 0);
  }
  const first = config.number('max_window_layers', 28);
  return (layer) => (layer >= first ? window : 0);
}

export const qwen2: LanguageArchitecture = {
  modelTypes: ['qwen2'],
  build: (scope, root, config) => new Decoder(scope, root, parseConfig(config)),
  ignoredWeights: [/rotary_emb\.inv_freq$/],
};
