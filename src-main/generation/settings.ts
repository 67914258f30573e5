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
  /** What the folder asks for, would change the answer, and is not done here, as `field=value`. */
  readonly undone: readonly string[];
}

const defaultMaxNewTokens = 256;

/** Fields that change whichever token is chosen, with the numbers that leave them off. */
const undoneFields: Readonly<Record<string, readonly number[]>> = {
  bad_words_ids: [],
  begin_suppress_tokens: [],
  constraints: [],
  encoder_no_repeat_ngram_size: [0],
  encoder_repetition_penalty: [1],
  exponential_decay_length_penalty: [],
  force_words_ids: [],
  forced_eos_token_id: [],
  guidance_scale: [1],
  min_length: [0, 1],
  min_new_tokens: [0],
  no_repeat_ngram_size: [0],
  num_beams: [1],
  penalty_alpha: [0],
  sequence_bias: [],
  stop_strings: [],
  suppress_tokens: [],
  watermarking_config: [],
};

/** The same, where tokens are drawn. */
const undoneDraws: typeof undoneFields = {
  epsilon_cutoff: [0],
  eta_cutoff: [0],
  min_p: [0],
  top_h: [],
  typical_p: [1],
};

/**
 * The settings of a model folder: generation_config.json over the reference's
 * defaults. Without that file, config.json says what stops, at its top or in text_config; where
 * nothing does, the tokenizer's end of text stops.
 * @throws generation/bad-config
 */
export async function loadGenerationSettings(
  dir: string,
  tokenizer: Pick<Tokenizer, 'special'>,
): Promise<GenerationSettings> {
  const path = join(dir, 'generation_config.json');
  const given = await readConfig(path);
  const json = given ?? {};
  const named = given === null ? await stopOfModel(dir) : json['eos_token_id'];
  const eos = named ?? tokenizer.special.eos?.id ?? [];
  const stops: unknown[] = Array.isArray(eos) ? eos : [eos];
  const number = (name: string, fallback: number): number => {
    const value = json[name] ?? fallback;
    if (typeof value === 'number') return value;
    throw badSettings(`${name} in ${path}`, 'a number', value);
  };
  const temperature = number('temperature', 1);
  // Folders that mean greedy say so by a temperature of 0 as well.
  const doSample = json['do_sample'] === true && temperature !== 0;
  return checkSettings({
    doSample,
    temperature: temperature === 0 ? 1 : temperature,
    topK: number('top_k', 50),
    topP: number('top_p', 1),
    repetitionPenalty: number('repetition_penalty', 1),
    stopTokenIds: stops as number[],
    maxNewTokens: number('max_new_tokens', defaultMaxNewTokens),
    seed: 0,
    undone: undoneIn(json, doSample ? { ...undoneFields, ...undoneDraws } : undoneFields),
  });
}

async function stopOfModel(dir: string): Promise<unknown> {
  const config = (await readConfig(join(dir, 'config.json'))) ?? {};
  const text = config['text_config'] as Record<string, unknown> | null | undefined;
  return config['eos_token_id'] ?? text?.['eos_token_id'];
}

function undoneIn(
  json: Readonly<Record<string, unknown>>,
  fields: Readonly<Record<string, readonly number[]>>,
): string[] {
  const isOff = (value: unknown, neutral: readonly number[]): boolean =>
    value === undefined ||
    value === null ||
    value === false ||
    (typeof value === 'number' && neutral.includes(value)) ||
    (typeof value === 'object' && Object.keys(value).length === 0);
  return Object.entries(fields)
    .filter(([name, neutral]) => !isOff(json[name], neutral))
    .map(([name]) => `${name}=${JSON.stringify(json[name])}`.slice(0, 100));
}

/**
 * For who is about to answer; who only looks at a model need not mind.
 * @throws generation/undone, generation/bad-config
 */
export function requireAnswerable(settings: GenerationSettings): void {
  checkSettings(settings);
  if (settings.undone.length === 0) return;
  throw new LensmithError(
    'generation/undone',
    'The model folder asks for answers of a kind that is not made here.',
    {
      expected: 'the most likely token, or one drawn by temperature, top-k and top-p',
      got: settings.undone.join(', '),
      hint: 'Take these fields out of generation_config.json to have answers without them.',
    },
  );
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

/** @returns null where there is no such file */
async function readConfig(path: string): Promise<Readonly<Record<string, unknown>> | null> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return null;
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
