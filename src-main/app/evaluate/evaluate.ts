import { LensmithError } from '../../base/errors.ts';
import { evaluateDataset } from '../../eval/evaluate.ts';
import type { Evaluation, EvaluationOptions } from '../../eval/evaluate.ts';
import { metricsByIds } from '../../eval/metrics/index.ts';
import { loadDataset } from '../../formats/datasets/index.ts';
import type { DatasetIssue } from '../../formats/datasets/index.ts';
import type { GenerationSettings } from '../../generation/settings.ts';
import type { Session } from '../session/session.ts';

export interface EvaluateRequest extends Omit<EvaluationOptions, 'onSkip'> {
  /** A dataset file of any dialect that is read. */
  readonly data: string;
  /** Metric ids. */
  readonly metrics: readonly string[];
  /** Over the model folder's own settings. */
  readonly settings?: Partial<GenerationSettings>;
  /** The first so many samples; all by default. */
  readonly limit?: number | undefined;
}

export interface EvaluateResult extends Evaluation {
  /** Records that could not be read, and so are not in the scores. */
  readonly issues: readonly DatasetIssue[];
  /** Samples without an answer, or with media that cannot be read: not in the scores either. */
  readonly skipped: readonly SkippedSample[];
}

export interface SkippedSample extends DatasetIssue {
  readonly id: string;
}

/**
 * Scores a model on a dataset file; answers are greedy, so that they can be compared.
 * @throws eval/no-samples listing the first issue, and the errors of evaluateDataset, loadDataset
 */
export async function evaluateFile(
  session: Session,
  request: EvaluateRequest,
): Promise<EvaluateResult> {
  metricsByIds(request.metrics); // before anything slow
  const { samples, issues } = await loadDataset(request.data);
  if (samples.length === 0) {
    const [issue] = issues;
    throw new LensmithError('eval/no-samples', `${request.data} has no sample that can be used.`, {
      expected: 'at least one record that can be read',
      got:
        issue && `${issues.length} faulty ones, the first in line ${issue.line}: ${issue.message}`,
    });
  }
  const subject = {
    model: session.loaded.model,
    processor: session.processor,
    media: session.media,
    settings: { ...session.settings, doSample: false, ...request.settings },
  };
  const chosen = samples.slice(0, request.limit ?? samples.length);
  const skipped: SkippedSample[] = [];
  const evaluation = await evaluateDataset(subject, chosen, request.metrics, {
    onProgress: request.onProgress,
    onSkip: ({ id, source }, { code, message }) => skipped.push({ id, ...source, code, message }),
    batch: request.batch,
    signal: request.signal,
  });
  return { ...evaluation, issues, skipped };
}
