import type { AnswerMetric } from './metric.ts';
import { normaliseAnswer } from './normalise.ts';

/** 1 when both are the same text after {@link normaliseAnswer}, else 0. */
export const exactMatch: AnswerMetric = {
  kind: 'answer',
  id: 'exact-match',
  title: 'exact match',
  isBinary: true,
  score: (prediction, reference) =>
    normaliseAnswer(prediction) === normaliseAnswer(reference) ? 1 : 0,
};
