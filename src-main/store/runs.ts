/** Training runs: records of what happened, outside the journal. */
import type { ProjectStore, Row } from './project-store.ts';

export type RunStateColumn =
  'queued' | 'running' | 'paused' | 'stopped' | 'interrupted' | 'failed' | 'done';

export interface RunRow {
  readonly id: number;
  readonly name: string;
  readonly state: RunStateColumn;
  /** Name of its folder in the project's folder of runs. */
  readonly folder: string;
  readonly requestJson: string;
  readonly planJson: string | null;
  readonly errorJson: string | null;
  readonly resultJson: string | null;
  readonly progressJson: string;
  readonly queuePosition: number;
  readonly notes: string;
  readonly createdMs: number;
  readonly startedMs: number | null;
  readonly endedMs: number | null;
}

const text = (value: Row[string] | undefined): string | null =>
  value === null || value === undefined ? null : String(value);
const number = (value: Row[string] | undefined): number | null =>
  value === null || value === undefined ? null : Number(value);

function runOf(row: Row): RunRow {
  return {
    id: Number(row['id']),
    name: String(row['name']),
    state: row['state'] as RunStateColumn,
    folder: String(row['folder']),
    requestJson: String(row['request_json']),
    planJson: text(row['plan_json']),
    errorJson: text(row['error_json']),
    resultJson: text(row['result_json']),
    progressJson: String(row['progress_json']),
    queuePosition: Number(row['queue_position']),
    notes: String(row['notes']),
    createdMs: Number(row['created_ms']),
    startedMs: number(row['started_ms']),
    endedMs: number(row['ended_ms']),
  };
}

/** Newest first. */
export function listRuns(store: ProjectStore): RunRow[] {
  return store.all('SELECT * FROM runs ORDER BY id DESC').map(runOf);
}

/** Those that wait, next first. */
export function queuedRuns(store: ProjectStore): RunRow[] {
  return store
    .all(`SELECT * FROM runs WHERE state = 'queued' ORDER BY queue_position, id`)
    .map(runOf);
}

export function findRun(store: ProjectStore, id: number): RunRow | undefined {
  const row = store.get('SELECT * FROM runs WHERE id = ?', id);
  return row === undefined ? undefined : runOf(row);
}

/** @returns the new run's id; it waits behind all others */
export function insertRun(
  store: ProjectStore,
  run: Pick<RunRow, 'name' | 'requestJson' | 'planJson' | 'createdMs'>,
): number {
  return store.run(
    `INSERT INTO runs (name, state, folder, request_json, plan_json, queue_position, created_ms)
     VALUES (?, 'queued', '', ?, ?, ?, ?)`,
    run.name,
    run.requestJson,
    run.planJson,
    nextQueuePosition(store),
    run.createdMs,
  );
}

export function nextQueuePosition(store: ProjectStore): number {
  return Number(store.get('SELECT max(queue_position) AS last FROM runs')?.['last'] ?? 0) + 1;
}

const columns = {
  name: 'name',
  state: 'state',
  folder: 'folder',
  planJson: 'plan_json',
  errorJson: 'error_json',
  resultJson: 'result_json',
  progressJson: 'progress_json',
  queuePosition: 'queue_position',
  notes: 'notes',
  startedMs: 'started_ms',
  endedMs: 'ended_ms',
} as const satisfies Partial<Record<keyof RunRow, string>>;

type Changeable = keyof typeof columns;

export function updateRun(
  store: ProjectStore,
  id: number,
  part: { readonly [K in Changeable]?: RunRow[K] },
): void {
  const names = (Object.keys(part) as Changeable[]).filter((name) => part[name] !== undefined);
  if (names.length === 0) return;
  store.run(
    `UPDATE runs SET ${names.map((name) => `${columns[name]} = ?`).join(', ')} WHERE id = ?`,
    ...names.map((name) => part[name] ?? null),
    id,
  );
}

export function deleteRun(store: ProjectStore, id: number): void {
  store.run('DELETE FROM runs WHERE id = ?', id);
}

export interface EvaluationRow {
  readonly step: number;
  readonly loss: number;
  readonly answersJson: string;
}

export function listEvaluations(store: ProjectStore, runId: number): EvaluationRow[] {
  return store
    .all('SELECT * FROM run_evaluations WHERE run_id = ? ORDER BY step', runId)
    .map((row) => ({
      step: Number(row['step']),
      loss: Number(row['loss']),
      answersJson: String(row['answers_json']),
    }));
}

/** A step that is done again after a resumption replaces what it said before. */
export function putEvaluation(store: ProjectStore, runId: number, row: EvaluationRow): void {
  store.run(
    `INSERT INTO run_evaluations (run_id, step, loss, answers_json) VALUES (?, ?, ?, ?)
     ON CONFLICT (run_id, step) DO UPDATE SET loss = excluded.loss, answers_json = excluded.answers_json`,
    runId,
    row.step,
    row.loss,
    row.answersJson,
  );
}

/** Forgets what came after a step that the run goes on from. */
export function dropEvaluationsAfter(store: ProjectStore, runId: number, step: number): void {
  store.run('DELETE FROM run_evaluations WHERE run_id = ? AND step > ?', runId, step);
}
