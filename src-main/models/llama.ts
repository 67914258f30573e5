/**
 * LLaMA and what is built like it: Vicuna, Mistral, TinyLlama, SmolLM2.
 * @source arXiv:2302.13971, arXiv:2310.06825; numerics as transformers' LlamaModel, MistralModel
 */
import { Decoder } from '../nn/decoder.ts';
import type { DecoderConfig } from '../nn/decoder-layer.ts';
import type { ConfigReader } from './config.ts';
import type { LanguageArchitecture } from './language-model.ts';
import { parseRotary } from './rope-config.ts';

/** What all decoder families of this kind read alike; each adds its own. */
export function parseDecoder(
  config: ConfigReader,
  own: Pick<DecoderConfig, 'queryKeyValueBias' | 'outputBias' | 'mlpBias' | 'slidingWindow'>,
): DecoderConfig {
  const hiddenSize = config.size('hidden_size', 4096);
  const numAttentionHeads = config.size('num_attention_heads', 32);
  const numKeyValueHeads = config.size('num_key_value_heads', numAttentionHeads);
  config.require(
    numAttentionHeads % numKeyValueHeads === 0,
    'num_attention_heads a multiple of num_key_value_heads',
  );
  const headSize = config.has('head_dim')
    ? config.size('head_dim')
    : Math.floor(hiddenSize / numAttentionHeads);
  if (config.text('hidden_act', 'silu') !== 'silu') throw config.wrong('hidden_act', 'silu');
  return {
    hiddenSize,
    intermediateSize: config.size('intermediate_size', 11008),
    numHiddenLayers: config.size('num_hidden_layers', 32),
    numAttentionHeads,
    numKeyValueHeads,
    headSize,
    vocabSize: config.size('vocab_size', 32000),
    maxPositions: config.size('max_position_embeddings', 2048),
    rmsNormEps: config.number('rms_norm_eps', 1e-6),
    rotary: parseRotary(config, headSize),
    tieWordEmbeddings: config.flag('tie_word_embeddings', false),
    ...own,
  };
}

function parseConfig(config: ConfigReader): DecoderConfig {
  const window =
    config.text('model_type', 'llama') === 'mistral' && config.has('sliding_window')
      ? config.size('sliding_window')
      : 0;
  const bias = config.flag('attention_bias', false);
  return parseDecoder(config, {
    queryKeyValueBias: bias,
    outputBias: bias,
    mlpBias: config.flag('mlp_bias', false),
    slidingWindow: () => window,
  });
}

export const llama: LanguageArchitecture = {
  modelTypes: ['llama', 'mistral'],
  build: (scope, root, config) => new Decoder(scope, root, parseConfig(config)),
  ignoredWeights: [/rotary_emb\.inv_freq$/],
};
