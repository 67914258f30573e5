/** From what a window asks for to what the trainer is given. */
import { basename, join } from 'node:path';
import { LensmithError } from '../../base/errors.ts';
import type { RunRequest } from '../../ipc/contract/runs.ts';
import { trainsAdapters } from '../../training/parts.ts';
import type { TrainRequest } from '../train/train-request.ts';
import { snapshotFile } from '../datasets/snapshot.ts';
import type { SnapshotFacts } from '../datasets/snapshot.ts';

/** What the store keeps of a request: names stay readable when what they name is gone. */
export interface KeptRequest {
  readonly request: RunRequest;
  readonly datasetName: string;
  readonly modelName: string;
}

export function modelNameOf({ dir, adapter }: RunRequest['model']): string {
  return adapter === null ? basename(dir) : `${basename(dir)} + ${basename(adapter)}`;
}

export interface RunPlaces {
  readonly snapshotDir: string;
  readonly outDir: string;
  readonly cacheDir: string;
  readonly threads: number;
}

/** @throws runs/adapter-needs-lora, runs/nothing-to-train-on */
export function trainRequestOf(
  { model, method, settings }: RunRequest,
  snapshot: Pick<SnapshotFacts, 'counts'>,
  { snapshotDir, outDir, cacheDir, threads }: RunPlaces,
): TrainRequest {
  if (model.adapter !== null && !trainsAdapters(method)) throw adapterNeedsLora(method);
  if (snapshot.counts.train === 0) throw nothingToTrainOn();
  const hasHeldOut = snapshot.counts.validation > 0;
  const { length, rank, alpha, dropout, rslora } = settings;
  return {
    modelDir: model.dir,
    dataPath: snapshotFile(snapshotDir, 'train'),
    outDir,
    method,
    parts: model.adapter === null ? settings.parts : undefined,
    ...(!trainsAdapters(method)
      ? {}
      : model.adapter !== null
        ? { initAdapter: model.adapter, dropout }
        : { rank, alpha: alpha ?? undefined, dropout, rslora }),
    ...(length.by === 'epochs' ? { epochs: length.epochs } : { maxSteps: length.steps }),
    learningRate: settings.learningRate ?? undefined,
    learningRateVision: settings.learningRateVision ?? undefined,
    learningRateProjector: settings.learningRateProjector ?? undefined,
    weightDecay: settings.weightDecay,
    warmupSteps: settings.warmupSteps,
    schedule: settings.schedule,
    batchSize: settings.batchSize,
    gradientAccumulation: settings.gradientAccumulation,
    maxGradNorm: settings.maxGradNorm,
    seed: settings.seed,
    dtype: settings.dtype ?? undefined,
    maxLength: settings.maxLength ?? undefined,
    recompute: settings.recompute ?? undefined,
    optimizer: settings.optimizer,
    saveEvery: settings.saveEvery ?? undefined,
    ...(hasHeldOut
      ? {
          evalDataPath: snapshotFile(snapshotDir, 'validation'),
          evaluateFirst: true,
          evalAnswers: settings.answersShown,
        }
      : {}),
    // Without held-out samples these are refused, in words, rather than passed over.
    evalEvery: settings.evalEvery ?? undefined,
    patience: settings.patience ?? undefined,
    keep: settings.keep,
    // Kept for all runs of the project: the same pictures pass the same tower once.
    featureCache: join(cacheDir, 'features'),
    threads,
  };
}

function adapterNeedsLora(method: string): LensmithError {
  return new LensmithError('runs/adapter-needs-lora', 'An adapter is trained on as an adapter.', {
    expected: 'method LoRA or QLoRA with this model',
    got: `method ${method}`,
    hint: 'Choose LoRA, or the base model without the adapter.',
  });
}

function nothingToTrainOn(): LensmithError {
  return new LensmithError('runs/nothing-to-train-on', 'The dataset has no sample to train on.', {
    hint: 'Widen its filter, let drafts count, or give training a share of the split.',
  });
}
