import type { RunMethod, RunSettings } from '../../ipc/contract/runs.ts';
import { defaultParts } from '../../training/parts.ts';

/** What a method begins with; the rates that null stands for are in training/settings.ts. */
export function defaultRunSettings(method: RunMethod): RunSettings {
  return {
    parts: [...defaultParts[method]],
    length: { by: 'epochs', epochs: 3 },
    batchSize: 4,
    gradientAccumulation: 1,
    learningRate: null,
    learningRateVision: null,
    learningRateProjector: null,
    schedule: 'cosine',
    warmupSteps: 0,
    weightDecay: 0.01,
    maxGradNorm: 1,
    rank: 16,
    alpha: null,
    dropout: 0,
    rslora: false,
    maxLength: null,
    dtype: null,
    recompute: null,
    optimizer: 'adamw',
    evalEvery: null,
    answersShown: 4,
    saveEvery: null,
    keep: 'last',
    patience: null,
    seed: 0,
  };
}
