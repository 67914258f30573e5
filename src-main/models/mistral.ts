/**
 * Mistral: as LLaMA without any bias, where keys further back than a window are not seen.
 * @source arXiv:2310.06825; numerics as transformers' MistralModel
 */
import { Decoder } from '../nn/decoder.ts';
import type { DecoderConfig } from '../nn/decoder-layer.ts';
import type { ConfigReader } from './config.ts';
import { parseDecoderConfig } from './decoder-config.ts';
import type { DecoderFamily } from './decoder-config.ts';
import type { LanguageArchitecture } from './language-model.ts';

const family: DecoderFamily = {
  vocabSize: 32000,
  intermediateSize: 14336,
  numKeyValueHeads: 8,
  maxPositions: 131072,
};

function parseConfig(config: ConfigReader): DecoderConfig {
  const window = config.sizeOrNull('sliding_window', 4096) ?? 0;
  return parseDecoderConfig(config, family, {
    queryKeyValueBias: false,
    outputBias: false,
    mlpBias: false,
    slidingWindow: () => window,
  });
}

export const mistral: LanguageArchitecture = {
  modelTypes: ['mistral'],
  parseConfig,
  build: (scope, root, config) => new Decoder(scope, root, parseConfig(config)),
  ignoredWeights: [/rotary_emb\.inv_freq$/],
};
