/**
 * adapter_config.json of PEFT's LoRA.
 * @source https://github.com/huggingface/peft (LoraConfig); checked against files of PEFT 0.21
 */
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { LensmithError } from '../../base/errors.ts';
import { shorten } from '../weights/safetensors-layout.ts';

export const peftConfigName = 'adapter_config.json';

export interface LoraConfig {
  readonly rank: number;
  readonly alpha: number;
  /** Probability of zeroing an input of A while training, 0 to below 1. */
  readonly dropout: number;
  /** Names or ends of module paths, or one pattern for whole paths. */
  readonly targetModules: readonly string[] | string;
  readonly excludeModules: readonly string[] | string | undefined;
  /** Which biases train too. */
  readonly bias: 'none' | 'all' | 'lora_only';
  /** Modules trained and saved whole. */
  readonly modulesToSave: readonly string[];
  readonly useDora: boolean;
  /** Scale by alpha / sqrt(rank) in place of alpha / rank. */
  readonly useRslora: boolean;
  /** Other ranks and alphas for the modules whose path ends with the key's match. */
  readonly rankPattern: Readonly<Record<string, number>>;
  readonly alphaPattern: Readonly<Record<string, number>>;
  readonly layersToTransform: readonly number[] | undefined;
  /** Names of the lists of layers that layersToTransform counts in. */
  readonly layersPattern: readonly string[] | undefined;
  readonly baseModel: string | undefined;
  readonly taskType: string | undefined;
  /** What the file asks for and this program does not do, as `field=value`. */
  readonly unsupported: readonly string[];
}

export const defaultLoraConfig: LoraConfig = {
  rank: 8,
  alpha: 8,
  dropout: 0,
  targetModules: [],
  excludeModules: undefined,
  bias: 'none',
  modulesToSave: [],
  useDora: false,
  useRslora: false,
  rankPattern: {},
  alphaPattern: {},
  layersToTransform: undefined,
  layersPattern: undefined,
  baseModel: undefined,
  taskType: 'CAUSAL_LM',
  unsupported: [],
};

/** Ways to begin that leave the model's own weights alone; others change them whenever an adapter is loaded. */
const plainInits = ['gaussian', 'eva', 'orthogonal', 'lora_ga'];

/** Fields that change the computation; off when absent, null, false or empty. */
const unsupportedFields = [
  'use_dora',
  'use_qalora',
  'use_bdlora',
  'lora_bias',
  'fan_in_fan_out',
  'layer_replication',
  'target_parameters',
  'trainable_token_indices',
  'alora_invocation_tokens',
  'arrow_config',
  'velora_config',
  'monteclora_config',
  'kasa_config',
];

type Fields = Readonly<Record<string, unknown>>;

/**
 * @param path adapter_config.json or its folder
 * @throws formats/file-not-found, formats/peft-bad-config, formats/peft-unknown-type
 */
export async function readLoraConfig(path: string): Promise<LoraConfig> {
  const file = path.endsWith('.json') ? path : join(path, peftConfigName);
  let text: string;
  try {
    if ((await stat(file)).size > 10_000_000) throw new Error('larger than 10 MB');
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new LensmithError('formats/file-not-found', `${file} cannot be read.`, {
      expected: `an adapter folder with ${peftConfigName}`,
      got: (error as Error).message,
      hint: 'Give the folder that training wrote as OUT/adapter, or one saved by PEFT.',
      cause: error,
    });
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw badConfig(file, 'it is no JSON', 'JSON', (error as Error).message);
  }
  return parseLoraConfig(json, file);
}

function badConfig(file: string, message: string, expected: string, got: unknown): LensmithError {
  return new LensmithError('formats/peft-bad-config', `${file}: ${message}.`, {
    expected,
    got: shorten(typeof got === 'string' ? got : (JSON.stringify(got) ?? 'nothing')),
  });
}

/** @param file named in errors */
export function parseLoraConfig(json: unknown, file: string): LoraConfig {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw badConfig(file, 'it is no JSON object', '{"peft_type": "LORA", …}', json);
  }
  const fields = json as Fields;
  if (fields['peft_type'] !== 'LORA') {
    throw new LensmithError('formats/peft-unknown-type', `${file}: this adapter is no LoRA.`, {
      expected: 'peft_type LORA',
      got: shorten(JSON.stringify(fields['peft_type']) ?? 'no peft_type'),
      hint: 'Merge the adapter into its model with PEFT and load the merged model.',
    });
  }
  const read = new FieldReader(fields, file);
  const bias = fields['bias'] ?? 'none';
  if (bias !== 'none' && bias !== 'all' && bias !== 'lora_only') {
    throw badConfig(file, 'bias is unknown', 'none, all or lora_only', bias);
  }
  const dropout = read.number('lora_dropout', 0);
  if (dropout < 0 || dropout >= 1) throw badConfig(file, 'lora_dropout', '0 to below 1', dropout);
  return {
    rank: read.rank('r', fields['r'] === undefined ? defaultLoraConfig.rank : fields['r']),
    alpha: read.finite(
      'lora_alpha',
      fields['lora_alpha'] === undefined ? defaultLoraConfig.alpha : fields['lora_alpha'],
    ),
    dropout,
    targetModules: read.names('target_modules') ?? [],
    excludeModules: read.names('exclude_modules'),
    bias,
    modulesToSave: read.list('modules_to_save') ?? [],
    useDora: read.flag('use_dora'),
    useRslora: read.flag('use_rslora'),
    rankPattern: read.numbers('rank_pattern', (name, value) => read.rank(name, value)),
    alphaPattern: read.numbers('alpha_pattern', (name, value) => read.finite(name, value)),
    layersToTransform: read.layers(),
    layersPattern: read.list('layers_pattern'),
    baseModel: read.text('base_model_name_or_path'),
    taskType: read.text('task_type'),
    unsupported: findUnsupported(fields, bias),
  };
}

