import type { DecoderConfig } from '../nn/decoder-layer.ts';
import { reachOf } from '../nn/rotary.ts';
import type { ConfigReader } from './config.ts';
import { parseRotary } from './rope-config.ts';

/** What a config leaves out, and what makes it this family's. */
export interface DecoderFamily {
  readonly vocabSize: number;
  readonly intermediateSize: number;
  /** null: as many as heads. */
  readonly numKeyValueHeads: number | null;
  readonly maxPositions: number;
}

/** `text_config` of a checkpoint. @throws models/bad-config, models/unsupported */
export function parseDecoderConfig(
  config: ConfigReader,
  family: DecoderFamily,
  own: Pick<DecoderConfig, 'queryKeyValueBias' | 'outputBias' | 'mlpBias' | 'slidingWindow'>,
): DecoderConfig {
  const hiddenSize = config.size('hidden_size', 4096);
  const numAttentionHeads = config.size('num_attention_heads', 32);
  const numKeyValueHeads =
    config.sizeOrNull('num_key_value_heads', family.numKeyValueHeads) ?? numAttentionHeads;
  config.require(
    numAttentionHeads % numKeyValueHeads === 0,
    'num_attention_heads a multiple of num_key_value_heads',
  );
  const headSize =
    config.sizeOrNull('head_dim', null) ?? Math.floor(hiddenSize / numAttentionHeads);
  if (config.activation('hidden_act', 'silu') !== 'silu') throw config.wrong('hidden_act', 'silu');
  const maxPositions = config.size('max_position_embeddings', family.maxPositions);
  const rotary = parseRotary(config, headSize, maxPositions);
  return {
    hiddenSize,
    intermediateSize: config.size('intermediate_size', family.intermediateSize),
    numHiddenLayers: config.size('num_hidden_layers', 32),
    numAttentionHeads,
    numKeyValueHeads,
    headSize,
    vocabSize: config.size('vocab_size', family.vocabSize),
    maxPositions: reachOf(rotary.scaling, maxPositions),
    rmsNormEps: config.number('rms_norm_eps', 1e-6),
    rotary,
    tieWordEmbeddings: config.flag('tie_word_embeddings', false),
    ...own,
  };
}
