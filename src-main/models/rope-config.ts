import { LensmithError } from '../base/errors.ts';
import type { RopeScaling, RotaryConfig } from '../nn/rotary.ts';
import type { ConfigReader } from './config.ts';

/**
 * Rotary settings of both generations: `rope_parameters {rope_theta, rope_type, …}`,
 * or `rope_theta` beside `rope_scaling {type | rope_type, …}`. A folder that has both,
 * as one whose scaling was added by hand, is scaled by `rope_scaling`, as in the reference.
 */
export function parseRotary(config: ConfigReader, headSize: number): RotaryConfig {
  const newer = config.section('rope_parameters');
  const older = config.section('rope_scaling');
  const section = Object.keys(older.json).length > 0 ? older : newer;
  const holder = [section, newer].find((place) => place.has('rope_theta')) ?? config;
  const theta = holder.number('rope_theta', 10000);
  if (theta <= 0) throw config.wrong('rope_theta', 'a positive number');
  return { theta, headSize, scaling: parseScaling(section, config) };
}

function parseScaling(section: ConfigReader, config: ConfigReader): RopeScaling {
  const type = section.text('rope_type', section.text('type', 'default'));
  const factor = (): number => {
    const value = section.number('factor', 1);
    if (value > 0) return value;
    throw section.wrong('factor', 'a positive number');
  };
  const original = (): number =>
    section.has('original_max_position_embeddings')
      ? section.size('original_max_position_embeddings')
      : config.size('max_position_embeddings', 2048);
  switch (type) {
    case 'default':
      return { type };
    case 'linear':
      return { type, factor: factor() };
    case 'dynamic':
      return { type, factor: factor(), originalMaxPositions: original() };
    case 'llama3':
      return {
        type,
        factor: factor(),
        lowFrequencyFactor: section.number('low_freq_factor', 1),
        highFrequencyFactor: section.number('high_freq_factor', 4),
        originalMaxPositions: original(),
      };
    case 'yarn':
      return {
        type,
        factor: factor(),
        betaFast: section.number('beta_fast', 32),
        betaSlow: section.number('beta_slow', 1),
        originalMaxPositions: original(),
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
