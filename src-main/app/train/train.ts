/** A training run from files to files. */
import { join, resolve } from 'node:path';
import { FeatureCache } from '../../data/feature-cache.ts';
import { loadGenerationSettings } from '../../generation/settings.ts';
import { FrozenFeatures, featureIdentity } from '../../training/feature-source.ts';
import { fingerprint } from '../../training/settings.ts';
import { train } from '../../training/trainer.ts';
import { checkpointsOf } from '../../training/training-run.ts';
import type {
  OrderlyEnd,
  TrainingEvent,
  TrainingResult,
  TrainingRun,
} from '../../training/training-run.ts';
import { modelDigest, withOpenTraining } from './open-training.ts';
import type { OpenTraining, TrainPlan } from './open-training.ts';
import { claimOutput, resumptionNotes } from './output-folder.ts';
import { requireHeldOut } from './request-checks.ts';
import { answerTokens, answersShown } from './train-request.ts';
import type { TrainRequest } from './train-request.ts';

export type TrainProgress =
  | { readonly kind: 'reading'; readonly done: number; readonly total: number }
  | ({ readonly kind: 'plan' } & TrainPlan)
  | TrainingEvent;

export interface TrainOptions {
  readonly onProgress?: ((event: TrainProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly ending?: OrderlyEnd | undefined;
}

export interface TrainOutcome extends TrainingResult {
  readonly plan: TrainPlan;
  readonly logPath: string;
  /** Latest checkpoints, oldest first. */
  readonly checkpoints: readonly string[];
  readonly featureCache: { readonly hits: number; readonly misses: number } | null;
}

/**
 * Trains as asked and writes OUT/adapter or OUT/model, OUT/checkpoints and the log.
 * @throws training/output-exists when outDir holds another run, and the errors of
 *         withOpenTraining and train
 */
export async function runTraining(
  request: TrainRequest,
  options: TrainOptions = {},
): Promise<TrainOutcome> {
  const { onProgress, signal } = options;
  const outDir = resolve(request.outDir);
  // Before an earlier run's results give way.
  requireHeldOut(request);
  await claimOutput(outDir, request);
  const notes = request.resume === true ? await resumptionNotes(outDir) : [];
  const onReading = (done: number, total: number): void =>
    onProgress?.({ kind: 'reading', done, total });
  return withOpenTraining(request, { notes, onReading, signal }, async (open) => {
    const cache = await openCache(request, outDir, open);
    onProgress?.({ kind: 'plan', ...open.plan });
    const run = await runOf(request, outDir, open, cache, options);
    const result = await train(run);
    const store = checkpointsOf(outDir);
    return {
      ...result,
      plan: open.plan,
      logPath: run.logPath,
      checkpoints: (await store.steps()).map((step) => store.pathOf(step)),
      featureCache: cache === null ? null : { hits: cache.hits, misses: cache.misses },
    };
  });
}

/**
 * What a run would do and need, by arithmetic; nothing is trained or written.
 * @throws the errors of withOpenTraining
 */
export function planTraining(
  request: TrainRequest,
  { onProgress, signal }: TrainOptions = {},
): Promise<TrainPlan> {
  const onReading = (done: number, total: number): void =>
    onProgress?.({ kind: 'reading', done, total });
  return withOpenTraining(request, { onReading, signal }, ({ plan }) => Promise.resolve(plan));
}

async function runOf(
  request: TrainRequest,
  outDir: string,
  open: OpenTraining,
  cache: FeatureCache | null,
  { onProgress, signal, ending }: TrainOptions,
): Promise<TrainingRun> {
  const { modelDir, loaded, processor, media, data, heldOut, towerTrains } = open;
  const { settings } = open.plan;
  const generation = { ...(await loadGenerationSettings(modelDir, processor.tokenizer)) };
  const subject = {
    model: loaded.model,
    processor,
    media,
    // They tell steps of a run apart, whatever the folder asks for beside.
    settings: { ...generation, doSample: false, maxNewTokens: answerTokens, undone: [] },
  };
  return {
    loaded,
    modelDir,
    trainables: open.trainables,
    settings,
    fingerprint: fingerprint(settings, {
      model: modelDigest(loaded),
      data: data.digest,
      dtype: request.dtype ?? 'as stored',
    }),
    data,
    features: towerTrains ? null : new FrozenFeatures(loaded, cache),
    heldOut: heldOut === null ? null : { subject, data: heldOut },
    outDir,
    logPath: resolve(request.logPath ?? join(outDir, 'log.jsonl')),
    saveEvery: request.saveEvery ?? null,
    evalEvery: request.evalEvery ?? null,
    evaluatesFirst: request.evaluateFirst ?? false,
    answersShown: request.evalAnswers ?? answersShown,
    keep: request.keep ?? (settings.patience === null ? 'last' : 'best'),
    resume: request.resume ?? false,
    memoryLimitBytes: open.plan.memoryLimitBytes,
    signal,
    ending,
    onEvent: onProgress,
  };
}

/** null where nothing is kept: no picture, a tower that trains, or nobody wants it. */
export async function openCache(
  request: TrainRequest,
  outDir: string,
  { loaded, processor, data, towerTrains }: OpenTraining,
): Promise<FeatureCache | null> {
  if (towerTrains || request.featureCache === 'off') return null;
  if (data.largest(data.size).images === 0) return null;
  const dir = resolve(request.featureCache ?? join(outDir, 'features'));
  const identity = await featureIdentity(loaded, processor.imageProcessor.identity);
  return FeatureCache.open({ dir, identity });
}
