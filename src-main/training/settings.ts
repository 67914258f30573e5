import { LensmithError } from '../base/errors.ts';
import type { LoraConfig } from '../formats/adapters/peft.ts';
import type { OptimizerMemory, OptimizerName } from './optimizer-state.ts';
import { trainsAdapters } from './parts.ts';
import type { ModelPart, TrainingMethod } from './parts.ts';
import type { Schedule } from './schedule.ts';

/** All that decides the numbers of a run, besides the model and the data. */
export interface TrainingSettings {
  readonly method: TrainingMethod;
  /** Parts that train. */
  readonly parts: readonly ModelPart[];
  /** Of the adapters; null for the other methods. */
  readonly lora: LoraConfig | null;
  /** Folder of the PEFT adapter that training begins from; null for fresh ones. */
  readonly initAdapter: string | null;
  /** By part. */
  readonly learningRates: Readonly<Record<ModelPart, number>>;
  readonly weightDecay: number;
  readonly schedule: Schedule;
  readonly warmupSteps: number;
  readonly batchSize: number;
  readonly gradientAccumulation: number;
  /** Passes over the data, when maxSteps is null. */
  readonly epochs: number;
  readonly maxSteps: number | null;
  /** 0 does not clip. */
  readonly maxGradNorm: number;
  readonly seed: number;
  readonly shuffle: boolean;
  /** Longest sample in tokens; null for what the model's positions allow. */
  readonly maxLength: number | null;
  /**
   * So many of the decoder's layers compute their activations again in the backward pass rather than
   * keep them; layers of a tower that trains do where any of those does.
   */
  readonly recompute: number;
  /** All do, once a step finds no memory to keep the others'. */
  readonly recomputeWhenFull: boolean;
  /** How many bits the optimiser keeps its moments in. */
  readonly optimizer: OptimizerName;
  /** Where they lie; it decides no number. */
  readonly optimizerMemory: OptimizerMemory;
  /** Evaluations without improvement that end the run; null never. */
  readonly patience: number | null;
}

/** LLaVA's rates. */
export const defaultLearningRates: Readonly<Record<TrainingMethod, number>> = {
  lora: 2e-4,
  qlora: 2e-4,
  projector: 1e-3,
  full: 2e-5,
};

/** @throws training/bad-setting naming the first that makes no sense */
export function checkSettings(settings: TrainingSettings): void {
  const natural = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;
  const positive = (value: number): boolean => Number.isSafeInteger(value) && value > 0;
  const amount = (value: number): boolean => Number.isFinite(value) && value >= 0;
  const s = settings;
  const rules: [holds: boolean, name: string, expected: string, got: unknown][] = [
    [s.parts.length > 0, 'train', 'at least one part', s.parts],
    [Object.values(s.learningRates).every(amount), 'lr', 'numbers from 0', s.learningRates],
    [amount(s.weightDecay), 'weight-decay', 'a number from 0', s.weightDecay],
    [natural(s.warmupSteps), 'warmup-steps', 'a whole number from 0', s.warmupSteps],
    [positive(s.batchSize), 'batch-size', 'a whole number from 1', s.batchSize],
    [positive(s.gradientAccumulation), 'gradient-accumulation', 'from 1', s.gradientAccumulation],
    [s.epochs > 0 && Number.isFinite(s.epochs), 'epochs', 'a number above 0', s.epochs],
    [s.maxSteps === null || positive(s.maxSteps), 'max-steps', 'from 1', s.maxSteps],
    [amount(s.maxGradNorm), 'max-grad-norm', 'a number from 0', s.maxGradNorm],
    [natural(s.seed) && s.seed < 2 ** 32, 'seed', 'a whole number below 2^32', s.seed],
    [s.maxLength === null || positive(s.maxLength), 'max-length', 'from 1', s.maxLength],
    [s.patience === null || positive(s.patience), 'patience', 'from 1', s.patience],
    [trainsAdapters(s.method) === (s.lora !== null), 'method', 'adapter settings', s.method],
  ];
  for (const [holds, name, expected, got] of rules) {
    if (holds) continue;
    throw new LensmithError('training/bad-setting', `--${name} cannot be used so.`, {
      expected,
      got: JSON.stringify(got),
    });
  }
}

/** What a checkpoint was made under; a run that goes on from it must be the same one. */
export type RunFingerprint = Readonly<Record<string, unknown>>;

/**
 * @param model hash of config and weight layout @param data hash of the samples
 * @param dtype of the weights in memory
 */
export function fingerprint(
  settings: TrainingSettings,
  facts: { readonly model: string; readonly data: string; readonly dtype: string },
): RunFingerprint {
  // A constant schedule does not know its end: such a run may be made longer.
  const constant = settings.schedule === 'constant';
  // Where files lie may change between two sittings; what is in them is in the facts.
  const free = [
    'patience',
    'recompute',
    'recomputeWhenFull',
    'optimizerMemory',
    'initAdapter',
    // Checkpoints from before there was a choice say nothing of it, and go on as what they were.
    ...(settings.optimizer === 'adamw' ? ['optimizer'] : []),
    ...(constant ? ['epochs', 'maxSteps'] : []),
  ];
  const lora = settings.lora && { ...settings.lora, baseModel: undefined };
  const decisive = Object.entries({ ...settings, lora, ...facts }).filter(
    ([name]) => !free.includes(name),
  );
  return JSON.parse(JSON.stringify(Object.fromEntries(decisive))) as RunFingerprint;
}

/** @throws training/resume-mismatch listing every setting that differs */
export function requireSameRun(saved: RunFingerprint, now: RunFingerprint, dir: string): void {
  const names = [...new Set([...Object.keys(saved), ...Object.keys(now)])];
  const shown = (value: unknown): string => JSON.stringify(value) ?? 'nothing';
  const different = names.filter((name) => shown(saved[name]) !== shown(now[name]));
  if (different.length === 0) return;
  throw new LensmithError('training/resume-mismatch', `${dir} belongs to another run.`, {
    expected: different.map((name) => `${name}: ${shown(saved[name])}`).join('\n  '),
    got: different.map((name) => `${name}: ${shown(now[name])}`).join('\n  '),
    hint: 'Give the settings of the run that is to go on, or start afresh in another folder.',
  });
}
