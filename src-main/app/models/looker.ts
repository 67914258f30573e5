import { asLensmithError } from '../../base/errors.ts';
import type { ModelEntry } from '../../ipc/contract/models.ts';
import type { AppContext } from '../core/context.ts';
import { fingerprintOf } from './known-models.ts';
import { isOfMachine } from './model-registry.ts';
import type { Finding, ModelRegistry } from './model-registry.ts';

/** Looks into model folders of which nothing is known yet, one after another. */
export class Looker {
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

  /** What is wrong with a folder is part of what was found; what the machine lacks now is not. */
  async find(dir: string, signal?: AbortSignal): Promise<Finding> {
    const fingerprint = await fingerprintOf(dir);
    const nothing = { fingerprint, modelType: null, parameters: null, sizeBytes: null };
    try {
      const found = await this.#context.workers.engine.run('inspect', { dir }, { signal });
      const { modelType, parameters, sizeBytes } = found;
      return { fingerprint, modelType, parameters, sizeBytes, error: null };
    } catch (thrown) {
      const error = asLensmithError(thrown);
      if (isOfMachine(error)) throw error;
      return { ...nothing, error: error.toJSON() };
    }
  }
}
