/** Evaluations that asked some of the same samples, in order of time: how a model came along. */
import type {
  Comparison,
  EvaluationStep,
  MetricFacts,
  Outcome,
} from '../../ipc/contract/evaluations.ts';
import { listEvaluationRows } from '../../store/evaluations.ts';
import type { EvaluationRow } from '../../store/evaluations.ts';
import type { OpenProject } from '../project/open-project.ts';
import { compare, metricOf, outcomeOf } from './compare.ts';
import { factsOf, requireEvaluation, sampleRecords } from './records.ts';
import type { SampleRecord } from './records.ts';

/** What a sample is known by in every evaluation: in the project, or in its file. */
function identity({ facts }: SampleRecord, dataName: string): string {
  return facts.sampleId === null ? `${dataName}\n${facts.key}` : String(facts.sampleId);
}

function byIdentity(project: OpenProject, row: EvaluationRow): Map<string, SampleRecord> {
  const { dataName } = factsOf(row);
  return new Map(sampleRecords(project, row.id).map((one) => [identity(one, dataName), one]));
}

/**
 * Oldest first, itself among them; each scored on the samples that it shares with this one, so that the
 * scores can be compared.
 */
export function historyOf(project: OpenProject, evaluationId: number): EvaluationStep[] {
  const own = byIdentity(project, requireEvaluation(project, evaluationId));
  return listEvaluationRows(project.store)
    .toSorted((a, b) => a.createdMs - b.createdMs || a.id - b.id)
    .flatMap((row) => {
      const all = row.id === evaluationId ? own : byIdentity(project, row);
      const shared = [...all].flatMap(([key, sample]) => (own.has(key) ? [sample] : []));
      const { metrics, tunedName } = factsOf(row);
      const scores = metrics.flatMap((metric) => {
        const score = meanOf(shared, metric);
        return score === null ? [] : [{ metric, ...score }];
      });
      if (scores.length === 0) return [];
      return [{ id: row.id, name: row.name, tunedName, createdMs: row.createdMs, scores }];
    });
}

/** Of the tuned model: by tokens for a loss, as the summary has it. */
function meanOf(
  samples: readonly SampleRecord[],
  { id, kind }: MetricFacts,
): { readonly n: number; readonly value: number } | null {
  let [n, sum, weights] = [0, 0, 0];
  for (const { tuned } of samples) {
    const score = tuned?.scores[id];
    if (score === undefined) continue;
    const weight = kind === 'loss' ? (tuned?.tokens ?? 0) : 1;
    n += 1;
    sum += score * weight;
    weights += weight;
  }
  return weights === 0 ? null : { n, value: sum / weights };
}

export interface Since {
  readonly comparison: Comparison | null;
  readonly counts: Readonly<Record<Outcome, number>>;
  /** What changed: newly wrong ones, then newly right ones; the side `base` is the earlier model. */
  readonly changed: readonly { readonly sample: SampleRecord; readonly outcome: Outcome }[];
}

/** The tuned models of two evaluations, on the samples that both were asked. */
export function since(
  project: OpenProject,
  evaluationId: number,
  earlierId: number,
  metricId: string,
): Since {
  const row = requireEvaluation(project, evaluationId);
  const metric = metricOf(factsOf(row).metrics, metricId);
  const earlier = byIdentity(project, requireEvaluation(project, earlierId));
  const pairs = [...byIdentity(project, row)].flatMap(([key, sample]): SampleRecord[] => {
    const before = earlier.get(key);
    return before === undefined ? [] : [{ ...sample, base: before.tuned }];
  });
  const counts = { fixed: 0, regressed: 0, 'both-right': 0, 'both-wrong': 0 };
  const changed: Since['changed'][number][] = [];
  for (const sample of pairs) {
    const outcome = outcomeOf(sample, metric);
    if (outcome === null) continue;
    counts[outcome] += 1;
    if (outcome === 'fixed' || outcome === 'regressed') changed.push({ sample, outcome });
  }
  changed.sort((a, b) => b.outcome.localeCompare(a.outcome));
  return { comparison: compare(pairs, metric), counts, changed };
}
