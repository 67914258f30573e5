/** Evaluation between steps: the loss on held-out samples, and a few answers to look at. */
import type { FrozenFeatures } from './feature-source.ts';
import type { PreparedSample } from '../data/processor.ts';
import { evaluateDataset } from '../eval/evaluate.ts';
import type { EvaluationSubject } from '../eval/asked-sample.ts';
import type { Sample } from '../formats/sample.ts';
import { Tensor } from '../tensor/tensor.ts';
import type { SampleLossValue } from './sample-log.ts';

export interface SampleAnswer {
  readonly id: string;
  readonly prediction: string;
  readonly reference: string;
}

export interface HeldOutResult {
  /** Mean over all tokens under loss. */
  readonly loss: number;
  readonly sampleLosses: readonly SampleLossValue[];
  readonly answers: readonly SampleAnswer[];
}

/**
 * @param features of the frozen tower, whose cache it shares; null when the tower trains
 * @param answered so many first samples get an answer of the model
 */
export async function evaluateHeldOut(
  subject: EvaluationSubject,
  samples: readonly Sample[],
  features: FrozenFeatures | null,
  answered: number,
  signal?: AbortSignal,
): Promise<HeldOutResult> {
  const own = features === null ? subject : { ...subject, features: featuresFrom(features) };
  const { overall, samples: scored } = await evaluateDataset(own, samples, ['loss'], { signal });
  const loss = overall['loss'] as number;
  const sampleLosses = scored.map(({ id, scores }) => ({ id, loss: scores['loss'] as number }));
  const shown = samples.slice(0, answered);
  if (shown.length === 0) return { loss, sampleLosses, answers: [] };
  const { samples: results } = await evaluateDataset(own, shown, ['exact-match'], { signal });
  const answers = results.flatMap(({ id, answers }) =>
    answers.map(({ prediction, reference }) => ({ id, prediction, reference })),
  );
  return { loss, sampleLosses, answers };
}

function featuresFrom(features: FrozenFeatures) {
  return async (sample: PreparedSample, signal?: AbortSignal): Promise<Tensor | null> => {
    if (sample.imageCount === 0) return null;
    const values = await features.of(sample, signal);
    const columns = features.columns;
    return Tensor.from(values, [values.length / columns, columns]);
  };
}
