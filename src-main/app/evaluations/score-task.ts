/** Asks one model about samples and scores what it says. */
import { LensmithError } from '../../base/errors.ts';
import type { ErrorWire } from '../../ipc/contract/wire.ts';
import { isSampleFault, scoreSample } from '../../eval/evaluate.ts';
import type { EvaluatedAnswer } from '../../eval/evaluate.ts';
import { metricsByIds } from '../../eval/metrics/index.ts';
import type { Metric } from '../../eval/metrics/index.ts';
import { loadDataset } from '../../formats/datasets/index.ts';
import { mediaParts } from '../../formats/sample.ts';
import type { Sample } from '../../formats/sample.ts';
import { cancellable } from '../../generation/cancel.ts';
import { hashFile } from '../../media/hash.ts';
import type { ModelRef } from '../../ipc/contract/content.ts';
import { sessions } from '../generate/generate-task.ts';
import { inDeviceTurn } from '../session/device-turn.ts';
import type { CachedSession } from '../session/session-cache.ts';
import type { TaskContext } from '../workers/worker-client.ts';

export interface ScoreInput {
  readonly model: ModelRef;
  readonly path: string;
  /** Of the file, as it was when its samples were counted. */
  readonly hash: string;
  /** Those that are still to be asked about, by their place among what could be read. */
  readonly asked: readonly { readonly position: number; readonly key: string }[];
  readonly metrics: readonly string[];
  readonly maxNewTokens: number;
}

/** What one model made of one sample. */
export interface SideScore {
  readonly answers: readonly EvaluatedAnswer[];
  readonly scores: Readonly<Record<string, number>>;
  /** Tokens under loss; 0 where no loss was asked for. */
  readonly tokens: number;
  readonly fault: ErrorWire | null;
}

export interface ScoreProgress {
  readonly position: number;
  readonly result: SideScore;
}

/**
 * The device is taken for one sample at a time, so that a person's question waits for one answer and
 * not for the whole evaluation.
 * @throws evaluations/data-changed, job/cancelled, and the errors of openSession
 */
export async function scoreTask(
  { model, path, hash, asked, metrics, maxNewTokens }: ScoreInput,
  { signal, report }: TaskContext<ScoreProgress>,
): Promise<null> {
  if ((await hashFile(path, signal)) !== hash) throw dataChanged(path);
  const { samples } = await loadDataset(path);
  const wanted = metricsByIds(metrics);
  for (const { position, key } of asked) {
    // A record whose picture has gone meanwhile is not read any more, and those behind it move up.
    const there = samples[position];
    const sample = there?.id === key ? there : samples.find(({ id }) => id === key);
    const result =
      sample === undefined
        ? faulty(sampleGone(path, key))
        : await inDeviceTurn(signal, 'The evaluation', () =>
            sessions.use(model, (open) => score(open, sample, wanted, maxNewTokens, signal)),
          );
    report({ position, result });
  }
  return null;
}

async function score(
  { session, images }: CachedSession,
  sample: Sample,
  wanted: readonly Metric[],
  maxNewTokens: number,
  signal: AbortSignal,
): Promise<SideScore> {
  const subject = {
    model: session.loaded.model,
    processor: session.processor,
    media: session.media,
    // Greedy, so that two models can be compared, and one with itself.
    settings: { ...session.settings, doSample: false, maxNewTokens },
    features: () => images.featuresOf(mediaParts(sample), signal),
  };
  try {
    const { answers, scores, supervisedTokens } = await cancellable(signal, 'The evaluation', () =>
      scoreSample(subject, sample, wanted, signal),
    );
    return { answers, scores, tokens: supervisedTokens ?? 0, fault: null };
  } catch (thrown) {
    if (!isSampleFault(thrown)) throw thrown;
    return faulty(thrown);
  }
}

function faulty(error: LensmithError): SideScore {
  return { answers: [], scores: {}, tokens: 0, fault: error.toJSON() };
}

function sampleGone(path: string, key: string): LensmithError {
  return new LensmithError('evaluations/sample-gone', `The sample ${key} can no longer be read.`, {
    got: path,
    hint: 'Its picture or video may have been moved or deleted.',
  });
}

function dataChanged(path: string): LensmithError {
  return new LensmithError('evaluations/data-changed', `${path} is not what it was.`, {
    expected: 'the file as it was when the evaluation began',
    hint: 'What was answered is kept. Begin a new evaluation for the new file.',
  });
}