function findUnsupported(fields: Fields, bias: string): string[] {
  const isOff = (value: unknown): boolean =>
    value === undefined ||
    value === null ||
    value === false ||
    (typeof value === 'object' && Object.keys(value).length === 0);
  const found = unsupportedFields
    .filter((name) => !isOff(fields[name]))
    .map((name) => `${name}=${shorten(JSON.stringify(fields[name]) ?? '', 60)}`);
  if (bias !== 'none') found.push(`bias=${bias}`);
  const init = fields['init_lora_weights'] ?? true;
  if (typeof init !== 'boolean' && !plainInits.includes(String(init).toLowerCase())) {
    found.push(`init_lora_weights=${shorten(JSON.stringify(init), 60)}`);
  }
  return found;
}

/** Typed access to hostile JSON fields; each fault names the field. */
class FieldReader {
  readonly #fields: Fields;
  readonly #file: string;

  constructor(fields: Fields, file: string) {
    this.#fields = fields;
    this.#file = file;
  }

  finite(name: string, value: unknown): number {
    if (typeof value === 'number' && Number.isFinite(value)) return value;
    throw badConfig(this.#file, `${name} is no number`, 'a number', value);
  }

  number(name: string, otherwise: number): number {
    return this.finite(name, this.#fields[name] ?? otherwise);
  }

  rank(name: string, value: unknown): number {
    if (Number.isSafeInteger(value) && (value as number) > 0) return value as number;
    throw badConfig(this.#file, `${name} is no rank`, 'a whole number from 1', value);
  }

  /** Off where it is absent or null. */
  flag(name: string): boolean {
    const value = this.#fields[name] ?? false;
    if (typeof value === 'boolean') return value;
    throw badConfig(this.#file, `${name} is no switch`, 'true or false', value);
  }

  text(name: string): string | undefined {
    const value = this.#fields[name] ?? undefined;
    if (value === undefined || typeof value === 'string') return value;
    throw badConfig(this.#file, `${name} is no text`, 'a text or null', value);
  }

  names(name: string): string[] | string | undefined {
    const value = this.#fields[name];
    return typeof value === 'string' ? value : this.list(name);
  }

  list(name: string): string[] | undefined {
    const value = this.#fields[name] ?? undefined;
    if (value === undefined) return undefined;
    if (typeof value === 'string') return [value];
    if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
    throw badConfig(this.#file, `${name} is no list of names`, 'a list of texts', value);
  }

  numbers(
    name: string,
    check: (key: string, value: unknown) => number,
  ): Readonly<Record<string, number>> {
    const value = this.#fields[name] ?? {};
    if (typeof value !== 'object' || Array.isArray(value)) {
      throw badConfig(this.#file, `${name} is no object`, '{"module": number}', value);
    }
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, check(`${name}.${key}`, item)]),
    );
  }

  layers(): number[] | undefined {
    const value = this.#fields['layers_to_transform'] ?? undefined;
    if (value === undefined) return undefined;
    const list: unknown[] = Array.isArray(value) ? value : [value];
    return list.map((item) => {
      if (Number.isSafeInteger(item) && (item as number) >= 0) return item as number;
      throw badConfig(this.#file, 'layers_to_transform', 'whole numbers from 0', item);
    });
  }
}

/**
 * @returns the fields that every PEFT version since 0.7 reads, sorted as PEFT writes them
 * @throws formats/peft-unsupported for a config that says more than these fields can
 */
export function loraConfigJson(config: LoraConfig): string {
  requireSupported(config, 'the adapter to write');
  const fields: Record<string, unknown> = {
    alpha_pattern: config.alphaPattern,
    auto_mapping: null,
    base_model_name_or_path: config.baseModel ?? null,
    bias: config.bias,
    ...(config.excludeModules === undefined ? {} : { exclude_modules: config.excludeModules }),
    fan_in_fan_out: false,
    inference_mode: true,
    init_lora_weights: true,
    layers_pattern: config.layersPattern ?? null,
    layers_to_transform: config.layersToTransform ?? null,
    lora_alpha: config.alpha,
    lora_dropout: config.dropout,
    modules_to_save: config.modulesToSave.length === 0 ? null : config.modulesToSave,
    peft_type: 'LORA',
    r: config.rank,
    rank_pattern: config.rankPattern,
    revision: null,
    target_modules: config.targetModules,
    task_type: config.taskType ?? null,
    use_dora: config.useDora,
    use_rslora: config.useRslora,
  };
  return `${JSON.stringify(fields, null, 2)}\n`;
}

/** @throws formats/peft-unsupported, which lists every field that would be ignored */
export function requireSupported(config: LoraConfig, what: string): void {
  if (config.unsupported.length === 0) return;
  throw new LensmithError('formats/peft-unsupported', `${what} uses what is not supported here.`, {
    expected: 'plain LoRA, with or without rsLoRA, rank and alpha patterns, modules_to_save',
    got: config.unsupported.join(', '),
    hint: 'Merge the adapter into its model with PEFT and load the merged model.',
  });
}
