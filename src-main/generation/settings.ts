import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LensmithError } from '../base/errors.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';

/** How the next token is chosen, and when to stop. */
export interface GenerationSettings {
  /** False takes the most likely token, after the repetition penalty. */
  readonly doSample: boolean;
  /** > 0; logits are divided by it. */
  readonly temperature: number;
  /** Keeps this many of the most likely; 0 keeps all. */
  readonly topK: number;
  /** Keeps the smallest set of at least this probability, in (0, 1]. */
  readonly topP: number;
  /** > 0; divides positive and multiplies negative logits of tokens seen; 1 is off. */
  readonly repetitionPenalty: number;
  /** Tokens after which the answer ends. */
  readonly stopTokenIds: readonly number[];
  /** At least 1. */
  readonly maxNewTokens: number;
  readonly seed: number;
}

const defaultMaxNewTokens = 256;

/**
 * The settings of a model folder: generation_config.json over the reference's
 * defaults. Without a stop token there, the tokenizer's end of text stops.
 * @throws generation/bad-config
 */
export async function loadGenerationSettings(
  dir: string,
  tokenizer: Pick<Tokenizer, 'special'>,
): Promise<GenerationSettings> {
  const path = join(dir, 'generation_config.json');
  const json = await readConfig(path);
  const eos = json['eos_token_id'] ?? tokenizer.special.eos?.id ?? [];
  const stops: unknown[] = Array.isArray(eos) ? eos : [eos];
  const number = (name: string, fallback: number): number => {
    const value = json[name] ?? fallback;
    if (typeof value === 'number') return value;
    throw badSettings(`${name} in ${path}`, 'a number', value);
  };
  const temperature = number('temperature', 1);
  return checkSettings({
    // Folders that mean greedy say so by a temperature of 0 as well.
    doSample: json['do_sample'] === true && temperature !== 0,
    temperature: temperature === 0 ? 1 : temperature,
    topK: number('top_k', 50),
    topP: number('top_p', 1),
    repetitionPenalty: number('repetition_penalty', 1),
    stopTokenIds: stops as number[],
    maxNewTokens: number('max_new_tokens', defaultMaxNewTokens),
    seed: 0,
  });
}

/** @throws generation/bad-config for values that mean nothing */
export function checkSettings(settings: GenerationSettings): GenerationSettings {
  const { temperature, topK, topP, repetitionPenalty, stopTokenIds, maxNewTokens, seed } = settings;
  const positive = (value: number): boolean => value > 0 && Number.isFinite(value);
  const natural = (value: unknown): boolean =>
    Number.isSafeInteger(value) && (value as number) >= 0;
  const rules: [boolean, string, string, unknown][] = [
    [positive(temperature), 'temperature', 'a number above 0', temperature],
    [natural(topK), 'top-k', 'a whole number from 0', topK],
    [topP > 0 && topP <= 1, 'top-p', 'a number above 0, at most 1', topP],
    [positive(repetitionPenalty), 'repetition penalty', 'a number above 0', repetitionPenalty],
    [stopTokenIds.every(natural), 'stop tokens', 'token ids', stopTokenIds],
    [natural(maxNewTokens) && maxNewTokens > 0, 'max new tokens', 'from 1', maxNewTokens],
    [natural(seed), 'seed', 'a whole number from 0', seed],
  ];
  for (const [holds, name, expected, got] of rules) {
    if (!holds) throw badSettings(name, expected, got);
  }
  return settings;
}

function badSettings(name: string, expected: string, got: unknown): LensmithError {
  return new LensmithError('generation/bad-config', `The ${name} cannot be used.`, {
    expected,
    got: JSON.stringify(got) ?? String(got),
  });
}

async function readConfig(path: string): Promise<Readonly<Record<string, unknown>>> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw new LensmithError('generation/bad-config', `${path} cannot be read.`, { cause: thrown });
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new LensmithError('generation/bad-config', `${path} is not JSON.`, { cause });
  }
  if (typeof json === 'object' && json !== null && !Array.isArray(json)) {
    return json as Record<string, unknown>;
  }
  throw new LensmithError('generation/bad-config', `${path} holds no JSON object.`);
}
