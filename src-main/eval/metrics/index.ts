import { LensmithError } from '../../base/errors.ts';
import { anls } from './anls.ts';
import { boxIou } from './box-iou.ts';
import { contains } from './contains.ts';
import { exactMatch } from './exact-match.ts';
import { loss } from './loss.ts';
import type { Metric } from './metric.ts';
import { rougeL } from './rouge-l.ts';
import { tokenF1 } from './token-f1.ts';

export type { AnswerMetric, LossMetric, Metric } from './metric.ts';

/** Every metric; a new one is a file and a line here. */
export const metrics: readonly Metric[] = [
  loss,
  exactMatch,
  contains,
  tokenF1,
  rougeL,
  anls,
  boxIou,
];

/** @throws eval/unknown-metric */
export function metricsByIds(ids: readonly string[]): Metric[] {
  return [...new Set(ids)].map((id) => {
    const metric = metrics.find((candidate) => candidate.id === id);
    if (metric !== undefined) return metric;
    throw new LensmithError('eval/unknown-metric', `There is no metric "${id}".`, {
      expected: metrics.map((candidate) => candidate.id).join(', '),
      got: id,
    });
  });
}
