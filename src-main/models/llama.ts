/**
 * LLaMA and what is built like it: Vicuna, TinyLlama, SmolLM2.
 * @source arXiv:2302.13971; numerics as transformers' LlamaModel
 */
import { Decoder } from '../nn/decoder.ts';
import type { DecoderConfig } from '../nn/decoder-layer.ts';
import type { ConfigReader } from './config.ts';
import { parseDecoderConfig } from './decoder-config.ts';
import type { DecoderFamily } from './decoder-config.ts';
import type { LanguageArchitecture } from './language-model.ts';

const family: DecoderFamily = {
  vocabSize: 32000,
  intermediateSize: 11008,
  numKeyValueHeads: null,
  maxPositions: 2048,
};

function parseConfig(config: ConfigReader): DecoderConfig {
  const bias = config.flag('attention_bias', false);
  return parseDecoderConfig(config, family, {
    queryKeyValueBias: bias,
    outputBias: bias,
    mlpBias: config.flag('mlp_bias', false),
    slidingWindow: () => 0,
  });
}

export const llama: LanguageArchitecture = {
  modelTypes: ['llama'],
  parseConfig,
  build: (scope, root, config) => new Decoder(scope, root, parseConfig(config)),
  ignoredWeights: [/rotary_emb\.inv_freq$/],
};
