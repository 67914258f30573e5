/** What a training run is given, what it tells on the way, and what it leaves. */
import { join } from 'node:path';
import { stepsPerEpoch } from '../data/loader.ts';
import type { EvaluationSubject } from '../eval/asked-sample.ts';
import type { LoadedModel } from '../models/load.ts';
import { CheckpointStore } from './checkpoint.ts';
import type { SampleAnswer } from './evaluation.ts';
import type { FrozenFeatures } from './feature-source.ts';
import type { Trainable } from './parts.ts';
import type { LogLine } from './run-log.ts';
import type { RunFingerprint, TrainingSettings } from './settings.ts';
import type { TrainingData } from './training-data.ts';

export interface TrainingRun {
  readonly loaded: LoadedModel;
  /** Folder that the model came from: the result needs its tokenizer and processor. */
  readonly modelDir: string;
  readonly trainables: readonly Trainable[];
  readonly settings: TrainingSettings;
  readonly fingerprint: RunFingerprint;
  readonly data: TrainingData;
  /** Of the frozen tower; null when it trains. */
  readonly features: FrozenFeatures | null;
  /** Held-out samples and how they are evaluated. */
  readonly heldOut: { readonly subject: EvaluationSubject; readonly data: TrainingData } | null;
  readonly outDir: string;
  readonly logPath: string;
  /** Updates between checkpoints; null: at the end of each epoch, at least 50 apart, and every 500. */
  readonly saveEvery: number | null;
  /** Updates between evaluations; null: at the end of each epoch. The last step always has one. */
  readonly evalEvery: number | null;
  /** Evaluates before the first step too, so that what was learnt can be seen against it. */
  readonly evaluatesFirst: boolean;
  /** Held-out samples that get an answer at each evaluation. */
  readonly answersShown: number;
  /** What the run leaves: its last weights, or those of the best evaluation. */
  readonly keep: 'last' | 'best';
  readonly resume: boolean;
  /** Memory that the engine may use, for advice when it does not suffice. */
  readonly memoryLimitBytes: number;
  readonly signal?: AbortSignal | undefined;
  readonly ending?: OrderlyEnd | undefined;
  readonly onEvent?: ((event: TrainingEvent) => void) | undefined;
}

/** Ends before the last step that lose no step: the one at work is finished and gets a checkpoint. */
export interface OrderlyEnd {
  /** The run is to go on some other time: no result is written. */
  readonly pause: AbortSignal;
  /** The run is over: its weights as they are become the result. */
  readonly finish: AbortSignal;
}

export type TrainingEvent =
  | { readonly kind: 'start'; readonly totalSteps: number; readonly resumedFrom: number }
  /** Something that the run does otherwise than was planned, in a sentence. */
  | { readonly kind: 'note'; readonly text: string }
  | { readonly kind: 'step'; readonly line: LogLine; readonly secondsLeft: number }
  | { readonly kind: 'evaluating'; readonly step: number }
  | {
      readonly kind: 'evaluation';
      readonly step: number;
      readonly loss: number;
      readonly best: boolean;
      readonly answers: readonly SampleAnswer[];
    }
  | { readonly kind: 'checkpoint'; readonly step: number; readonly path: string };

export interface TrainingResult {
  readonly steps: number;
  readonly epochs: number;
  /** Of every step, from the log: those before a resumption included. */
  readonly lines: readonly LogLine[];
  /** What it did otherwise than was planned. */
  readonly notes: readonly string[];
  readonly evaluations: readonly { readonly step: number; readonly loss: number }[];
  readonly best: { readonly step: number; readonly loss: number } | null;
  readonly stoppedEarly: boolean;
  /** The run waits to go on from `savedStep`; it left no result. */
  readonly paused: boolean;
  /** Step whose weights were written. */
  readonly savedStep: number;
  /** OUT/adapter for adapters, OUT/model otherwise. */
  readonly outputPath: string;
}

/** Where the checkpoints of a run in `outDir` are. */
export function checkpointsOf(outDir: string): CheckpointStore {
  return new CheckpointStore(join(outDir, 'checkpoints'));
}

/** Where the result of a run is: the adapter, or the model. */
export function outputPathOf({
  outDir,
  settings,
}: Pick<TrainingRun, 'outDir' | 'settings'>): string {
  return join(outDir, settings.lora === null ? 'model' : 'adapter');
}

/** Updates of the whole run. */
export function totalStepsOf(settings: TrainingSettings, sampleCount: number): number {
  if (settings.maxSteps !== null) return settings.maxSteps;
  return Math.max(1, Math.ceil(settings.epochs * stepsPerEpoch({ ...settings, sampleCount })));
}
