import type { Decoder } from '../nn/decoder.ts';
import type { DecoderConfig } from '../nn/decoder-layer.ts';
import type { WeightScope } from '../nn/weights.ts';
import type { ConfigReader } from './config.ts';

/** One file of models/ for each family of language models exports this. */
export interface LanguageArchitecture {
  readonly modelTypes: readonly string[];
  /** The config with this family's defaults for what it leaves out. */
  parseConfig(config: ConfigReader): DecoderConfig;
  /** @param scope of the decoder @param root of `lm_head` */
  build(scope: WeightScope, root: WeightScope, config: ConfigReader): Decoder;
  /** Weights of the files that the model has no use for, below the decoder's name. */
  readonly ignoredWeights: readonly RegExp[];
}
