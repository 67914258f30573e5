import { LensmithError, cancelledError } from '../base/errors.ts';
import { isMediaFault } from '../data/processor.ts';
import type { Sample } from '../formats/sample.ts';
import { cancellable } from '../generation/cancel.ts';
import { generateBatch } from '../generation/generate-batch.ts';
import type { BatchOptions } from '../generation/generate-batch.ts';
import { askSample } from './asked-sample.ts';
import type { AskedSample, EvaluationSubject, Question } from './asked-sample.ts';
import { metricsByIds } from './metrics/index.ts';
import type { AnswerMetric, Metric } from './metrics/index.ts';
import { sampleLoss } from './sample-loss.ts';

/** One answer of the model beside the known one. */
export interface EvaluatedAnswer {
  readonly prediction: string;
  readonly reference: string;
  /** By metric id; without those that the known answer holds nothing for. */
  readonly scores: Readonly<Record<string, number>>;
}

export interface EvaluatedSample {
  readonly id: string;
  /** By metric id; of several answers the mean of those that are scored. */
  readonly scores: Readonly<Record<string, number>>;
  /** One for each assistant message; empty when only the loss was asked for. */
  readonly answers: readonly EvaluatedAnswer[];
  /** Tokens under loss, when the loss was asked for. */
  readonly supervisedTokens?: number;
}

export interface Evaluation {
  /** By metric id: the loss over all tokens together, others over all scored answers alike. */
  readonly overall: Readonly<Record<string, number>>;
  readonly samples: readonly EvaluatedSample[];
}

