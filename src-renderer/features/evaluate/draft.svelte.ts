/** The evaluation that is being put together. */
import type { ModelRef } from '../../../src-main/ipc/contract/content.ts';
import type { SplitName } from '../../../src-main/ipc/contract/datasets.ts';
import type {
  EvaluationData,
  EvaluationRequest,
  MetricFacts,
} from '../../../src-main/ipc/contract/evaluations.ts';
import type { ModelEntry } from '../../../src-main/ipc/contract/models.ts';
import type { Run } from '../../../src-main/ipc/contract/runs.ts';
import { keyOf, refOf } from '../chat/known-models.ts';

/** Of the choice where the data comes from: `run 3`, `dataset 1`, `file`. */
export type DataKey = string;

/** What a model with its run's adapter is called in the models' list. */
export function tunedOf(run: Run, models: readonly ModelEntry[]): ModelRef | null {
  const path = run.result?.outputPath;
  if (path === undefined) return null;
  const entry = models.find(({ dir }) => dir === path);
  if (entry !== undefined) return refOf(entry);
  return run.result?.isAdapter === true
    ? { dir: run.request.model.dir, adapter: path }
    : { dir: path, adapter: null };
}

/** What an evaluation cannot be begun without. */
export type EvaluationPart = 'base' | 'tuned' | 'data' | 'metric';

export class EvaluationDraft {
  base: ModelRef | null = $state.raw(null);
  tuned: ModelRef | null = $state.raw(null);
  data: DataKey = $state('');
  split: SplitName = $state('validation');
  path: string = $state('');
  metrics: readonly string[] = $state.raw([]);
  maxNewTokens: number = $state(128);
  limit: number | null = $state(null);

  /** Base against tuned on what the run held out. */
  adopt(run: Run, models: readonly ModelEntry[]): void {
    this.base = run.request.model;
    this.tuned = tunedOf(run, models);
    this.data = `run ${run.id}`;
    this.split = 'validation';
  }

  get baseKey(): string {
    return this.base === null ? '' : keyOf(this.base);
  }

  get tunedKey(): string {
    return this.tuned === null ? '' : keyOf(this.tuned);
  }

  /** The first part that is still to be chosen; null: none. */
  get missing(): EvaluationPart | null {
    if (this.base === null) return 'base';
    if (this.tuned === null) return 'tuned';
    if (this.#data === null) return 'data';
    return this.metrics.length === 0 ? 'metric' : null;
  }

  /** @param known metrics in their order; null while something is not chosen yet */
  request(known: readonly MetricFacts[]): EvaluationRequest | null {
    const { base, tuned, maxNewTokens, limit } = this;
    const data = this.#data;
    const metrics = known.flatMap(({ id }) => (this.metrics.includes(id) ? [id] : []));
    if (base === null || tuned === null || data === null || metrics.length === 0) return null;
    return { name: '', base, tuned, data, metrics, maxNewTokens, limit };
  }

  get #data(): EvaluationData | null {
    const { data, split, path } = this;
    const [from, id] = data.split(' ');
    if (from === 'file') return path.trim() === '' ? null : { from: 'file', path: path.trim() };
    if (from === 'run') return { from: 'run', runId: Number(id), split };
    return from === 'dataset' ? { from: 'dataset', datasetId: Number(id), split } : null;
  }
}
