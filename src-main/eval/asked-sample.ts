import { LensmithError } from '../base/errors.ts';
import type { MediaReader, PreparedSample, Processor } from '../data/processor.ts';
import { supervisedRows } from '../data/supervised-rows.ts';
import type { Message, Sample } from '../formats/sample.ts';
import type { GenerationPrompt } from '../generation/generate.ts';
import { imageFeatures } from '../generation/image-features.ts';
import type { GenerationSettings } from '../generation/settings.ts';
import type { Llava } from '../models/llava.ts';
import { slice } from '../tensor/ops/index.ts';
import type { Tensor } from '../tensor/tensor.ts';

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

/** What one assistant message of a sample answers, and what it says. */
export interface Question {
  readonly prompt: GenerationPrompt;
  readonly reference: string;
}

/** A sample that is ready to be scored. */
export interface AskedSample extends Disposable {
  readonly sample: Sample;
  readonly prepared: PreparedSample;
  readonly features: Tensor | null;
  /** In the order of the conversation; none where no answer is compared. */
  readonly questions: readonly Question[];
}

/**
 * Reads a sample's media and, with `compares`, prepares the true conversation before each of its
 * assistant messages.
 * @throws eval/no-answer, and the errors of reading its media
 */
export async function askSample(
  subject: EvaluationSubject,
  sample: Sample,
  compares: boolean,
  signal: AbortSignal | undefined,
): Promise<AskedSample> {
  const prepared = await subject.processor.prepare(sample, subject.media, { signal });
  if (supervisedRows(prepared.labels).rows.length === 0) throw noAnswer(sample);
  const owned: Disposable[] = [];
  const release = (): void => owned.forEach((one) => one[Symbol.dispose]());
  try {
    const features = await featuresOf(subject, prepared, signal);
    if (features !== null) owned.push(features);
    const questions: Question[] = [];
    for (const [index, message] of sample.messages.entries()) {
      if (!compares || message.role !== 'assistant') continue;
      const prompt = await promptBefore(subject, sample, index, features, signal);
      if (prompt.images !== null) owned.push(prompt.images);
      questions.push({ prompt, reference: textOf(message) });
    }
    return { sample, prepared, features, questions, [Symbol.dispose]: release };
  } catch (error) {
    release();
    throw error;
  }
}

async function promptBefore(
  { model, processor, media }: EvaluationSubject,
  sample: Sample,
  messageIndex: number,
  features: Tensor | null,
  signal: AbortSignal | undefined,
): Promise<{ readonly inputIds: Int32Array; readonly images: Tensor | null }> {
  const before = { id: sample.id, messages: sample.messages.slice(0, messageIndex) };
  const options = { addGenerationPrompt: true, signal };
  const { inputIds, imageCount } = await processor.prepare(before, media, options);
  const rows = imageCount * model.tokensPerImage;
  // Images come in the order of the conversation, so those seen so far are the first ones.
  const images = features === null || rows === 0 ? null : slice(features, 0, 0, rows);
  return { inputIds, images };
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

function textOf(message: Message): string {
  return message.content
    .map((part) => (part.type === 'text' ? part.text : ''))
    .join('')
    .trim();
}

function noAnswer(sample: Sample): LensmithError {
  return new LensmithError('eval/no-answer', `The sample ${sample.id} has no answer to compare.`, {
    expected: 'a conversation with what the assistant should say',
    got: `${sample.messages.length} messages, none of them learnt`,
    hint: `${sample.source.file}:${sample.source.line}: add an assistant message, or leave the sample out.`,
  });
}
