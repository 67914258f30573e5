/**
 * PEFT adapter folders: adapter_config.json and adapter_model.safetensors with
 * keys `base_model.model.MODULE.lora_A.weight` [r, in], `….lora_B.weight`
 * [out, r], `….lora_magnitude_vector` [out] (DoRA) and, for modules saved whole,
 * `base_model.model.MODULE.PARAMETER`.
 */
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '../../base/atomic-file.ts';
import { LensmithError } from '../../base/errors.ts';
import {
  readSafetensorsHeader,
  shorten,
  writeSafetensors,
  type SafetensorsEntry,
  type SafetensorsHeader,
  type SafetensorsSource,
} from '../weights/safetensors.ts';
import { isInsideSaved, isSavedWhole, resolveLoraTargets } from './lora-targets.ts';
import { canonicalModulePath } from './module-names.ts';
import {
  loraConfigJson,
  peftConfigName,
  readLoraConfig,
  requireSupported,
  type LoraConfig,
} from './peft-config.ts';

export { canonicalModulePath, classicModulePath } from './module-names.ts';
export {
  isInsideSaved,
  isSavedWhole,
  loraScale,
  resolveLoraTargets,
  type LoraTarget,
} from './lora-targets.ts';
export {
  defaultLoraConfig,
  parseLoraConfig,
  readLoraConfig,
  type LoraConfig,
} from './peft-config.ts';

const weightsName = 'adapter_model.safetensors';
const prefix = 'base_model.model.';

export type PeftKeyKind = 'loraA' | 'loraB' | 'magnitude' | 'full';

export interface PeftKey {
  readonly kind: PeftKeyKind;
  /** Canonical path of the module that the tensor belongs to. */
  readonly module: string;
  /** For 'full': the parameter's name in its module, such as `weight`. */
  readonly parameter: string;
}

const loraKinds: readonly (readonly [PeftKeyKind, RegExp])[] = [
  // `.default` is the adapter's name, which saves other than PEFT's own may keep.
  ['loraA', /^(.+)\.lora_A(?:\.default)?\.weight$/],
  ['loraB', /^(.+)\.lora_B(?:\.default)?\.weight$/],
  ['magnitude', /^(.+)\.lora_magnitude_vector(?:\.default)?(?:\.weight)?$/],
];

/**
 * What a key of an adapter file stands for, in names of any generation.
 * @returns undefined when it is no key that plain LoRA or DoRA has
 */
export function parsePeftKey(key: string): PeftKey | undefined {
  if (!key.startsWith(prefix)) return undefined;
  const path = key.slice(prefix.length);
  for (const [kind, pattern] of loraKinds) {
    const module = pattern.exec(path)?.[1];
    if (module !== undefined)
      return { kind, module: canonicalModulePath(module), parameter: 'weight' };
  }
  if (/(^|\.)(lora_|original_module\.)/.test(path)) return undefined;
  const full = canonicalModulePath(path.replace(/\.modules_to_save(?:\.default)?\./, '.'));
  const dot = full.lastIndexOf('.');
  if (dot <= 0) return undefined;
  return { kind: 'full', module: full.slice(0, dot), parameter: full.slice(dot + 1) };
}

/** The key in the newer naming, which PEFT gives with the newer in-memory names. */
export function peftKey({ kind, module, parameter }: PeftKey): string {
  switch (kind) {
    case 'loraA':
      return `${prefix}${module}.lora_A.weight`;
    case 'loraB':
      return `${prefix}${module}.lora_B.weight`;
    case 'magnitude':
      return `${prefix}${module}.lora_magnitude_vector`;
    case 'full':
      return `${prefix}${module}.${parameter}`;
  }
}

export interface LoraEntries {
  readonly rank: number;
  /** [rank, in] */
  readonly a: SafetensorsEntry;
  /** [out, rank] */
  readonly b: SafetensorsEntry;
}

export interface PeftAdapter {
  readonly config: LoraConfig;
  /** For readTensorBytes or for mapping; entries name their tensors in it. */
  readonly header: SafetensorsHeader;
  /** By canonical module path. */
  readonly lora: ReadonlyMap<string, LoraEntries>;
  /** Parameters saved whole, by canonical `MODULE.PARAMETER`. */
  readonly full: ReadonlyMap<string, SafetensorsEntry>;
}