export interface EvaluationOptions {
  readonly onProgress?:
    ((done: number, total: number, latest: EvaluatedSample) => void) | undefined;
  /** Hears of a sample that cannot be scored and leaves it out; without it, its error is thrown. */
  readonly onSkip?: ((sample: Sample, fault: LensmithError) => void) | undefined;
  /** Answers that are written together; 1 writes one after the other. */
  readonly batch?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Scores a model on samples. For every assistant message the model writes an
 * answer of its own to the true conversation before it; the loss is that of all
 * true answers.
 * @throws eval/unknown-metric, eval/no-samples, job/cancelled, and without onSkip
 *         eval/no-answer naming the sample, and the errors of reading its media
 */
export async function evaluateDataset(
  subject: EvaluationSubject,
  samples: readonly Sample[],
  metricIds: readonly string[],
  options: EvaluationOptions = {},
): Promise<Evaluation> {
  const wanted = metricsByIds(metricIds);
  if (samples.length === 0 || wanted.length === 0) {
    throw new LensmithError('eval/no-samples', 'There is nothing to evaluate.', {
      expected: 'at least one sample and one metric',
      got: `${samples.length} samples, ${wanted.length} metrics`,
    });
  }
  const results: EvaluatedSample[] = [];
  const faults: LensmithError[] = [];
  for (let first = 0; first < samples.length; first += samplesAtOnce) {
    const some = samples.slice(first, first + samplesAtOnce);
    const scored = await cancellable(options.signal, 'Evaluation', () =>
      scoreSamples(subject, some, wanted, options),
    );
    for (const [i, result] of scored.entries()) {
      if (options.signal?.aborted) throw cancelledError('Evaluation');
      if (!(result instanceof LensmithError)) {
        results.push(result);
        options.onProgress?.(results.length + faults.length, samples.length, result);
        continue;
      }
      if (options.onSkip === undefined) throw result;
      faults.push(result);
      options.onSkip(some[i] as Sample, result);
    }
  }
  if (results.length === 0) throw noneLeft(faults);
  return { overall: aggregate(results, wanted), samples: results };
}

/** Samples whose answers are written together: enough that few wait for the last one. */
export const samplesAtOnce = 16;

/**
 * Scores samples; their answers are written together, so that the weights are read once for all.
 * @param samples a handful, see samplesAtOnce: all of their vision features are held
 * @param options the signal stops between tokens; see generation/cancel.ts for work that is queued
 * @returns for each sample its scores, or why it cannot be scored
 */
export async function scoreSamples(
  subject: EvaluationSubject,
  samples: readonly Sample[],
  wanted: readonly Metric[],
  { batch, signal }: Pick<EvaluationOptions, 'batch' | 'signal'>,
): Promise<(EvaluatedSample | LensmithError)[]> {
  const compares = wanted.some(({ kind }) => kind === 'answer');
  const asked: AskedSample[] = [];
  const faults = new Map<Sample, LensmithError>();
  try {
    for (const sample of samples) {
      try {
        asked.push(await askSample(subject, sample, compares, signal));
      } catch (error) {
        if (!isSampleFault(error)) throw error;
        faults.set(sample, error);
      }
    }
    const predictions = await predict(subject, asked, { slots: batch, signal });
    const results = new Map<Sample, EvaluatedSample | LensmithError>(faults);
    for (const one of asked) {
      results.set(one.sample, await scored(subject, one, wanted, predictions));
    }
    return samples.map((sample) => results.get(sample) as EvaluatedSample | LensmithError);
  } finally {
    for (const one of asked) one[Symbol.dispose]();
  }
}

/** The model's own words for each question of the samples. */
async function predict(
  { model, processor, settings }: EvaluationSubject,
  asked: readonly AskedSample[],
  options: BatchOptions,
): Promise<ReadonlyMap<Question, string>> {
  const questions = asked.flatMap((one) => one.questions);
  const prompts = questions.map(({ prompt }) => prompt);
  const answers = await generateBatch(model, processor.tokenizer, prompts, settings, options);
  return new Map(questions.map((one, i) => [one, answers[i]?.text.trim() ?? '']));
}

/** As scoreSamples, for one. @throws eval/no-answer, and the errors of reading its media */
export async function scoreSample(
  subject: EvaluationSubject,
  sample: Sample,
  wanted: readonly Metric[],
  signal: AbortSignal | undefined,
): Promise<EvaluatedSample> {
  const [result] = await scoreSamples(subject, [sample], wanted, { signal });
  if (result instanceof LensmithError) throw result;
  return result as EvaluatedSample;
}

async function scored(
  { model }: EvaluationSubject,
  { sample, prepared, features, questions }: AskedSample,
  wanted: readonly Metric[],
  predictions: ReadonlyMap<Question, string>,
): Promise<EvaluatedSample> {
  const answerMetrics = wanted.filter((metric) => metric.kind === 'answer');
  const answers = questions.map((question): EvaluatedAnswer => {
    const { reference } = question;
    const prediction = predictions.get(question) ?? '';
    return { prediction, reference, scores: score(answerMetrics, prediction, reference) };
  });
  const scores: Record<string, number> = {};
  for (const { id } of answerMetrics) Object.assign(scores, meanOf(id, answers));
  const lossMetric = wanted.find((metric) => metric.kind === 'loss');
  if (lossMetric === undefined) return { id: sample.id, scores, answers };
  const { sum, tokens } = await sampleLoss(model, prepared, features);
  scores[lossMetric.id] = sum / tokens;
  return { id: sample.id, scores, answers, supervisedTokens: tokens };
}

function score(
  wanted: readonly AnswerMetric[],
  prediction: string,
  reference: string,
): Record<string, number> {
  return Object.fromEntries(
    wanted.flatMap((metric) => {
      const value = metric.score(prediction, reference);
      return value === null ? [] : [[metric.id, value]];
    }),
  );
}

function aggregate(
  results: readonly EvaluatedSample[],
  wanted: readonly Metric[],
): Record<string, number> {
  const answers = results.flatMap((result) => result.answers);
  const tokens = results.reduce((sum, result) => sum + (result.supervisedTokens ?? 0), 0);
  return Object.assign(
    {},
    ...wanted.map(({ id, kind }): Record<string, number> => {
      if (kind === 'answer') return meanOf(id, answers);
      const total = results.reduce(
        (sum, result) => sum + (result.scores[id] as number) * (result.supervisedTokens ?? 0),
        0,
      );
      return { [id]: total / tokens };
    }),
  ) as Record<string, number>;
}

/** Empty where no answer is scored by the metric. */
function meanOf(id: string, answers: readonly EvaluatedAnswer[]): Record<string, number> {
  const values = answers.flatMap(({ scores }) => scores[id] ?? []);
  if (values.length === 0) return {};
  return { [id]: values.reduce((sum, value) => sum + value, 0) / values.length };
}

/** Whether an error is about one sample; all others would meet the next one too. */
export function isSampleFault(error: unknown): error is LensmithError {
  return isMediaFault(error) || (error instanceof LensmithError && error.code === 'eval/no-answer');
}

function noneLeft(faults: readonly LensmithError[]): LensmithError {
  const [first] = faults;
  return new LensmithError('eval/no-samples', 'No sample can be evaluated.', {
    expected: 'at least one sample with an answer and pictures that can be read',
    got: `${faults.length} left out, the first one because: ${first?.message ?? ''}`,
    hint: first?.hint,
    cause: first,
  });
}
