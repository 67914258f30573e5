import { LensmithError } from '../base/errors.ts';
import type { RopeScaling, RotaryConfig } from '../nn/rotary.ts';
import type { ConfigReader } from './config.ts';

/**
 * Rotary settings of both generations: `rope_parameters {rope_theta, rope_type, …}`,
 * or `rope_theta` beside `rope_scaling {type | rope_type, …}`. Of a folder that has both, as one
 * whose scaling was added by hand, `rope_scaling` counts and `rope_parameters` not at all, its
 * `rope_theta` neither, as in the reference.
 * @param maxPositions `max_position_embeddings`
 * @throws models/bad-config, models/unsupported
 * @source transformers' RotaryEmbeddingConfigMixin.convert_rope_params_to_dict
 */
export function parseRotary(
  config: ConfigReader,
  headSize: number,
  maxPositions: number,
): RotaryConfig {
  const newer = config.section('rope_parameters');
  const older = config.section('rope_scaling');
  const section = Object.keys(older.json).length > 0 ? older : newer;
  const holder = section.has('rope_theta') ? section : config;
  const theta = holder.number('rope_theta', 10000);
  if (theta <= 0) throw holder.wrong('rope_theta', 'a positive number');
  return { theta, headSize, scaling: parseScaling(section, config, maxPositions) };
}

function parseScaling(
  section: ConfigReader,
  config: ConfigReader,
  maxPositions: number,
): RopeScaling {
  const type = section.text('rope_type', section.text('type', 'default'));
  const factor = (fallback?: number): number => {
    const value = section.number('factor', fallback);
    if (value > 0) return value;
    throw section.wrong('factor', 'a positive number');
  };
  // Beside the section, where some files have it, it counts more than inside.
  const holder = [config, section].find((place) => place.has('original_max_position_embeddings'));
  const original = holder?.size('original_max_position_embeddings') ?? maxPositions;
  if (type !== 'default') refusePartial(section, config);
  switch (type) {
    case 'default':
      return { type };
    case 'linear':
      return { type, factor: factor() };
    case 'dynamic':
      return { type, factor: factor(), originalMaxPositions: maxPositions };
    case 'llama3':
      return {
        type,
        factor: factor(),
        lowFrequencyFactor: section.number('low_freq_factor'),
        highFrequencyFactor: section.number('high_freq_factor'),
        originalMaxPositions: original,
      };
    case 'yarn':
      return {
        type,
        factor: factor(maxPositions / original),
        betaFast: section.number('beta_fast', 32) || 32,
        betaSlow: section.number('beta_slow', 1) || 1,
        originalMaxPositions: original,
        attentionFactor: section.numberOrNull('attention_factor'),
        mscale: section.numberOrNull('mscale'),
        mscaleAllDim: section.numberOrNull('mscale_all_dim'),
        truncate: section.flag('truncate', true),
      };
    default:
      throw new LensmithError('models/unsupported', `Rotary scaling '${type}' is not supported.`, {
        expected: 'default, linear, dynamic, llama3 or yarn',
        got: type,
        hint: 'Take a model whose rope_scaling in config.json is one of these, or has none.',
      });
  }
}

/** The reference's decoders turn whole heads; only its scalings look at this share, and then fail. */
function refusePartial(section: ConfigReader, config: ConfigReader): void {
  const holder = section.has('partial_rotary_factor') ? section : config;
  const share = holder.number('partial_rotary_factor', 1);
  if (share === 1) return;
  throw new LensmithError(
    'models/unsupported',
    'Scaled positions in a part of each head are not supported.',
    {
      expected: 'partial_rotary_factor 1, or none',
      got: String(share),
      hint: 'Take a model that turns whole heads, as LLaMA, Mistral and Qwen2 do.',
    },
  );
}