/**
 * Opens an adapter folder and checks that it is whole; bytes stay on the disk.
 * @throws formats/peft-unsupported, formats/peft-bad-keys, formats/peft-incomplete,
 *         formats/peft-bad-shape, formats/pickle-refused, and the codes of
 *         readLoraConfig and readSafetensorsHeader
 */
export async function readPeftAdapter(dir: string): Promise<PeftAdapter> {
  const config = await readLoraConfig(dir);
  requireSupported(config, dir);
  await refusePickles(dir);
  const header = await readSafetensorsHeader(join(dir, weightsName));
  const halves = new Map<string, { a?: SafetensorsEntry; b?: SafetensorsEntry }>();
  const full = new Map<string, SafetensorsEntry>();
  const unknown: string[] = [];
  for (const entry of header.tensors.values()) {
    const key = parsePeftKey(entry.name);
    if (key === undefined || key.kind === 'magnitude') unknown.push(entry.name);
    // PEFT makes no pair inside of what is saved whole, and so would leave these out.
    else if (key.kind !== 'full' && isInsideSaved(config, key.module)) unknown.push(entry.name);
    else if (key.kind === 'full') addOnce(full, `${key.module}.${key.parameter}`, entry);
    else {
      const half = halves.get(key.module) ?? {};
      const side = key.kind === 'loraA' ? 'a' : 'b';
      if (half[side] !== undefined) throw twice(entry.name, half[side].name);
      halves.set(key.module, { ...half, [side]: entry });
    }
  }
  const foreign = [...full].filter(([path]) => !isKnownFull(config, path));
  unknown.push(...foreign.map(([, entry]) => entry.name));
  if (unknown.length > 0 || header.tensors.size === 0) throw badKeys(header.path, unknown);
  return { config, header, lora: pairUp(config, header.path, halves), full };
}

async function refusePickles(dir: string): Promise<void> {
  const names = await readdir(dir);
  if (names.includes(weightsName) || !names.includes('adapter_model.bin')) return;
  throw new LensmithError(
    'formats/pickle-refused',
    `${dir} holds its weights as a pickle, which can run any code when it is opened.`,
    {
      expected: weightsName,
      got: 'adapter_model.bin',
      hint: 'Load it in PEFT where you trust it and save it with safe_serialization=True.',
    },
  );
}

function addOnce(map: Map<string, SafetensorsEntry>, path: string, entry: SafetensorsEntry): void {
  const other = map.get(path);
  if (other !== undefined) throw twice(entry.name, other.name);
  map.set(path, entry);
}

function twice(a: string, b: string): LensmithError {
  return new LensmithError('formats/peft-bad-keys', 'Two keys mean the same parameter.', {
    got: `${shorten(b)} and ${shorten(a)}`,
  });
}

function isKnownFull(config: LoraConfig, path: string): boolean {
  // PEFT saves resized embeddings beside the adapter without naming them in the config.
  return isSavedWhole(config, path) || /(^|\.)(embed_tokens|lm_head)\.weight$/.test(path);
}

function badKeys(path: string, unknown: readonly string[]): LensmithError {
  return new LensmithError(
    'formats/peft-bad-keys',
    unknown.length === 0
      ? `${path} holds no tensors.`
      : `${path}: ${unknown.length} tensors are no part of a plain LoRA adapter.`,
    {
      expected: `${prefix}….lora_A.weight, ….lora_B.weight, or modules of modules_to_save`,
      got: unknown.length === 0 ? undefined : shorten(unknown.join(', '), 2000),
      hint: 'Save the adapter with PEFT’s save_pretrained.',
    },
  );
}

