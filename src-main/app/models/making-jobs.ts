/** Jobs that write a folder of weights: each proves what it wrote, and says what it was made of. */
import type { LineageFile } from '../../ipc/contract/lineage.ts';
import type { ExportResult, QuantizeResult } from '../../ipc/contract/models.ts';
import type { ComposeInput } from '../compose/compose-task.ts';
import type { ComposeOutcome } from '../compose/compose.ts';
import type { AppContext } from '../core/context.ts';
import type { QuantizeInput } from '../quantize/quantize-task.ts';
import { keepCreated } from './created-folders.ts';
import { folderName } from './folder-name.ts';
import { sourceOf, writeLineage } from './lineage-file.ts';
import type { ModelRegistry } from './model-registry.ts';

export interface ExportWish {
  readonly dir: string;
  readonly adapter: string;
  readonly merge: boolean;
  readonly outDir: string;
  readonly dtype: 'f32' | 'bf16' | 'f16' | null;
}

export class MakingJobs {
  readonly #context: AppContext;
  readonly #registry: ModelRegistry;
  /** Calls for a list that is another now. */
  readonly #changed: () => void;

  constructor(context: AppContext, registry: ModelRegistry, changed: () => void) {
    this.#context = context;
    this.#registry = registry;
    this.#changed = changed;
  }

  /** @returns the job's id; its result is an ExportResult */
  export({ dir, adapter, merge, outDir, dtype }: ExportWish): string {
    const { jobs, workers } = this.#context;
    const request = { modelDir: dir, adapterDir: adapter, merge, outDir };
    const { id } = jobs.start<ExportResult>({
      kind: 'models.export',
      title: merge
        ? `Merging ${folderName(adapter)} into ${folderName(dir)}`
        : `Exporting ${folderName(adapter)}`,
      run: async ({ signal, progress }) => {
        const result = await workers.engine.run(
          'exportModel',
          dtype === null ? request : { ...request, dtype },
          { signal, onProgress: ({ note }) => progress({ note }) },
        );
        await this.#keep(result.outDir, merge ? 'merged' : 'exported', [
          { ...(await sourceOf(dir)), role: 'base' },
          { ...(await sourceOf(adapter)), role: 'adapter' },
        ]);
        if (merge) await this.#list(result.outDir);
        return result;
      },
      resultFor: (result) => result,
    });
    return id;
  }

  /** @returns the job's id; its result is a QuantizeResult */
  quantize(request: QuantizeInput): string {
    const { jobs, workers } = this.#context;
    const { modelDir } = request;
    const { id } = jobs.start<QuantizeResult>({
      kind: 'models.quantize',
      title: `Quantising ${folderName(modelDir)}`,
      run: async ({ signal, progress }) => {
        const result = await workers.engine.run('quantizeModel', request, {
          signal,
          onProgress: ({ note }) => progress({ note }),
        });
        await this.#keep(result.outDir, 'quantized', [
          { ...(await sourceOf(modelDir)), role: 'base' },
        ]);
        await this.#list(result.outDir);
        return result;
      },
      resultFor: (result) => result,
    });
    return id;
  }

  /** @returns the job's id; its result is `assembled` of the contract */
  assemble(request: ComposeInput): string {
    const { jobs, workers } = this.#context;
    const { visionDir, languageDir } = request;
    const { id } = jobs.start<ComposeOutcome>({
      kind: 'models.assemble',
      title: `Assembling ${folderName(request.outDir)}`,
      run: async ({ signal, progress }) => {
        const result = await workers.engine.run('compose', request, {
          signal,
          onProgress: ({ note }) => progress({ note }),
        });
        await this.#keep(result.outDir, 'assembled', [
          { ...(await sourceOf(visionDir)), role: 'vision' },
          { ...(await sourceOf(languageDir)), role: 'language' },
        ]);
        await this.#list(result.outDir);
        return result;
      },
      resultFor: ({ outDir, tensors }) => ({ outDir, tensors }),
    });
    return id;
  }

  async #keep(
    dir: string,
    made: LineageFile['made'],
    sources: LineageFile['sources'],
  ): Promise<void> {
    const { now, version } = this.#context;
    const lineage: LineageFile = {
      format: 1,
      made,
      atMs: now(),
      program: version,
      sources,
      training: null,
    };
    await writeLineage(dir, lineage);
    await keepCreated(this.#registry, dir, now());
  }

  async #list(dir: string): Promise<void> {
    await this.#registry.add({ dir, kind: 'model', addedMs: this.#context.now() }, null);
    this.#changed();
  }
}
