/** Rows of evaluations as the rest of the feature works with them. */
import { join } from 'node:path';
import { LensmithError } from '../../base/errors.ts';
import type {
  Evaluation,
  EvaluationMedia,
  EvaluationRequest,
  MetricFacts,
  MetricRow,
  Slice,
} from '../../ipc/contract/evaluations.ts';
import type { DatasetSpec } from '../../ipc/contract/datasets.ts';
import type { ErrorWire } from '../../ipc/contract/wire.ts';
import { countAnswered, findEvaluation, readEvaluationSamples } from '../../store/evaluations.ts';
import type { EvaluationRow, VoteColumn } from '../../store/evaluations.ts';
import type { OpenProject } from '../project/open-project.ts';
import type { SampleWords } from './sample-words.ts';
import type { SideScore } from './score-task.ts';

/** What an evaluation knows beside what was asked for; names of what may be gone later. */
export interface EvaluationFacts {
  readonly baseName: string;
  readonly tunedName: string;
  readonly dataName: string;
  readonly metrics: readonly MetricFacts[];
  /** The file that is answered: a copy of its own, unless a person named a file. */
  readonly dataPath: string;
  /** null until it was read. */
  readonly dataHash: string | null;
  readonly issues: readonly { readonly code: string; readonly message: string }[];
  /** The dataset that the samples come from, as it was. */
  readonly dataset: (DatasetSpec & { readonly id: number | null }) | null;
  /** What the tuned model was trained on, where runs of this project made it. */
  readonly trainedPaths: readonly string[];
  /** For lists, once it has ended. */
  readonly headline: MetricRow | null;
}

/** A sample as it was when the evaluation read it. */
export interface SampleFacts extends SampleWords {
  readonly key: string;
  readonly sampleId: number | null;
  readonly items: readonly EvaluationMedia[];
  readonly slices: readonly Slice[];
}

export interface SampleRecord {
  readonly position: number;
  readonly facts: SampleFacts;
  readonly base: SideScore | null;
  readonly tuned: SideScore | null;
  readonly vote: VoteColumn | null;
}

// What is parsed here was written by this program.
const parse = <T>(json: string): T => JSON.parse(json) as T;
const parseOrNull = <T>(json: string | null): T | null => (json === null ? null : parse<T>(json));

export const factsOf = ({ factsJson }: EvaluationRow): EvaluationFacts =>
  parse<EvaluationFacts>(factsJson);
export const requestOf = ({ requestJson }: EvaluationRow): EvaluationRequest =>
  parse<EvaluationRequest>(requestJson);

/** Where the data of an evaluation is kept, whatever becomes of the run or the dataset. */
export function evaluationDir({ folder }: Pick<OpenProject, 'folder'>, id: number): string {
  return join(folder, 'evaluations', String(id));
}

/** @throws evaluations/missing */
export function requireEvaluation(
  { store }: Pick<OpenProject, 'store'>,
  id: number,
): EvaluationRow {
  const row = findEvaluation(store, id);
  if (row !== undefined) return row;
  throw new LensmithError('evaluations/missing', 'This evaluation is no longer there.', {
    got: `evaluation ${id}`,
  });
}

export function viewOf({ store }: Pick<OpenProject, 'store'>, row: EvaluationRow): Evaluation {
  const { baseName, tunedName, dataName, metrics, dataHash, issues } = factsOf(row);
  const counts = countAnswered(store, row.id);
  return {
    id: row.id,
    name: row.name,
    state: row.state,
    request: requestOf(row),
    baseName,
    tunedName,
    dataName,
    metrics: [...metrics],
    samples: dataHash === null ? null : counts.samples,
    doneBase: counts.base,
    doneTuned: counts.tuned,
    error: parseOrNull<ErrorWire>(row.errorJson),
    createdMs: row.createdMs,
    endedMs: row.endedMs,
    dataHash,
    issues: issues.map((issue) => ({ ...issue })),
  };
}

export function sampleRecords({ store }: Pick<OpenProject, 'store'>, id: number): SampleRecord[] {
  return readEvaluationSamples(store, id).map((row) => ({
    position: row.position,
    facts: parse<SampleFacts>(row.factsJson),
    base: parseOrNull<SideScore>(row.baseJson),
    tuned: parseOrNull<SideScore>(row.tunedJson),
    vote: row.vote,
  }));
}
