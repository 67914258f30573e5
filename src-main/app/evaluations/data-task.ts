/** Reads what an evaluation is to answer; files may be long, so this is done in a worker. */
import { throwIfCancelled } from '../../base/errors.ts';
import { loadDataset } from '../../formats/datasets/index.ts';
import { hashFile } from '../../media/hash.ts';
import type { TaskContext } from '../workers/worker-client.ts';
import { wordsOf } from './sample-words.ts';
import type { SampleWords } from './sample-words.ts';

export interface EvaluationDataInput {
  /** A dataset file of any dialect that is read. */
  readonly path: string;
  /** The first so many; null: all. */
  readonly limit: number | null;
  /** What the model was trained on, as far as that is known. */
  readonly trainedPaths: readonly string[];
}

/** Whether a model was trained on a sample: on itself, on its picture, or on neither. */
export type Seen = 'sample' | 'picture' | 'new';

export interface EvaluationDataSample extends SampleWords {
  readonly key: string;
  /** null where nobody knows what the model was trained on. */
  readonly seen: Seen | null;
}

export interface EvaluationDataOutput {
  readonly hash: string;
  readonly samples: readonly EvaluationDataSample[];
  readonly issues: readonly { readonly code: string; readonly message: string }[];
}

/** The window gets the first ones; files with more are better mended elsewhere. */
const shownIssues = 100;

/** @throws the errors of loadDataset; job/cancelled */
export async function evaluationDataTask(
  { path, limit, trainedPaths }: EvaluationDataInput,
  { signal }: TaskContext<never>,
): Promise<EvaluationDataOutput> {
  const { samples, issues } = await loadDataset(path);
  const chosen = samples.slice(0, limit ?? samples.length);
  const trained = { words: new Set<string>(), media: new Set<string>() };
  for (const one of trainedPaths) {
    throwIfCancelled(signal, 'Reading the samples');
    for (const sample of (await loadDataset(one)).samples) {
      const words = wordsOf(sample);
      trained.words.add(keyOf(words));
      for (const file of words.media) if (file !== '') trained.media.add(file);
    }
  }
  const seenOf = (words: SampleWords): Seen => {
    if (trained.words.has(keyOf(words))) return 'sample';
    return words.media.some((file) => trained.media.has(file)) ? 'picture' : 'new';
  };
  return {
    hash: await hashFile(path, signal),
    samples: chosen.map((sample) => {
      const words = wordsOf(sample);
      return { key: sample.id, seen: trainedPaths.length === 0 ? null : seenOf(words), ...words };
    }),
    issues: issues
      .slice(0, shownIssues)
      .map(({ code, line, message }) => ({ code, message: `line ${line}: ${message}` })),
  };
}

const keyOf = ({ questions, references, media }: SampleWords): string =>
  JSON.stringify([questions, references, media]);
