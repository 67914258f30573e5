/** The samples of a run, checked before the first step. */
import { createHash } from 'node:crypto';
import { LensmithError, throwIfCancelled } from '../base/errors.ts';
import { isMediaFault } from '../data/processor.ts';
import type { MediaReader, PreparedSample, Processor } from '../data/processor.ts';
import { supervisedRows } from '../data/supervised-rows.ts';
import type { DatasetIssue } from '../formats/datasets/index.ts';
import { mediaParts } from '../formats/sample.ts';
import type { Sample } from '../formats/sample.ts';

/** Prepared samples are kept up to this many tokens; beyond, they are prepared again when needed. */
const keptTokens = 16_000_000;
const namedSamples = 20;

/** Of a sample, or of several together. */
export interface SampleSizes {
  readonly tokens: number;
  readonly images: number;
  readonly supervisedTokens: number;
  /** From the first that is under loss to the end. */
  readonly tailTokens: number;
}

interface IndexedSample extends SampleSizes {
  readonly sample: Sample;
  readonly prepared: PreparedSample | null;
}

export interface TrainingDataOptions {
  /** Longest sample in tokens. */
  readonly maxLength: number;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export class TrainingData {
  /** Equal for equal samples in equal order. */
  readonly digest: string;
  /** Left out, because nothing in them is learnt. */
  readonly unsupervised: readonly Sample[];
  /** Left out, because their pictures or videos cannot be read. */
  readonly issues: readonly DatasetIssue[];
  readonly #samples: readonly IndexedSample[];
  readonly #processor: Processor;
  readonly #media: MediaReader;

  private constructor(
    samples: readonly IndexedSample[],
    leftOut: Pick<TrainingData, 'unsupervised' | 'issues'>,
    digest: string,
    processor: Processor,
    media: MediaReader,
  ) {
    this.#samples = samples;
    this.unsupervised = leftOut.unsupervised;
    this.issues = leftOut.issues;
    this.digest = digest;
    this.#processor = processor;
    this.#media = media;
  }

  /**
   * Renders and tokenises every sample once; of pictures only the headers are read.
   * @throws data/sample-too-long naming the samples: nothing is ever cut
   * @throws data/no-samples when none is left, and the errors of Processor.prepare
   */
  static async open(
    samples: readonly Sample[],
    processor: Processor,
    media: MediaReader,
    options: TrainingDataOptions,
  ): Promise<TrainingData> {
    const hash = createHash('sha256');
    const indexed: IndexedSample[] = [];
    const [unsupervised, tooLong]: [Sample[], IndexedSample[]] = [[], []];
    const issues: DatasetIssue[] = [];
    let total = 0;
    for (const [i, sample] of samples.entries()) {
      throwIfCancelled(options.signal, 'Reading the data');
      const prepared = await readableOrIssue(sample, processor, media, options.signal);
      options.onProgress?.(i + 1, samples.length);
      if ('code' in prepared) {
        issues.push(prepared);
        continue;
      }
      hashSample(hash, sample, prepared);
      const entry = indexOf(sample, prepared, (total += prepared.inputIds.length) <= keptTokens);
      if (entry.tokens > options.maxLength) tooLong.push(entry);
      else if (entry.supervisedTokens === 0) unsupervised.push(sample);
      else indexed.push(entry);
    }
    if (tooLong.length > 0) throw tooLongError(tooLong, options.maxLength);
    if (indexed.length === 0) throw noSamples(samples.length, unsupervised.length, issues);
    return new TrainingData(
      indexed,
      { unsupervised, issues },
      hash.digest('hex'),
      processor,
      media,
    );
  }

  get size(): number {
    return this.#samples.length;
  }

  get samples(): readonly Sample[] {
    return this.#samples.map(({ sample }) => sample);
  }

  idOf(index: number): string {
    return this.#at(index).sample.id;
  }

  /** The largest micro-batch of this many samples. */
  largest(count: number): SampleSizes {
    const top = (of: (sample: IndexedSample) => number): number =>
      this.#samples
        .map(of)
        .sort((a, b) => b - a)
        .slice(0, count)
        .reduce((sum, value) => sum + value, 0);
    return {
      tokens: top(({ tokens }) => tokens),
      supervisedTokens: top(({ supervisedTokens }) => supervisedTokens),
      tailTokens: top(({ tailTokens }) => tailTokens),
      images: top(({ images }) => images),
    };
  }

  async prepared(index: number, signal?: AbortSignal): Promise<PreparedSample> {
    const { prepared, sample } = this.#at(index);
    return prepared ?? prepareNamed(sample, this.#processor, this.#media, signal);
  }

  #at(index: number): IndexedSample {
    const found = this.#samples[index];
    if (found === undefined) throw new RangeError(`there is no sample ${index}`);
    return found;
  }
}

function indexOf(sample: Sample, prepared: PreparedSample, keep: boolean): IndexedSample {
  const { rows } = supervisedRows(prepared.labels);
  return {
    sample,
    tokens: prepared.inputIds.length,
    images: prepared.imageCount,
    supervisedTokens: rows.length,
    tailTokens: rows.length === 0 ? 0 : prepared.inputIds.length - (rows[0] as number),
    prepared: keep ? prepared : null,
  };
}

async function prepareNamed(
  sample: Sample,
  processor: Processor,
  media: MediaReader,
  signal: AbortSignal | undefined,
): Promise<PreparedSample> {
  const prepared = await naming(sample, processor.prepare(sample, media, { signal }));
  const loadPixels = (cancel?: AbortSignal): Promise<Float32Array> =>
    naming(sample, prepared.loadPixels(cancel));
  return { ...prepared, loadPixels };
}

/** A sample prepared, or what is wrong with its media: better known now than hours later. */
async function readableOrIssue(
  sample: Sample,
  processor: Processor,
  media: MediaReader,
  signal: AbortSignal | undefined,
): Promise<PreparedSample | DatasetIssue> {
  try {
    for (const part of mediaParts(sample)) await media.check?.(part, signal);
  } catch (error) {
    if (!isMediaFault(error)) throw error;
    return { code: error.code, ...sample.source, message: `${sample.id}: ${error.message}` };
  }
  return prepareNamed(sample, processor, media, signal);
}

/** Errors of one sample among thousands must say which. */
async function naming<T>(sample: Sample, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (thrown) {
    if (!(thrown instanceof LensmithError) || thrown.code === 'job/cancelled') throw thrown;
    const { file, line } = sample.source;
    throw new LensmithError(
      thrown.code,
      `The sample ${sample.id} (${file}:${line}): ${thrown.message}`,
      {
        ...thrown.toJSON(),
        cause: thrown,
      },
    );
  }
}

function hashSample(
  hash: ReturnType<typeof createHash>,
  sample: Sample,
  prepared: PreparedSample,
): void {
  hash.update(`${sample.id}\0${prepared.inputIds.length}\0`);
  hash.update(prepared.inputIds);
  hash.update(prepared.labels);
  for (const part of mediaParts(sample)) {
    if (part.type === 'image' && 'bytes' in part) hash.update(part.bytes);
    else hash.update(JSON.stringify(part));
  }
}

function tooLongError(samples: readonly IndexedSample[], maxLength: number): LensmithError {
  const shown = samples
    .slice(0, namedSamples)
    .map(({ sample, tokens, images }) => `${sample.id}: ${tokens} tokens, ${images} images`);
  const more = samples.length > namedSamples ? `\n  and ${samples.length - namedSamples} more` : '';
  return new LensmithError(
    'data/sample-too-long',
    `${samples.length === 1 ? 'A sample is' : `${samples.length} samples are`} too long; nothing was trained.`,
    {
      expected: `at most ${maxLength} tokens`,
      got: `\n  ${shown.join('\n  ')}${more}`,
      hint: 'Shorten these conversations, use fewer images or video frames, or raise --max-length up to what the model was made for.',
    },
  );
}

function noSamples(
  read: number,
  unsupervised: number,
  [issue, ...others]: readonly DatasetIssue[],
): LensmithError {
  const unreadable =
    issue === undefined
      ? ''
      : `, ${others.length + 1} with media that cannot be read, the first in line ${issue.line}: ${issue.message}`;
  return new LensmithError('data/no-samples', 'There is nothing to train on.', {
    expected: 'samples with at least one answer of the assistant',
    got: `${read} samples, ${unsupervised} of them without an answer${unreadable}`,
  });
}
