import { existsSync } from 'node:fs';
import { isAbsolute, join, normalize } from 'node:path';
import { LensmithError, asLensmithError } from '../../base/errors.ts';
import { peftConfigName, readLoraConfig } from '../../formats/adapters/peft-config.ts';
import type { ModelEntry } from '../../ipc/contract/models.ts';
import type { AppContext } from '../core/context.ts';
import type { Feature, FeatureCommands } from '../core/feature.ts';
import { startExport } from './export-job.ts';
import { fingerprintOf, folderName, listModels } from './known-models.ts';
import { modelFacts } from './model-facts.ts';
import { ModelRegistry } from './model-registry.ts';
import type { Finding } from './model-registry.ts';

export function modelsFeature(context: AppContext): Feature<FeatureCommands<'models'>> {
  const registry = new ModelRegistry(context.dataDir);
  const { events, workers } = context;
  const changed = (): void => events.emit('models.changed', {});
  const entryOf = async (dir: string): Promise<ModelEntry> => {
    const entry = (await listModels(context, registry)).find((one) => one.dir === dir);
    if (entry === undefined) throw unknownFolder(dir);
    return entry;
  };
  const looker = new Looker(context, registry);
  return {
    onOpened: changed,
    handlers: {
      'models.list': async () => {
        const entries = await listModels(context, registry);
        looker.lookInto(entries);
        return entries;
      },
      'models.add': async ({ dir: given }, { signal }) => {
        const dir = folderOf(given);
        const isAdapter = existsSync(join(dir, peftConfigName));
        const found = isAdapter ? null : await looker.find(dir, signal);
        if (found?.error != null) throw LensmithError.fromWire(found.error);
        if (isAdapter) await readLoraConfig(dir);
        const kind = isAdapter ? ('adapter' as const) : ('model' as const);
        await registry.add({ dir, kind, addedMs: context.now() }, found);
        changed();
        return entryOf(dir);
      },
      'models.remove': async ({ dir }) => {
        await registry.remove(dir);
        changed();
        return null;
      },
      'models.setBase': async ({ dir, baseDir }) => {
        // An adapter that does not fit is met now, with its reason, rather than in a chat.
        await workers.engine.run('inspect', { dir: baseDir, adapter: dir });
        await registry.setBase(dir, baseDir);
        changed();
        return entryOf(dir);
      },
      'models.inspect': async ({ dir, adapter }, { signal }) =>
        modelFacts(await workers.engine.run('inspect', { dir, adapter }, { signal })),
      'models.export': (request) => ({ jobId: startExport(context, request) }),
    },
  };
}

/** Looks into model folders of which nothing is known yet, one after another. */
class Looker {
  readonly #context: AppContext;
  readonly #registry: ModelRegistry;
  readonly #asked = new Set<string>();

  constructor(context: AppContext, registry: ModelRegistry) {
    this.#context = context;
    this.#registry = registry;
  }

  lookInto(entries: readonly ModelEntry[]): void {
    for (const { dir, kind, isMissing, modelType, error } of entries) {
      const isKnown = isMissing || modelType !== null || error !== null;
      if (kind !== 'model' || isKnown || this.#asked.has(dir)) continue;
      this.#asked.add(dir);
      void this.#keep(dir).finally(() => this.#asked.delete(dir));
    }
  }

  async #keep(dir: string): Promise<void> {
    try {
      await this.#registry.setFinding(dir, await this.find(dir));
      this.#context.events.emit('models.changed', {});
    } catch (error) {
      this.#context.log(`models: ${dir}: ${asLensmithError(error).message}`);
    }
  }

  /** What is wrong with a folder is part of what was found; a worker that ended is not. */
  async find(dir: string, signal?: AbortSignal): Promise<Finding> {
    const fingerprint = await fingerprintOf(dir);
    const nothing = { fingerprint, modelType: null, parameters: null, sizeBytes: null };
    try {
      const found = await this.#context.workers.engine.run('inspect', { dir }, { signal });
      const { modelType, parameters, sizeBytes } = found;
      return { fingerprint, modelType, parameters, sizeBytes, error: null };
    } catch (thrown) {
      const error = asLensmithError(thrown);
      if (error.code === 'worker/ended' || error.code === 'job/cancelled') throw error;
      return { ...nothing, error: error.toJSON() };
    }
  }
}

function folderOf(given: string): string {
  const dir = normalize(given.trim()).replace(/(?<=.)[\\/]+$/, '');
  if (isAbsolute(dir) && existsSync(dir)) return dir;
  throw new LensmithError('models/no-folder', `There is no folder ${given}.`, {
    expected: 'the whole path of a folder on this machine',
    hint: 'A model folder has config.json, tokenizer.json and safetensors files; an adapter folder has adapter_config.json.',
  });
}

function unknownFolder(dir: string): LensmithError {
  return new LensmithError('models/unknown', `${folderName(dir)} is not on the list of models.`, {
    got: dir,
    hint: 'Add its folder first.',
  });
}
