import { LensmithError } from '../base/errors.ts';
import { isMediaFault } from '../data/processor.ts';
import type { MediaReader, PreparedSample, Processor } from '../data/processor.ts';
import { supervisedRows } from '../data/supervised-rows.ts';
import type { Message, Sample } from '../formats/sample.ts';
import { cancellable } from '../generation/cancel.ts';
import { generate } from '../generation/generate.ts';
import { imageFeatures } from '../generation/image-features.ts';
import type { GenerationSettings } from '../generation/settings.ts';
import type { Llava } from '../models/llava.ts';
import { slice } from '../tensor/ops/index.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { metricsByIds } from './metrics/index.ts';
import type { AnswerMetric, Metric } from './metrics/index.ts';
import { sampleLoss } from './sample-loss.ts';

/** What is evaluated, and with what. */
export interface EvaluationSubject {
  readonly model: Llava;
  readonly processor: Processor;
  readonly media: MediaReader;
  /** For metrics that compare answers. */
  readonly settings: GenerationSettings;
  /** Vision features of a sample, from a cache for instance; the tower by default. The caller disposes. */
  readonly features?: (sample: PreparedSample, signal?: AbortSignal) => Promise<Tensor | null>;
}

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
  for (const sample of samples) {
    try {
      const result = await cancellable(options.signal, 'Evaluation', () =>
        scoreSample(subject, sample, wanted, options.signal),
      );
      results.push(result);
      options.onProgress?.(results.length + faults.length, samples.length, result);
    } catch (error) {
      if (options.onSkip === undefined || !isSampleFault(error)) throw error;
      faults.push(error);
      options.onSkip(sample, error);
    }
  }
  if (results.length === 0) throw noneLeft(faults);
  return { overall: aggregate(results, wanted), samples: results };
}

/**
 * Scores one sample.
 * @param signal stops between tokens; see generation/cancel.ts for work that is queued
 * @throws eval/no-answer, and the errors of reading its media
 */
export async function scoreSample(
  subject: EvaluationSubject,
  sample: Sample,
  wanted: readonly Metric[],
  signal: AbortSignal | undefined,
): Promise<EvaluatedSample> {
  const answerMetrics = wanted.filter((metric) => metric.kind === 'answer');
  const prepared = await subject.processor.prepare(sample, subject.media, { signal });
  if (supervisedRows(prepared.labels).rows.length === 0) throw noAnswer(sample);
  using features = await featuresOf(subject, prepared, signal);
  const answers: EvaluatedAnswer[] = [];
  if (answerMetrics.length > 0) {
    for (const [index, message] of sample.messages.entries()) {
      if (message.role !== 'assistant') continue;
      const prediction = await answer(subject, sample, index, features, signal);
      const reference = textOf(message);
      answers.push({ prediction, reference, scores: score(answerMetrics, prediction, reference) });
    }
  }
  const scores: Record<string, number> = {};
  for (const { id } of answerMetrics) Object.assign(scores, meanOf(id, answers));
  const lossMetric = wanted.find((metric) => metric.kind === 'loss');
  if (lossMetric === undefined) return { id: sample.id, scores, answers };
  const { sum, tokens } = await sampleLoss(subject.model, prepared, features);
  scores[lossMetric.id] = sum / tokens;
  return { id: sample.id, scores, answers, supervisedTokens: tokens };
}

/** The model's own words for one assistant message. */
async function answer(
  subject: EvaluationSubject,
  sample: Sample,
  messageIndex: number,
  features: Tensor | null,
  signal: AbortSignal | undefined,
): Promise<string> {
  const { model, processor, settings } = subject;
  const before = { id: sample.id, messages: sample.messages.slice(0, messageIndex) };
  const prompt = await processor.prepare(before, subject.media, {
    addGenerationPrompt: true,
    signal,
  });
  const rows = prompt.imageCount * model.tokensPerImage;
  // Images come in the order of the conversation, so those seen so far are the first ones.
  using images = features === null || rows === 0 ? null : slice(features, 0, 0, rows);
  const generation = await generate(
    model,
    processor.tokenizer,
    { inputIds: prompt.inputIds, images },
    settings,
    { signal },
  );
  return generation.text.trim();
}

async function featuresOf(
  subject: EvaluationSubject,
  prepared: PreparedSample,
  signal: AbortSignal | undefined,
): Promise<Tensor | null> {
  if (prepared.imageCount === 0) return null;
  if (subject.features !== undefined) return subject.features(prepared, signal);
  const data = await prepared.loadPixels(signal);
  const shape = [prepared.imageCount, ...subject.processor.imageShape] as const;
  return imageFeatures(subject.model, { data, shape });
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

function textOf(message: Message): string {
  return message.content
    .map((part) => (part.type === 'text' ? part.text : ''))
    .join('')
    .trim();
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

function noAnswer(sample: Sample): LensmithError {
  return new LensmithError('eval/no-answer', `The sample ${sample.id} has no answer to compare.`, {
    expected: 'a conversation with what the assistant should say',
    got: `${sample.messages.length} messages, none of them learnt`,
    hint: `${sample.source.file}:${sample.source.line}: add an assistant message, or leave the sample out.`,
  });
}
