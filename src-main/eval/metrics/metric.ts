/** A measure of a model on samples with known answers. */
export type Metric = LossMetric | AnswerMetric;

/** Computed from the probabilities of the known answer; lower is better. */
export interface LossMetric {
  readonly kind: 'loss';
  readonly id: string;
  readonly title: string;
}

/** Compares what the model wrote with the known answer; higher is better. */
export interface AnswerMetric {
  readonly kind: 'answer';
  readonly id: string;
  readonly title: string;
  /** Scores are 0 or 1, nothing between: their mean is a rate. */
  readonly isBinary: boolean;
  /** @returns 0 to 1; null where the known answer holds nothing of what is measured */
  score(prediction: string, reference: string): number | null;
}
