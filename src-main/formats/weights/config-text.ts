/**
 * The text of a model's config.json. JavaScript has one kind of number and writes 1.0 as 1, while
 * transformers refuses a whole number where a field's type is float.
 * @source transformers 5 (`PreTrainedConfig` and its classes are checked dataclasses, `BitsAndBytesConfig`
 *   checks its threshold); rotary settings are only warned of
 */

/** Fields that are fractions wherever they stand in the config of a family that is known here. */
const fractions = [
  'attention_dropout',
  'initializer_factor',
  'initializer_range',
  'layer_norm_eps',
  'llm_int8_threshold',
  'rms_norm_eps',
  'rope_theta',
  // of rope_scaling and rope_parameters
  'attention_factor',
  'beta_fast',
  'beta_slow',
  'factor',
  'high_freq_factor',
  'low_freq_factor',
  'mscale',
  'mscale_all_dim',
];

/** A line of such a field with a whole number; a text's quotation marks would be escaped in it. */
const wholeFraction = new RegExp(`^(\\s*"(?:${fractions.join('|')})": -?\\d+)(,?)$`, 'gm');

/** `config` as JSON of two spaces that transformers reads, with a line end behind it. */
export function configText(config: object): string {
  return `${JSON.stringify(config, null, 2).replace(wholeFraction, '$1.0$2')}\n`;
}
