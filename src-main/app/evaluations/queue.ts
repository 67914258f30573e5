/** Evaluations at work: one at a time, others behind it, each a job; what is answered is kept. */
import { LensmithError, asLensmithError, cancelledError } from '../../base/errors.ts';
import {
  insertEvaluationSamples,
  listEvaluationRows,
  openSamples,
  updateEvaluation,
  writeSideResult,
} from '../../store/evaluations.ts';
import type { EvaluationSide, EvaluationStateColumn } from '../../store/evaluations.ts';
import type { AppContext } from '../core/context.ts';
import type { JobContext } from '../jobs/jobs.ts';
import type { OpenProject } from '../project/open-project.ts';
import { compare, leadingMetric } from './compare.ts';
import { gatherSamples } from './gather.ts';
import { factsOf, requestOf, requireEvaluation, sampleRecords, viewOf } from './records.ts';
import type { EvaluationFacts } from './records.ts';

const tellEveryMs = 1000;

export class EvaluationQueue {
  readonly #context: AppContext;
  readonly #project: OpenProject;
  /** Jobs of those that wait or are at work. */
  readonly #jobs = new Map<number, { readonly jobId: string; readonly end: Promise<unknown> }>();
  #last: Promise<unknown> = Promise.resolve();
  #isClosing = false;
  #toldMs = 0;

  constructor(context: AppContext, project: OpenProject) {
    this.#context = context;
    this.#project = project;
  }

  isBusy(id: number): boolean {
    return this.#jobs.has(id);
  }

  /** Begins, or waits for those before it. @throws evaluations/not-now when it is at work */
  start(id: number): void {
    const { name } = requireEvaluation(this.#project, id);
    if (this.isBusy(id)) {
      throw new LensmithError('evaluations/not-now', `${name} is at work already.`, {});
    }
    this.#settle(id, 'waiting', null);
    const before = this.#last;
    const { id: jobId, end } = this.#context.jobs.start({
      kind: 'evaluate',
      title: `Evaluating ${name}`,
      run: (job) => this.#sitting(id, job, before),
      resultFor: () => ({ evaluationId: id }),
    });
    const settled = end.then(
      () => undefined,
      () => undefined,
    );
    this.#jobs.set(id, { jobId, end: settled });
    this.#last = settled;
  }

  stop(id: number): void {
    const entry = this.#jobs.get(id);
    if (entry !== undefined) this.#context.jobs.cancel(entry.jobId);
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    const entries = [...this.#jobs.values()];
    for (const { jobId } of entries) this.#context.jobs.cancel(jobId);
    await Promise.all(entries.map(({ end }) => end));
  }

  /** What another process left behind at work can go on where it was. */
  settleInterrupted(): void {
    for (const { id, state } of listEvaluationRows(this.#project.store)) {
      if (state === 'running' || state === 'waiting') this.#settle(id, 'interrupted', null);
    }
  }

  async #sitting(id: number, job: JobContext, before: Promise<unknown>): Promise<void> {
    try {
      job.progress({ note: 'Waits for its turn' });
      await Promise.race([before, aborted(job.signal)]);
      if (job.signal.aborted) throw cancelledError('The evaluation');
      this.#settle(id, 'running', null);
      await this.#readData(id, job);
      for (const side of ['base', 'tuned'] as const) await this.#ask(id, side, job);
      this.#keepHeadline(id);
      this.#jobs.delete(id);
      this.#settle(id, 'done', null);
    } catch (thrown) {
      this.#jobs.delete(id);
      this.#settleFailed(id, asLensmithError(thrown));
      throw thrown;
    }
  }

  #settleFailed(id: number, error: LensmithError): void {
    if (error.code === 'job/cancelled') {
      this.#settle(id, this.#isClosing ? 'interrupted' : 'stopped', null);
    } else this.#settle(id, error.code === 'worker/ended' ? 'interrupted' : 'failed', error);
  }

  async #readData(id: number, { signal, progress }: JobContext): Promise<void> {
    const { store } = this.#project;
    const row = requireEvaluation(this.#project, id);
    const facts = factsOf(row);
    if (facts.dataHash !== null) return;
    progress({ note: 'Reading the samples' });
    const { limit } = requestOf(row);
    const input = { path: facts.dataPath, limit, trainedPaths: facts.trainedPaths };
    const { workers } = this.#context;
    const { hash, samples, issues } = await workers.engine.run('evaluationData', input, { signal });
    if (samples.length === 0) throw nothingToRead(facts, issues[0]?.message);
    const gathered = gatherSamples(this.#project, samples, facts.dataset !== null);
    insertEvaluationSamples(
      store,
      id,
      gathered.map((sample) => JSON.stringify(sample)),
    );
    const now: EvaluationFacts = { ...facts, dataHash: hash, issues };
    updateEvaluation(store, id, { factsJson: JSON.stringify(now) });
    this.#tell(id, true);
  }

  async #ask(id: number, side: EvaluationSide, { signal, progress }: JobContext): Promise<void> {
    const { store } = this.#project;
    const row = requireEvaluation(this.#project, id);
    const facts = factsOf(row);
    const request = requestOf(row);
    const name = side === 'base' ? facts.baseName : facts.tunedName;
    const tellProgress = (): void => {
      const { samples, doneBase, doneTuned } = viewOf(this.#project, row);
      progress({ done: doneBase + doneTuned, total: 2 * (samples ?? 0), note: `Asking ${name}` });
    };
    tellProgress();
    const asked = openSamples(store, id, side);
    if (asked.length === 0) return;
    await this.#context.workers.engine.run(
      'scoreSamples',
      {
        model: request[side],
        path: facts.dataPath,
        hash: facts.dataHash ?? '',
        asked,
        metrics: request.metrics,
        maxNewTokens: request.maxNewTokens,
      },
      {
        signal,
        onProgress: ({ position, result }) => {
          writeSideResult(store, id, position, side, JSON.stringify(result));
          tellProgress();
          this.#tell(id, false);
        },
      },
    );
  }

  #keepHeadline(id: number): void {
    const facts = factsOf(requireEvaluation(this.#project, id));
    const metric = leadingMetric(facts.metrics);
    const found = metric && compare(sampleRecords(this.#project, id), metric);
    const headline = metric && found ? { metric, ...found } : null;
    updateEvaluation(this.#project.store, id, {
      factsJson: JSON.stringify({ ...facts, headline }),
    });
  }

  #settle(id: number, state: EvaluationStateColumn, error: LensmithError | null): void {
    const isOver = state !== 'waiting' && state !== 'running';
    updateEvaluation(this.#project.store, id, {
      state,
      errorJson: error === null ? null : JSON.stringify(error.toJSON()),
      endedMs: isOver ? this.#context.now() : null,
    });
    this.#tell(id, true);
  }

  #tell(id: number, isUrgent: boolean): void {
    const nowMs = this.#context.now();
    if (!isUrgent && nowMs - this.#toldMs < tellEveryMs) return;
    this.#toldMs = nowMs;
    const row = requireEvaluation(this.#project, id);
    this.#context.events.emit('evaluations.changed', viewOf(this.#project, row));
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

function nothingToRead({ dataName }: EvaluationFacts, fault: string | undefined): LensmithError {
  return new LensmithError('eval/no-samples', `${dataName} has no sample that can be used.`, {
    expected: 'at least one record that can be read',
    got: fault,
  });
}
