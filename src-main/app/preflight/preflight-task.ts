/** Work of the engine worker that needs a model's files but not its weights. */
import { access } from 'node:fs/promises';
import { LensmithError, throwIfCancelled } from '../../base/errors.ts';
import type { ErrorWire } from '../../base/errors.ts';
import { mediaParts } from '../../formats/sample.ts';
import type { MediaPart, Message } from '../../formats/sample.ts';
import type { SeenToken, TokenCounts } from '../../ipc/contract/preflight.ts';
import { DiskMediaReader } from '../media-reader/media-reader.ts';
import type { TaskContext } from '../workers/worker-client.ts';
import { readingOf } from './processors.ts';
import type { ModelReading } from './processors.ts';
import { seenPictures } from './seen-images.ts';
import type { SeenPicture } from './seen-images.ts';
import { countTokens, seenTokens } from './seen-tokens.ts';

export interface PreflightInput {
  readonly modelDir: string;
  readonly messages: readonly Message[];
}

export interface PreflightOutput {
  readonly counts: TokenCounts;
  readonly prompt: string;
  /** At most `mostTokens`. */
  readonly tokens: SeenToken[];
  readonly moreTokens: number;
  readonly pictures: SeenPicture[];
  readonly morePictures: number;
  readonly tokensPerImage: number;
}

/** Beyond, nobody reads on, and a window would be slow. */
const mostTokens = 20_000;
const mostPictures = 64;

/**
 * Everything that a model gets of a sample.
 * @throws the errors of readingOf, Processor.prepare and seenPictures
 */
export async function preflightTask(
  { modelDir, messages }: PreflightInput,
  { signal }: TaskContext<never>,
): Promise<PreflightOutput> {
  const { processor, limit } = await readingOf(modelDir);
  const sample = { id: 'the sample', messages };
  const prepared = await processor.prepare(sample, new DiskMediaReader(), { signal });
  const parts = mediaParts(sample);
  const tokens = seenTokens(prepared, processor.tokenizer);
  const pictures = await seenPictures(parts, processor.imageProcessor, mostPictures, signal);
  return {
    counts: { ...countTokens(prepared), limit },
    prompt: prepared.prompt,
    tokens: tokens.slice(0, mostTokens),
    moreTokens: Math.max(tokens.length - mostTokens, 0),
    pictures,
    morePictures: prepared.imageCount - pictures.length,
    tokensPerImage: processor.tokensPerImage,
  };
}

export interface PreflightCountInput {
  readonly modelDir: string;
  readonly samples: readonly { readonly sampleId: number; readonly messages: readonly Message[] }[];
}

/** Of one sample: the numbers, or why there are none. */
export type PreflightCount = { readonly sampleId: number } & (
  | {
      readonly tokens: number;
      readonly image: number;
      readonly learnt: number;
      readonly images: number;
    }
  | { readonly error: ErrorWire }
);

export interface PreflightCountOutput {
  readonly limit: number | null;
  readonly counts: PreflightCount[];
}

/**
 * Lengths of many samples; no picture is decoded. What is wrong with a sample is its entry.
 * @throws the errors of readingOf, job/cancelled
 */
export async function preflightCountTask(
  { modelDir, samples }: PreflightCountInput,
  { signal }: TaskContext<never>,
): Promise<PreflightCountOutput> {
  const reading = await readingOf(modelDir);
  const media = new DiskMediaReader();
  const counts: PreflightCount[] = [];
  for (const { sampleId, messages } of samples) {
    throwIfCancelled(signal, 'Counting tokens');
    counts.push({ sampleId, ...(await countOne(reading, media, messages, signal)) });
    // Others of this worker get their turn.
    await new Promise(setImmediate);
  }
  return { limit: reading.limit, counts };
}

async function countOne(
  { processor }: ModelReading,
  media: DiskMediaReader,
  messages: readonly Message[],
  signal: AbortSignal,
) {
  try {
    await requireFiles(mediaParts({ messages }));
    const prepared = await processor.prepare({ id: 'the sample', messages }, media, { signal });
    return { ...countTokens(prepared), images: prepared.imageCount };
  } catch (error) {
    if (!(error instanceof LensmithError) || error.code === 'job/cancelled') throw error;
    return { error: error.toJSON() };
  }
}

/** @throws media/file-missing */
async function requireFiles(parts: readonly MediaPart[]): Promise<void> {
  for (const part of parts) {
    if (!('path' in part)) continue;
    await access(part.path).catch(() => {
      throw new LensmithError('media/file-missing', `${part.path} is not there.`, {
        hint: 'Connect its disk, or relink it in the library.',
      });
    });
  }
}
