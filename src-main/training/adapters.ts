/**
 * LoRA adapters on a loaded model: fresh ones, those of a PEFT folder, and
 * merged into the weights.
 * @source arXiv:2106.09685; initial values and files as PEFT's LoRA
 */
import { LensmithError } from '../base/errors.ts';
import {
  defaultLoraConfig,
  isSavedWhole,
  matchAdapter,
  readPeftAdapter,
  resolveLoraTargets,
} from '../formats/adapters/peft.ts';
import type {
  AdapterMatch,
  LoraConfig,
  LoraTarget,
  PeftAdapter,
  PeftTensors,
} from '../formats/adapters/peft.ts';
import { sameTensor } from '../formats/weights/same-tensor.ts';
import { safetensorsDTypes } from '../formats/weights/safetensors.ts';
import { ConfigReader } from '../models/config.ts';
import { ignoredVisionWeights } from '../models/load.ts';
import type { LoadedModel } from '../models/load.ts';
import { embeddingName, headName } from '../models/own-head.ts';
import type { Linear } from '../nn/linear.ts';
import { LoraAdapter } from '../nn/lora.ts';
import { Parameter } from '../nn/parameter.ts';
import { addInPlace, cast, matmul, randomFillInPlace } from '../tensor/ops/index.ts';
import { scoped } from '../tensor/scope.ts';
import { Tensor } from '../tensor/tensor.ts';
import type { Shape } from '../tensor/tensor.ts';
import { modelParts, partOf } from './parts.ts';
import type { ModelPart } from './parts.ts';
import { bytesOf, readTensor } from './tensor-files.ts';

const headModule = headName.slice(0, headName.lastIndexOf('.'));

/** What the paths of a part's modules have in them, in names of every generation. */
const partMarks: Readonly<Record<ModelPart, string>> = {
  vision: 'vision_tower',
  projector: 'multi_modal_projector',
  llm: 'language_model',
};

/** Of each part: last names of modules, or one text: `all-linear`, or a pattern for whole paths. */
export type TargetsByPart = Readonly<Partial<Record<ModelPart, readonly string[] | string>>>;

/**
 * `target_modules` for PEFT: one pattern that keeps to the parts asked for, since a
 * name may stand in two of them (q_proj is in the tower and in the language model).
 * A pattern that keeps to its part by itself stays as it is.
 */
export function targetPattern(loaded: LoadedModel, targets: TargetsByPart): string {
  const patterns = modelParts.flatMap((part) => {
    const wanted = targets[part];
    if (wanted === undefined) return [];
    const mark = partMarks[part];
    const names = wanted === 'all-linear' ? linearNames(loaded, part) : wanted;
    if (typeof names !== 'string') return [`.*${mark}.*\\.(${names.map(escape).join('|')})`];
    return [keepsTo(loaded, names, part) ? names : `(?=.*${mark})(?:${names})`];
  });
  return patterns.length === 1
    ? (patterns[0] as string)
    : patterns.map((p) => `(?:${p})`).join('|');
}

function keepsTo(loaded: LoadedModel, pattern: string, part: ModelPart): boolean {
  const config = { ...defaultLoraConfig, targetModules: pattern };
  const hit = resolveLoraTargets(config, [...loaded.weights.linears.keys()]);
  return [...hit.keys()].every((path) => partOf(path) === part);
}

