import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { packageRoot } from '../../src-main/base/package-root.ts';
import { quantizationConfig } from '../../src-main/formats/weights/bitsandbytes.ts';
import { configText } from '../../src-main/formats/weights/config-text.ts';
import { fixtures } from '../support/fixture-case.ts';

const numberOf = (text: string, field: string): string | undefined =>
  new RegExp(`"${field}": ([^,\\n]+)`).exec(text)?.[1];

test('a fraction that is whole stays one, a count and a text stay what they are', () => {
  const config = {
    vision_config: { initializer_factor: 1, layer_norm_eps: 1e-5, hidden_size: 1 },
    rope_scaling: { factor: 8, original_max_position_embeddings: 8192 },
    rms_norm_eps: -0,
    words: ['"initializer_factor": 1', 'a\n"factor": 2'],
    initializer_range: 0.02,
    rope_theta: 1e21,
  };
  const text = configText(config);
  expect(JSON.parse(text)).toEqual({ ...config, rms_norm_eps: 0 });
  expect(numberOf(text, 'initializer_factor')).toBe('1.0');
  expect(numberOf(text, 'layer_norm_eps')).toBe('0.00001');
  expect(numberOf(text, 'hidden_size')).toBe('1');
  expect(numberOf(text, 'factor')).toBe('8.0');
  expect(numberOf(text, 'original_max_position_embeddings')).toBe('8192');
  expect(numberOf(text, 'rms_norm_eps')).toBe('0.0');
  expect(numberOf(text, 'initializer_range')).toBe('0.02');
  expect(numberOf(text, 'rope_theta')).toBe('1e+21');
});

test.each(['llava15', 'interleave'])(
  '%s: every number is written as transformers did',
  (family) => {
    const given = readFileSync(join(fixtures, family, 'checkpoint', 'config.json'), 'utf8');
    const written = configText(JSON.parse(given) as object);
    const fields = [...given.matchAll(/"(\w+)": (-?[\d.e+-]+)/g)];
    expect(fields.length).toBeGreaterThan(20);
    for (const [, field = '', number = ''] of fields) {
      expect(/[.e]/.test(numberOf(written, field) ?? ''), field).toBe(/[.e]/.test(number));
    }
  },
);

test('the starter model and quantised folders hold no whole number where a fraction is asked for', () => {
  const starter = readFileSync(
    join(packageRoot(), 'resources', 'starter-model', 'config.json'),
    'utf8',
  );
  expect(numberOf(starter, 'initializer_factor')).toBe('1.0');
  const config = configText(quantizationConfig('nf4', 'bfloat16'));
  expect(numberOf(config, 'llm_int8_threshold')).toBe('6.0');
});
