/** Every sample of a dataset looked at before hours are spent on it. */
import type { ErrorWire } from '../../base/errors.ts';
import type { Dialect } from '../../ipc/contract/content.ts';
import type { DatasetPreflight, ManySamples } from '../../ipc/contract/preflight.ts';
import { findSamples } from '../../store/samples.ts';
import type { AppContext } from '../core/context.ts';
import { sampleQuery } from '../conversations/list-samples.ts';
import { renderSamples } from '../conversations/read-samples.ts';
import { DuplicateFinder } from '../datasets/groups.ts';
import { selectSamples } from '../datasets/selection.ts';
import type { JobContext } from '../jobs/jobs.ts';
import { startProjectJob } from '../library/project-jobs.ts';
import type { OpenProject } from '../project/open-project.ts';
import type { PreflightCount } from './preflight-task.ts';

export interface DatasetRequest {
  readonly of: ManySamples;
  readonly modelDir: string;
  readonly dialect: Dialect;
}

type Problem = DatasetPreflight['problems'][number];

const listedProblems = 1000;
const bars = 24;

/** @returns the job's id */
export function startDatasetPreflight(context: AppContext, request: DatasetRequest): string {
  const project = context.projects.current;
  return startProjectJob(context, project, {
    kind: 'preflight',
    title: 'Look at the samples as the model will',
    canPause: true,
    run: (job) => look(context, project, request, job),
    resultFor: (result) => result,
  }).id;
}

async function idsOf(
  context: AppContext,
  project: OpenProject,
  of: ManySamples,
): Promise<number[]> {
  if ('filter' in of) return findSamples(project.store, sampleQuery(of.filter));
  const { samples } = await selectSamples(project, of.dataset, new DuplicateFinder(context));
  return samples.map(({ id }) => id);
}

async function look(
  context: AppContext,
  project: OpenProject,
  { of, modelDir, dialect }: DatasetRequest,
  job: JobContext,
): Promise<DatasetPreflight> {
  const ids = await idsOf(context, project, of);
  const tally = new Tally();
  job.progress({ total: ids.length });
  for (const batch of renderSamples(project, ids, dialect)) {
    await job.checkpoint();
    for (const rendered of batch) {
      if ('error' in rendered) tally.fault(rendered.sampleId, rendered.error);
    }
    const samples = batch.flatMap((rendered) =>
      'sample' in rendered
        ? [{ sampleId: rendered.sampleId, messages: rendered.sample.messages }]
        : [],
    );
    const { counts, limit } = await context.workers.engine.run(
      'preflightCount',
      { modelDir, samples },
      { signal: job.signal },
    );
    for (const count of counts) tally.add(count, limit);
    tally.limit = limit;
    job.progress({ done: tally.samples });
  }
  return tally.result;
}

class Tally {
  samples = 0;
  limit: number | null = null;
  #learnt = 0;
  #images = 0;
  readonly #lengths: number[] = [];
  readonly #problems: Problem[] = [];
  readonly #problemCounts: Record<string, number> = {};

  add(count: PreflightCount, limit: number | null): void {
    if ('error' in count) return this.fault(count.sampleId, count.error);
    const { sampleId, tokens, learnt, images } = count;
    this.samples += 1;
    this.#learnt += learnt;
    this.#images += images;
    this.#lengths.push(tokens);
    if (limit !== null && tokens > limit) {
      this.#report(sampleId, 'too-long', `${tokens} tokens, ${tokens - limit} more than fit.`);
    }
    if (learnt === 0) this.#report(sampleId, 'nothing-learnt', 'There is no answer to learn.');
  }

  fault(
    sampleId: number,
    { code, message, got }: Pick<ErrorWire, 'code' | 'message' | 'got'>,
  ): void {
    this.samples += 1;
    this.#report(sampleId, kindOf(code), got === undefined ? message : `${message} ${got}`);
  }

  #report(sampleId: number, kind: Problem['kind'], message: string): void {
    this.#problemCounts[kind] = (this.#problemCounts[kind] ?? 0) + 1;
    if (this.#problems.length < listedProblems) this.#problems.push({ sampleId, kind, message });
  }

  get result(): DatasetPreflight {
    const lengths = this.#lengths.sort((a, b) => a - b);
    const longest = lengths.at(-1) ?? 0;
    const to = Math.max(Math.ceil(longest / bars) * bars, bars);
    const counts = new Array<number>(bars).fill(0);
    for (const length of lengths) {
      const bar = Math.min(Math.floor((length * bars) / to), bars - 1);
      counts[bar] = (counts[bar] ?? 0) + 1;
    }
    return {
      samples: this.samples,
      tokens: lengths.reduce((sum, length) => sum + length, 0),
      learnt: this.#learnt,
      images: this.#images,
      longest,
      median: lengths[lengths.length >> 1] ?? 0,
      limit: this.limit,
      histogram: { to, counts },
      problemCounts: this.#problemCounts,
      problems: this.#problems,
    };
  }
}

function kindOf(code: string): Problem['kind'] {
  if (code === 'conversations/region-missing') return 'region-missing';
  if (code === 'conversations/item-missing' || code.startsWith('media/')) return 'media-missing';
  return 'other';
}
