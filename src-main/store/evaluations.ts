/** Evaluations in a project's file: records of what happened, outside the journal. */
import type { ProjectStore, Row } from './project-store.ts';

export type EvaluationStateColumn =
  'waiting' | 'running' | 'stopped' | 'interrupted' | 'failed' | 'done';
export type EvaluationSide = 'base' | 'tuned';
export type VoteColumn = EvaluationSide | 'tie';

export interface EvaluationRow {
  readonly id: number;
  readonly name: string;
  readonly state: EvaluationStateColumn;
  readonly requestJson: string;
  readonly factsJson: string;
  readonly errorJson: string | null;
  readonly voteSeed: number;
  readonly voteEndedMs: number | null;
  readonly createdMs: number;
  readonly endedMs: number | null;
}

export interface EvaluationSampleRow {
  readonly position: number;
  readonly factsJson: string;
  readonly baseJson: string | null;
  readonly tunedJson: string | null;
  readonly vote: VoteColumn | null;
  readonly votedMs: number | null;
}

const text = (value: Row[string] | undefined): string | null =>
  value === null || value === undefined ? null : String(value);
const number = (value: Row[string] | undefined): number | null =>
  value === null || value === undefined ? null : Number(value);

function evaluationOf(row: Row): EvaluationRow {
  return {
    id: Number(row['id']),
    name: String(row['name']),
    state: row['state'] as EvaluationStateColumn,
    requestJson: String(row['request_json']),
    factsJson: String(row['facts_json']),
    errorJson: text(row['error_json']),
    voteSeed: Number(row['vote_seed']),
    voteEndedMs: number(row['vote_ended_ms']),
    createdMs: Number(row['created_ms']),
    endedMs: number(row['ended_ms']),
  };
}

/** Newest first. */
export function listEvaluationRows(store: ProjectStore): EvaluationRow[] {
  return store.all('SELECT * FROM evaluations ORDER BY id DESC').map(evaluationOf);
}

export function findEvaluation(store: ProjectStore, id: number): EvaluationRow | undefined {
  const row = store.get('SELECT * FROM evaluations WHERE id = ?', id);
  return row === undefined ? undefined : evaluationOf(row);
}

/** @returns the new evaluation's id; it waits */
export function insertEvaluation(
  store: ProjectStore,
  row: Pick<EvaluationRow, 'name' | 'requestJson' | 'factsJson' | 'voteSeed' | 'createdMs'>,
): number {
  return store.run(
    `INSERT INTO evaluations (name, state, request_json, facts_json, vote_seed, created_ms)
     VALUES (?, 'waiting', ?, ?, ?, ?)`,
    row.name,
    row.requestJson,
    row.factsJson,
    row.voteSeed,
    row.createdMs,
  );
}

const columns = {
  name: 'name',
  state: 'state',
  factsJson: 'facts_json',
  errorJson: 'error_json',
  voteSeed: 'vote_seed',
  voteEndedMs: 'vote_ended_ms',
  endedMs: 'ended_ms',
} as const satisfies Partial<Record<keyof EvaluationRow, string>>;

type Changeable = keyof typeof columns;

export function updateEvaluation(
  store: ProjectStore,
  id: number,
  part: { readonly [K in Changeable]?: EvaluationRow[K] },
): void {
  const names = (Object.keys(part) as Changeable[]).filter((name) => part[name] !== undefined);
  if (names.length === 0) return;
  store.run(
    `UPDATE evaluations SET ${names.map((name) => `${columns[name]} = ?`).join(', ')} WHERE id = ?`,
    ...names.map((name) => part[name] ?? null),
    id,
  );
}

export function deleteEvaluation(store: ProjectStore, id: number): void {
  store.run('DELETE FROM evaluations WHERE id = ?', id);
}

/** All samples of an evaluation, none of which is answered yet. */
export function insertEvaluationSamples(
  store: ProjectStore,
  evaluationId: number,
  factsJsons: readonly string[],
): void {
  store.transaction(() => {
    for (const [position, factsJson] of factsJsons.entries()) {
      store.run(
        'INSERT INTO evaluation_samples (evaluation_id, position, facts_json) VALUES (?, ?, ?)',
        evaluationId,
        position,
        factsJson,
      );
    }
  });
}

/** In their order. */
export function readEvaluationSamples(
  store: ProjectStore,
  evaluationId: number,
): EvaluationSampleRow[] {
  return store
    .all('SELECT * FROM evaluation_samples WHERE evaluation_id = ? ORDER BY position', evaluationId)
    .map((row) => ({
      position: Number(row['position']),
      factsJson: String(row['facts_json']),
      baseJson: text(row['base_json']),
      tunedJson: text(row['tuned_json']),
      vote: row['vote'] as VoteColumn | null,
      votedMs: number(row['voted_ms']),
    }));
}

export function countAnswered(
  store: ProjectStore,
  evaluationId: number,
): { readonly samples: number; readonly base: number; readonly tuned: number } {
  const row = store.get(
    `SELECT count(*) AS samples, count(base_json) AS base, count(tuned_json) AS tuned
     FROM evaluation_samples WHERE evaluation_id = ?`,
    evaluationId,
  );
  return {
    samples: Number(row?.['samples'] ?? 0),
    base: Number(row?.['base'] ?? 0),
    tuned: Number(row?.['tuned'] ?? 0),
  };
}

/** Samples that a model has not been asked about. */
export function openSamples(
  store: ProjectStore,
  evaluationId: number,
  side: EvaluationSide,
): { readonly position: number; readonly key: string }[] {
  return store
    .all(
      `SELECT position, facts_json ->> '$.key' AS key FROM evaluation_samples
       WHERE evaluation_id = ? AND ${side}_json IS NULL ORDER BY position`,
      evaluationId,
    )
    .map((row) => ({ position: Number(row['position']), key: String(row['key']) }));
}

export function writeSideResult(
  store: ProjectStore,
  evaluationId: number,
  position: number,
  side: EvaluationSide,
  json: string,
): void {
  store.run(
    `UPDATE evaluation_samples SET ${side}_json = ? WHERE evaluation_id = ? AND position = ?`,
    json,
    evaluationId,
    position,
  );
}

/** Two votes of the same millisecond keep their order. */
export function writeVote(
  store: ProjectStore,
  evaluationId: number,
  position: number,
  vote: VoteColumn,
  atMs: number,
): void {
  store.run(
    `UPDATE evaluation_samples SET vote = ?1, voted_ms = max(?2,
       (SELECT coalesce(max(voted_ms), 0) + 1 FROM evaluation_samples WHERE evaluation_id = ?3))
     WHERE evaluation_id = ?3 AND position = ?4`,
    vote,
    atMs,
    evaluationId,
    position,
  );
}

export function takeVoteBack(store: ProjectStore, evaluationId: number, position: number): void {
  store.run(
    `UPDATE evaluation_samples SET vote = NULL, voted_ms = NULL
     WHERE evaluation_id = ? AND position = ?`,
    evaluationId,
    position,
  );
}

/** Position of the vote that was given last; null: there is none. */
export function lastVoted(store: ProjectStore, evaluationId: number): number | null {
  const row = store.get(
    `SELECT position FROM evaluation_samples WHERE evaluation_id = ? AND vote IS NOT NULL
     ORDER BY voted_ms DESC LIMIT 1`,
    evaluationId,
  );
  return row === undefined ? null : Number(row['position']);
}

export function forgetVotes(store: ProjectStore, evaluationId: number): void {
  store.run(
    'UPDATE evaluation_samples SET vote = NULL, voted_ms = NULL WHERE evaluation_id = ?',
    evaluationId,
  );
}