function escape(name: string): string {
  return name.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

/** Last names of the linear maps of a part, in the model's order. */
export function linearNames(loaded: LoadedModel, part: ModelPart): string[] {
  const names = [...loaded.weights.linears.keys()]
    .filter((path) => partOf(path) === part)
    .map((path) => path.slice(path.lastIndexOf('.') + 1));
  return [...new Set(names)];
}

/**
 * Puts fresh adapters beside the linear maps that the config names: A uniform in
 * ±1/sqrt(in) (Kaiming with a = sqrt 5), B zero, so the model begins unchanged.
 * @returns paths of the adapted modules
 * @throws training/no-targets when the config names none
 */
export function createAdapters(loaded: LoadedModel, config: LoraConfig, seed: number): string[] {
  const targets = resolveLoraTargets(config, [...loaded.weights.linears.keys()]);
  if (targets.size === 0) {
    throw new LensmithError('training/no-targets', 'The target modules name no linear map.', {
      expected: modelParts
        .map((part) => `${part}: ${linearNames(loaded, part).join(', ')}`)
        .join('; '),
      got: JSON.stringify(config.targetModules),
      hint: 'Name modules by the last part of their path, or give a pattern.',
    });
  }
  let stream = 0;
  for (const [path, target] of targets) {
    const linear = linearAt(loaded, path);
    const a = Tensor.empty([target.rank, linear.inFeatures]).keep();
    const bound = 1 / Math.sqrt(linear.inFeatures);
    randomFillInPlace(a, { kind: 'uniform', a: -bound, b: bound, seed, stream });
    const b = Tensor.zeros([linear.outFeatures, target.rank]).keep();
    attach(linear, a, b, target, config.dropout, stream++);
  }
  return [...targets.keys()];
}

function linearAt(loaded: LoadedModel, path: string): Linear {
  return loaded.weights.linears.get(path) as Linear;
}

function attach(
  linear: Linear,
  a: Tensor,
  b: Tensor,
  target: LoraTarget,
  dropout: number,
  stream: number,
): void {
  const named = (half: string, value: Tensor): Parameter =>
    new Parameter(`${linear.path}.${half}.weight`, value.shape, 'f32', value);
  linear.adapter?.dispose();
  linear.adapter = new LoraAdapter(named('lora_A', a), named('lora_B', b), {
    ...target,
    dropout,
    stream,
  });
}

export interface AppliedAdapter extends AdapterMatch {
  readonly config: LoraConfig;
}

/**
 * Loads a PEFT adapter onto a model, in f32; modules saved whole replace the model's.
 * Paths that the model lacks are in `unmatched`: the caller tells the person.
 * @throws formats/peft-no-match when nothing fits, training/adapter-shape, training/adapter-unties,
 *         training/adapter-place, and the errors of readPeftAdapter
 */
export async function applyPeftAdapter(loaded: LoadedModel, dir: string): Promise<AppliedAdapter> {
  const adapter = await withOneTable(loaded, withoutUnused(loaded, await readPeftAdapter(dir)));
  const { linears, parameters } = loaded.weights;
  refuseOnOtherMaps(loaded, adapter);
  const match = matchAdapter(adapter, linears.keys(), parameters.keys());
  checkShapes(loaded, adapter);
  const targets = resolveTargetsOf(adapter);
  let stream = 0;
  for (const [path, { a, b }] of adapter.lora) {
    const linear = linears.get(path);
    if (linear === undefined) continue;
    const values = [
      await readTensor(adapter.header, a.name, 'f32'),
      await readTensor(adapter.header, b.name, 'f32'),
    ] as const;
    attach(linear, ...values, targets.get(path) as LoraTarget, adapter.config.dropout, stream++);
  }
  for (const [name, entry] of adapter.full) {
    const parameter = parameters.get(name);
    if (parameter === undefined) continue;
    parameter.replace(await readTensor(adapter.header, entry.name, parameter.dtype));
  }
  return { ...match, config: adapter.config };
}

/** Without what belongs to weights of the files that the model has no use for, as SigLIP's pooling head. */
function withoutUnused({ config }: LoadedModel, adapter: PeftAdapter): PeftAdapter {
  const vision = new ConfigReader(config, 'config.json').section('vision_config');
  const unused = ignoredVisionWeights(vision);
  const isUsed = (weight: string): boolean => !unused.some((rule) => rule.test(weight));
  return {
    ...adapter,
    lora: new Map([...adapter.lora].filter(([path]) => isUsed(`${path}.weight`))),
    full: new Map([...adapter.full].filter(([name]) => isUsed(name))),
  };
}

/**
 * A model whose head is its embedding has one table for both. PEFT gives it two as soon as one of them is
 * saved whole; where both are saved and equal, that makes no difference.
 * @returns the adapter without the second of two that are equal
 */
async function withOneTable(loaded: LoadedModel, adapter: PeftAdapter): Promise<PeftAdapter> {
  if (!loaded.model.languageModel.config.tieWordEmbeddings) return adapter;
  const { config, header: file } = adapter;
  const head = adapter.full.get(headName);
  const embedding = adapter.full.get(embeddingName);
  if (head !== undefined && embedding !== undefined) {
    if (await sameTensor({ file, entry: head }, { file, entry: embedding })) {
      return { ...adapter, full: new Map([...adapter.full].filter(([name]) => name !== headName)) };
    }
  } else if (head === undefined && !(embedding && isSavedWhole(config, embeddingName))) {
    // None, or one that PEFT adds to a file without its being trained: it takes the place of both.
    return adapter;
  }
  throw new LensmithError(
    'training/adapter-unties',
    'The adapter parts the output head from the token embedding, which are one in this model.',
    {
      expected: `${embeddingName} and ${headName} alike, or neither`,
      got: [embedding, head].flatMap((entry) => (entry ? [entry.name] : [])).join(', '),
      hint: 'Merge the adapter into its model with PEFT and load the merged model.',
    },
  );
}

/** What carries no adapter here though the model has it is no part that belongs elsewhere. */
function refuseOnOtherMaps({ weights }: LoadedModel, { lora }: PeftAdapter): void {
  const foreign = [...lora.keys()].filter(
    (path) =>
      !weights.linears.has(path) &&
      (path === 'lm_head' || weights.parameters.has(`${path}.weight`)),
  );
  if (foreign.length === 0) return;
  throw new LensmithError(
    'training/adapter-place',
    'The adapter stands at a part of the model that carries none here.',
    {
      expected: 'adapters of the linear maps of vision tower, projector and decoder layers',
      got: foreign.join(', '),
      hint: 'Merge the adapter into its model with PEFT and load the merged model.',
    },
  );
}

/** Rank and scale of each module in the file; the file decides which modules have an adapter. */
function resolveTargetsOf(adapter: PeftAdapter): Map<string, LoraTarget> {
  const config = { ...adapter.config, targetModules: '.*', layersToTransform: undefined };
  return resolveLoraTargets({ ...config, excludeModules: undefined }, [...adapter.lora.keys()]);
}

function checkShapes(loaded: LoadedModel, adapter: PeftAdapter): void {
  const problems: string[] = [];
  const check = (name: string, got: Shape, expected: Shape): void => {
    if (got.length === expected.length && got.every((size, i) => size === expected[i])) return;
    problems.push(`${name}: expected [${expected.join(', ')}], got [${got.join(', ')}]`);
  };
  for (const [path, { rank, a, b }] of adapter.lora) {
    const linear = loaded.weights.linears.get(path);
    if (linear === undefined) continue;
    check(a.name, a.shape, [rank, linear.inFeatures]);
    check(b.name, b.shape, [linear.outFeatures, rank]);
  }
  for (const [name, entry] of adapter.full) {
    const parameter = loaded.weights.parameters.get(name);
    if (parameter !== undefined) check(entry.name, entry.shape, parameter.shape);
  }
  if (problems.length === 0) return;
  throw new LensmithError(
    'training/adapter-shape',
    `The adapter's tensors do not fit the model.\n  ${problems.join('\n  ')}`,
    { hint: 'The adapter was trained on another model; give the one it belongs to.' },
  );
}

/**
 * Adds every adapter to its weight, W ← W + scale · B·A, computed in f32 and
 * rounded once to the weight's dtype; a quantised weight is widened for it, and
 * stays so. The adapters are gone afterwards.
 * @returns how many there were
 */
export function mergeAdapters(loaded: LoadedModel): number {
  let merged = 0;
  for (const linear of loaded.weights.linears.values()) {
    const { adapter, weight } = linear;
    if (adapter === null) continue;
    const value = scoped(() => {
      const sum = weight.widened();
      addInPlace(sum, matmul(adapter.b.value, adapter.a.value), adapter.options.scale);
      return weight.dtype === 'f32' ? sum : cast(sum, weight.dtype);
    });
    weight.replace(value.keep());
    adapter.dispose();
    linear.adapter = null;
    merged++;
  }
  return merged;
}

/** Everything that an adapter file of this model holds: A and B of each adapter, modules saved whole. */
export function adapterTensors(loaded: LoadedModel, config: LoraConfig): PeftTensors[] {
  const tensors: PeftTensors[] = [];
  const add = (
    kind: PeftTensors['kind'],
    module: string,
    of: Parameter,
    parameter: string,
  ): void => {
    const dtype = safetensorsDTypes[of.dtype];
    tensors.push({
      kind,
      module,
      parameter,
      dtype,
      shape: of.shape,
      data: () => bytesOf(of.value),
    });
  };
  for (const [path, { adapter }] of loaded.weights.linears) {
    if (adapter === null) continue;
    add('loraA', path, adapter.a, 'weight');
    add('loraB', path, adapter.b, 'weight');
  }
  for (const [name, parameter] of loaded.weights.parameters) {
    if (!isSavedWhole(config, name)) continue;
    const dot = name.lastIndexOf('.');
    add('full', name.slice(0, dot), parameter, name.slice(dot + 1));
    if (name === embeddingName && loaded.model.languageModel.config.tieWordEmbeddings) {
      add('full', headModule, parameter, 'weight');
    }
  }
  return tensors;
}

/**
 * The config to write beside them: with the embedding of a model whose head it is, the head is named,
 * too, since PEFT would part them and leave the head as it was.
 */
export function adapterConfig(loaded: LoadedModel, config: LoraConfig): LoraConfig {
  const isTied = loaded.model.languageModel.config.tieWordEmbeddings;
  if (!isTied || !isSavedWhole(config, embeddingName) || isSavedWhole(config, headName)) {
    return config;
  }
  return { ...config, modulesToSave: [...config.modulesToSave, headModule] };
}
