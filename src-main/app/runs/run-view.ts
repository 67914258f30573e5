/** Rows of runs as windows see them. */
import { join } from 'node:path';
import type { Run, RunEvaluation, RunPlan, RunResult } from '../../ipc/contract/runs.ts';
import type { ErrorWire } from '../../ipc/contract/wire.ts';
import { listEvaluations, queuedRuns } from '../../store/runs.ts';
import type { RunRow } from '../../store/runs.ts';
import type { OpenProject } from '../project/open-project.ts';
import type { KeptRequest } from './run-request.ts';

/** How far a run is, as its row keeps it. */
export interface RunFacts {
  readonly step: number;
  readonly totalSteps: number | null;
  readonly loss: number | null;
  readonly bestLoss: number | null;
  readonly peakMemoryBytes: number | null;
  readonly tokensPerSecond: number | null;
  /** Time at work, all sittings together. */
  readonly seconds: number;
}

const noFacts: RunFacts = {
  step: 0,
  totalSteps: null,
  loss: null,
  bestLoss: null,
  peakMemoryBytes: null,
  tokensPerSecond: null,
  seconds: 0,
};

// What is parsed here was written by this program.
const parse = <T>(json: string): T => JSON.parse(json) as T;
const parseOrNull = <T>(json: string | null): T | null => (json === null ? null : parse<T>(json));

export function factsOf({ progressJson }: RunRow): RunFacts {
  return { ...noFacts, ...parse<Partial<RunFacts>>(progressJson) };
}

export function keptRequestOf({ requestJson }: RunRow): KeptRequest {
  return parse<KeptRequest>(requestJson);
}

export function planOf({ planJson }: RunRow): RunPlan | null {
  return parseOrNull<RunPlan>(planJson);
}

export function folderOf(project: Pick<OpenProject, 'runsDir'>, { folder }: RunRow): string {
  return join(project.runsDir, folder);
}

/** @param queue ids of the runs that wait, next first */
export function runView(
  project: Pick<OpenProject, 'runsDir'>,
  row: RunRow,
  queue: readonly number[],
): Run {
  const place = queue.indexOf(row.id);
  return {
    id: row.id,
    name: row.name,
    state: row.state,
    queuePlace: place < 0 ? null : place + 1,
    ...keptRequestOf(row),
    plan: planOf(row),
    ...factsOf(row),
    error: parseOrNull<ErrorWire>(row.errorJson),
    result: parseOrNull<RunResult>(row.resultJson),
    notes: row.notes,
    folder: folderOf(project, row),
    createdMs: row.createdMs,
    startedMs: row.startedMs,
    endedMs: row.endedMs,
  };
}

export function queueOf({ store }: Pick<OpenProject, 'store'>): number[] {
  return queuedRuns(store).map(({ id }) => id);
}

export function evaluationsOf(
  { store }: Pick<OpenProject, 'store'>,
  runId: number,
): RunEvaluation[] {
  return listEvaluations(store, runId).map(({ step, loss, answersJson }) => ({
    step,
    loss,
    answers: parse<RunEvaluation['answers']>(answersJson),
  }));
}
