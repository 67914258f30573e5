/** The models and adapters that can be used now: what ships, what was added, what runs made. */
import { existsSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { asLensmithError } from '../../base/errors.ts';
import { peftConfigName, readLoraConfig } from '../../formats/adapters/peft-config.ts';
import type { ModelRef } from '../../ipc/contract/content.ts';
import type { ModelEntry } from '../../ipc/contract/models.ts';
import { listRunOutputs } from '../../store/run-results.ts';
import type { AppContext } from '../core/context.ts';
import { folderName } from './folder-name.ts';
import { ModelRegistry } from './model-registry.ts';
import type { Finding } from './model-registry.ts';

type Facts = Pick<AppContext, 'dataDir' | 'resourcesDir' | 'projects'>;

export const starterDir = (resourcesDir: string): string => join(resourcesDir, 'starter-model');
export const starterName = 'Starter model';

/** A folder that is listed, before it was looked into. */
interface Candidate {
  readonly dir: string;
  readonly kind: ModelEntry['kind'];
  readonly name: string;
  readonly origin: ModelEntry['origin'];
  readonly runId: number | null;
  readonly baseDir: string | null;
  readonly addedMs: number | null;
  readonly isCreated: boolean;
}

/** Those that ship first, then models, then adapters; a folder stands there once. */
export async function listModels(context: Facts, registry: ModelRegistry): Promise<ModelEntry[]> {
  const { added, bases, findings, created } = await registry.read();
  const candidates = [
    starter(context),
    ...runOutputs(context),
    ...added.map(({ dir, kind, addedMs }): Candidate => ({
      dir,
      kind,
      name: folderName(dir),
      origin: 'added',
      runId: null,
      baseDir: null,
      addedMs,
      isCreated: created[dir] !== undefined,
    })),
  ];
  const unique = [...new Map(candidates.map((one) => [one.dir, one])).values()];
  const models = unique.filter(({ kind }) => kind === 'model');
  const entries = await Promise.all(
    unique.map(async (one) => {
      const found = findings[one.dir];
      if (one.kind === 'model') return modelEntry(one, found);
      return adapterEntry({ ...one, baseDir: bases[one.dir] ?? one.baseDir }, models);
    }),
  );
  return entries.sort(inOrder);
}

const order = (entry: ModelEntry): number =>
  entry.kind === 'adapter' ? 2 : entry.origin === 'starter' ? 0 : 1;
const inOrder = (a: ModelEntry, b: ModelEntry): number =>
  order(a) - order(b) || (b.addedMs ?? 0) - (a.addedMs ?? 0);

function starter({ resourcesDir }: Facts): Candidate {
  return {
    dir: starterDir(resourcesDir),
    kind: 'model',
    name: starterName,
    origin: 'starter',
    runId: null,
    baseDir: null,
    addedMs: null,
    isCreated: false,
  };
}

function runOutputs({ projects }: Facts): Candidate[] {
  const project = projects.currentOrNull;
  if (project === null) return [];
  return listRunOutputs(project.store).map(({ runId, name, outputPath, modelDir, endedMs }) => ({
    dir: outputPath,
    kind: existsSync(join(outputPath, peftConfigName)) ? 'adapter' : 'model',
    name,
    origin: 'run',
    runId,
    baseDir: modelDir,
    addedMs: endedMs,
    isCreated: false,
  }));
}

async function modelEntry(one: Candidate, found: Finding | undefined): Promise<ModelEntry> {
  const isKnown = found !== undefined && found.fingerprint === (await fingerprintOf(one.dir));
  return {
    ...one,
    baseDir: null,
    baseName: null,
    modelType: isKnown ? found.modelType : null,
    parameters: isKnown ? found.parameters : null,
    sizeBytes: isKnown ? found.sizeBytes : null,
    isMissing: !existsSync(one.dir),
    error: isKnown ? found.error : null,
  };
}

async function adapterEntry(one: Candidate, models: readonly Candidate[]): Promise<ModelEntry> {
  const entry: ModelEntry = {
    ...one,
    baseName: null,
    modelType: null,
    parameters: null,
    sizeBytes: await weightBytes(one.dir),
    isMissing: !existsSync(one.dir),
    error: null,
  };
  if (entry.isMissing) return entry;
  try {
    const { baseModel = null, rank } = await readLoraConfig(one.dir);
    const baseDir = one.baseDir ?? baseOf(baseModel, models);
    return { ...entry, baseName: baseModel, baseDir, modelType: `LoRA, rank ${rank}` };
  } catch (error) {
    return { ...entry, error: asLensmithError(error).toJSON() };
  }
}

/** By folder, or else by the last name: adapters name their model as it was called where they were made. */
function baseOf(named: string | null, models: readonly { readonly dir: string }[]): string | null {
  if (named === null) return null;
  const last = named
    .replace(/[\\/]+$/, '')
    .split(/[\\/]/)
    .at(-1);
  const model =
    models.find(({ dir }) => dir === named) ?? models.find(({ dir }) => basename(dir) === last);
  return model?.dir ?? null;
}

/** The model folder that an adapter, listed or not, goes on; null: nobody knows. */
export async function baseOfAdapter(
  context: Facts,
  registry: ModelRegistry,
  dir: string,
): Promise<string | null> {
  const entries = await listModels(context, registry);
  const known = entries.find((entry) => entry.dir === dir)?.baseDir;
  if (known !== undefined && known !== null) return known;
  const config = await readLoraConfig(dir).catch(() => null);
  const models = entries.filter(({ kind, isMissing }) => kind === 'model' && !isMissing);
  return baseOf(config?.baseModel ?? null, models);
}

async function weightFiles(dir: string): Promise<{ name: string; size: number; time: number }[]> {
  const names = await readdir(dir).catch(() => []);
  const wanted = names.filter((name) => /\.(safetensors|json|jinja)$/.test(name)).sort();
  return Promise.all(
    wanted.map(async (name) => {
      const facts = await stat(join(dir, name)).catch(() => null);
      return { name, size: facts?.size ?? 0, time: facts?.mtimeMs ?? 0 };
    }),
  );
}

/** Equal while the files of a folder stay as they are. */
export async function fingerprintOf(dir: string): Promise<string> {
  const files = await weightFiles(dir);
  return files.map(({ name, size, time }) => `${name} ${size} ${time}`).join('\n');
}

async function weightBytes(dir: string): Promise<number> {
  const files = await weightFiles(dir);
  return files
    .filter(({ name }) => name.endsWith('.safetensors'))
    .reduce((sum, { size }) => sum + size, 0);
}

/** How people call a model: by its name on the list, or else by its folder. */
export async function modelLabel(context: Facts, { dir, adapter }: ModelRef): Promise<string> {
  const entries = await listModels(context, new ModelRegistry(context.dataDir));
  const nameOf = (folder: string): string =>
    entries.find((entry) => entry.dir === folder)?.name ?? folderName(folder);
  return adapter === null ? nameOf(dir) : nameOf(adapter);
}