function pairUp(
  config: LoraConfig,
  path: string,
  halves: ReadonlyMap<string, { a?: SafetensorsEntry; b?: SafetensorsEntry }>,
): Map<string, LoraEntries> {
  const lora = new Map<string, LoraEntries>();
  const incomplete: string[] = [];
  for (const [module, { a, b }] of halves) {
    if (a === undefined || b === undefined) {
      incomplete.push(`${module} (no ${a === undefined ? 'A' : 'B'})`);
      continue;
    }
    const rank = a.shape[0] ?? 0;
    if (a.shape.length !== 2 || b.shape.length !== 2 || b.shape[1] !== rank || rank === 0) {
      throw badShape(path, module, 'A [rank, in] and B [out, rank]', a, b);
    }
    lora.set(module, { rank, a, b });
  }
  if (incomplete.length > 0) {
    throw new LensmithError('formats/peft-incomplete', `${path}: modules with half an adapter.`, {
      expected: 'lora_A and lora_B for each module',
      got: shorten(incomplete.join(', '), 2000),
    });
  }
  checkRanks(config, path, lora);
  return lora;
}

/** The scale comes from the config, so a rank that differs from the tensors' would falsify it. */
function checkRanks(
  config: LoraConfig,
  path: string,
  lora: ReadonlyMap<string, LoraEntries>,
): void {
  const anyModule = { ...config, targetModules: '.*', layersToTransform: undefined };
  const targets = resolveLoraTargets({ ...anyModule, excludeModules: undefined }, [...lora.keys()]);
  for (const [module, { rank, a, b }] of lora) {
    const expected = targets.get(module)?.rank;
    if (expected !== rank) throw badShape(path, module, `rank ${expected} of the config`, a, b);
  }
}

function badShape(
  path: string,
  module: string,
  expected: string,
  a: SafetensorsEntry,
  b: SafetensorsEntry,
): LensmithError {
  return new LensmithError('formats/peft-bad-shape', `${path}: ${shorten(module)} is misshapen.`, {
    expected,
    got: `A [${shorten(a.shape.join(', '))}], B [${shorten(b.shape.join(', '))}]`,
  });
}

export interface AdapterMatch {
  readonly matched: readonly string[];
  /** Paths that the adapter has and the model lacks; whoever loads it tells the person. */
  readonly unmatched: readonly string[];
}

/**
 * Compares an adapter with a model.
 * @param modulePaths canonical paths of the model's linear modules
 * @param parameterPaths canonical paths of its parameters
 * @throws formats/peft-no-match when nothing fits, listing both sides
 */
export function matchAdapter(
  adapter: Pick<PeftAdapter, 'lora' | 'full'>,
  modulePaths: Iterable<string>,
  parameterPaths: Iterable<string>,
): AdapterMatch {
  const modules = new Set(modulePaths);
  const parameters = new Set(parameterPaths);
  const matched: string[] = [];
  const unmatched: string[] = [];
  for (const path of adapter.lora.keys()) (modules.has(path) ? matched : unmatched).push(path);
  for (const path of adapter.full.keys()) (parameters.has(path) ? matched : unmatched).push(path);
  if (matched.length > 0) return { matched, unmatched };
  throw new LensmithError('formats/peft-no-match', 'No part of the adapter fits this model.', {
    expected: `modules such as ${shorten([...modules].slice(0, 4).join(', '))}`,
    got: shorten(unmatched.join(', '), 2000),
    hint: 'The adapter belongs to another model; see base_model_name_or_path in its config.',
  });
}

export interface PeftTensors {
  readonly module: string;
  readonly kind: PeftKeyKind;
  /** For 'full' only; `weight` otherwise. */
  readonly parameter?: string;
  readonly dtype: SafetensorsSource['dtype'];
  readonly shape: readonly number[];
  readonly data: SafetensorsSource['data'];
}

/**
 * Writes an adapter folder that PEFT loads, in the newer naming. Each of the two
 * files is atomic; use atomicDirectory around it for the pair.
 * @throws the codes of writeSafetensors, formats/peft-unsupported
 */
export async function writePeftAdapter(
  dir: string,
  config: LoraConfig,
  tensors: readonly PeftTensors[],
): Promise<void> {
  const json = loraConfigJson(config);
  await mkdir(dir, { recursive: true });
  const sources = tensors.map(({ kind, module, parameter = 'weight', dtype, shape, data }) => ({
    name: peftKey({ kind, module: canonicalModulePath(module), parameter }),
    dtype,
    shape,
    data,
  }));
  await writeSafetensors(join(dir, weightsName), sources);
  await writeFileAtomic(join(dir, peftConfigName), json);
}
