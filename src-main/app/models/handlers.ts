import { existsSync } from 'node:fs';
import { isAbsolute, join, normalize } from 'node:path';
import { LensmithError } from '../../base/errors.ts';
import { peftConfigName } from '../../formats/adapters/peft-config.ts';
import type { Finding, FolderCheck, ModelEntry } from '../../ipc/contract/models.ts';
import type { AppContext } from '../core/context.ts';
import type { Feature, FeatureCommands } from '../core/feature.ts';
import { createdFolder, deleteCreated } from './created-folders.ts';
import { folderName } from './folder-name.ts';
import { baseOfAdapter, listModels } from './known-models.ts';
import { lineageOf } from './lineage.ts';
import { keepLineagesOfRuns } from './lineages-of-runs.ts';
import { loadedModels } from './loaded-models.ts';
import { Looker } from './looker.ts';
import { MakingJobs } from './making-jobs.ts';
import { modelFacts } from './model-facts.ts';
import { ModelRegistry } from './model-registry.ts';

export function modelsFeature(context: AppContext): Feature<FeatureCommands<'models'>> {
  const registry = new ModelRegistry(context.dataDir);
  const { events, workers } = context;
  const changed = (): void => events.emit('models.changed', {});
  const list = (): Promise<ModelEntry[]> => listModels(context, registry);
  const entryOf = async (dir: string): Promise<ModelEntry> => {
    const entry = (await list()).find((one) => one.dir === dir);
    if (entry === undefined) throw unknownFolder(dir);
    return entry;
  };
  const looker = new Looker(context, registry);
  const making = new MakingJobs(context, registry, changed);
  keepLineagesOfRuns(context);

  const check = async (dir: string, signal: AbortSignal): Promise<FolderCheck> => {
    const isAdapter = existsSync(join(dir, peftConfigName));
    const baseDir = isAdapter ? await baseOfAdapter(context, registry, dir) : null;
    const { kind, findings, found } = await workers.engine.run(
      'checkFolder',
      { dir, baseDir },
      { signal },
    );
    const isWhole = kind === 'model' || kind === 'adapter';
    return {
      dir,
      kind,
      isUsable: isWhole && faultOf(findings) === null,
      findings: [...findings],
      facts: found === null ? null : modelFacts(found),
    };
  };

  return {
    onOpened: changed,
    handlers: {
      'models.list': async () => {
        const entries = await list();
        looker.lookInto(entries);
        return entries;
      },
      'models.check': ({ dir }, { signal }) => check(folderOf(dir), signal),
      'models.add': async ({ dir: given }, { signal }) => {
        const dir = folderOf(given);
        const { kind, findings, isUsable } = await check(dir, signal);
        const isAdapter = kind === 'adapter';
        if (!isUsable) throw refusal(dir, findings);
        const found = isAdapter ? null : await looker.find(dir, signal);
        const kept = isAdapter ? ('adapter' as const) : ('model' as const);
        await registry.add({ dir, kind: kept, addedMs: context.now() }, found);
        changed();
        return entryOf(dir);
      },
      'models.remove': async ({ dir }) => {
        await registry.remove(dir);
        changed();
        return null;
      },
      'models.created': ({ dir }) => createdFolder(registry, dir),
      'models.delete': async ({ dir }) => {
        await createdFolder(registry, dir);
        // Some systems delete no file that a process has open.
        if (workers.engine.pid !== null) await workers.engine.run('closeModels', {});
        await deleteCreated(registry, dir);
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
      'models.lineage': async ({ dir }) => lineageOf(context, await list(), dir),
      'models.loaded': async () => loadedModels(workers.engine, await list()),
      'models.inspect': async ({ dir, adapter }, { signal }) =>
        modelFacts(await workers.engine.run('inspect', { dir, adapter }, { signal })),
      'models.export': (request) => ({ jobId: making.export(request) }),
      'models.quantize': ({ dir, ...request }) => ({
        jobId: making.quantize({ ...request, modelDir: dir }),
      }),
      'models.assemblePlan': (request, { signal }) =>
        workers.engine.run('checkComposition', request, { signal }),
      'models.assemble': ({ dtype, ...request }) => ({
        jobId: making.assemble({ ...request, dtype: dtype ?? undefined }),
      }),
    },
  };
}

function folderOf(given: string): string {
  const dir = normalize(given.trim()).replace(/(?<=.)[\\/]+$/, '');
  if (isAbsolute(dir) && existsSync(dir)) return dir;
  throw new LensmithError('models/no-folder', `There is no folder ${given}.`, {
    expected: 'the whole path of a folder on this machine',
    hint: 'A model folder has config.json, tokenizer.json and safetensors files; an adapter folder has adapter_config.json.',
  });
}

/** What must not be; a base that does not fit can be chosen anew. */
function faultOf(findings: readonly Finding[]): Finding['error'] {
  return findings.find(({ topic, error }) => topic !== 'base' && error !== null)?.error ?? null;
}

/** The first of what is wrong; of a folder with nothing of a model, what one has. */
function refusal(dir: string, findings: readonly Finding[]): LensmithError {
  const fault = faultOf(findings);
  if (fault !== null) return LensmithError.fromWire(fault);
  return new LensmithError('models/no-config', `There is no model in ${dir}.`, {
    expected: 'config.json, tokenizer.json and safetensors files, or adapter_config.json',
    hint: 'Models lie in folders of their own: go on into the folder that holds these files.',
  });
}

function unknownFolder(dir: string): LensmithError {
  return new LensmithError('models/unknown', `${folderName(dir)} is not on the list of models.`, {
    got: dir,
    hint: 'Add its folder first.',
  });
}
