/** Training runs: asked for, estimated, queued, followed, compared. */
import * as v from 'valibot';
import { command, streamingCommand } from './command.ts';
import { modelRef } from './content.ts';
import { errorWire } from './wire.ts';

const whole = (from: number, to = Number.MAX_SAFE_INTEGER) =>
  v.pipe(v.number(), v.integer(), v.minValue(from), v.maxValue(to));
const amount = v.pipe(v.number(), v.finite(), v.minValue(0));
const rate = v.nullable(v.pipe(v.number(), v.finite(), v.gtValue(0), v.maxValue(10)));

export const runMethod = v.picklist(['projector', 'lora', 'qlora', 'full']);
export type RunMethod = v.InferOutput<typeof runMethod>;

const byMethod = <T extends v.GenericSchema>(entry: T) =>
  v.object({ projector: entry, lora: entry, qlora: entry, full: entry });

export const modelPart = v.picklist(['vision', 'projector', 'llm']);
export type ModelPart = v.InferOutput<typeof modelPart>;

/** null in a setting: the default of the method or of the model. */
export const runSettings = v.object({
  parts: v.pipe(v.array(modelPart), v.minLength(1)),
  length: v.variant('by', [
    v.object({
      by: v.literal('epochs'),
      epochs: v.pipe(v.number(), v.gtValue(0), v.maxValue(10_000)),
    }),
    v.object({ by: v.literal('steps'), steps: whole(1, 100_000_000) }),
  ]),
  batchSize: whole(1, 4096),
  gradientAccumulation: whole(1, 4096),
  learningRate: rate,
  learningRateVision: rate,
  learningRateProjector: rate,
  schedule: v.picklist(['constant', 'linear', 'cosine']),
  warmupSteps: whole(0),
  weightDecay: amount,
  /** 0 does not clip. */
  maxGradNorm: amount,
  /** Of adapters. */
  rank: whole(1, 4096),
  alpha: v.nullable(v.pipe(v.number(), v.gtValue(0))),
  dropout: v.pipe(v.number(), v.minValue(0), v.maxValue(0.99)),
  rslora: v.boolean(),
  maxLength: v.nullable(whole(1)),
  dtype: v.nullable(v.picklist(['f32', 'bf16'])),
  /** Less memory for a third more work; null: as the memory at hand allows. */
  recompute: v.nullable(v.boolean()),
  /** Runs from before there was a choice had the first. */
  optimizer: v.optional(v.picklist(['adamw', 'adamw-8bit']), 'adamw'),
  evalEvery: v.nullable(whole(1)),
  answersShown: whole(0, 100),
  saveEvery: v.nullable(whole(1)),
  keep: v.picklist(['last', 'best']),
  /** Evaluations without a better one that end the run. */
  patience: v.nullable(whole(1)),
  seed: whole(0, 2 ** 32 - 1),
});
export type RunSettings = v.InferOutput<typeof runSettings>;

export const runRequest = v.object({
  /** Empty: named by what it does. */
  name: v.pipe(v.string(), v.trim(), v.maxLength(200)),
  model: modelRef,
  datasetId: v.number(),
  method: runMethod,
  settings: runSettings,
});
export type RunRequest = v.InferOutput<typeof runRequest>;

/** Why a run is held to need so much: from the plan before its start. */
export const runPlan = v.object({
  samples: v.number(),
  heldOutSamples: v.number(),
  totalSteps: v.number(),
  stepsPerEpoch: v.number(),
  trainedParameters: v.number(),
  totalParameters: v.number(),
  learningRate: v.number(),
  memory: v.object({
    weightsBytes: v.number(),
    trainingBytes: v.number(),
    activationBytes: v.number(),
    totalBytes: v.number(),
    /** What lies in the machine's memory beside a device that has its own. */
    hostBytes: v.optional(v.number(), 0),
  }),
  /** The graphics device that it computes on; null: the processor, or nobody wrote it down. */
  device: v.optional(v.nullable(v.string()), null),
  /** Largest use while steps were measured; null where none was. */
  measuredPeakBytes: v.nullable(v.number()),
  /** Of the device's memory. */
  memoryAvailableBytes: v.number(),
  /** Where that does not suffice: the same samples a step so that it should. */
  fitting: v.optional(
    v.nullable(
      v.object({
        batchSize: v.number(),
        gradientAccumulation: v.number(),
        recompute: v.boolean(),
        optimizer: v.picklist(['adamw', 'adamw-8bit']),
        totalBytes: v.number(),
      }),
    ),
    null,
  ),
  /** null where only the training itself opened the data. */
  time: v.nullable(
    v.object({
      seconds: v.number(),
      stepSeconds: v.number(),
      /** What the estimate rests on, in a sentence. */
      basis: v.string(),
    }),
  ),
  /** Records or media that cannot be used. */
  issues: v.array(v.object({ code: v.string(), message: v.string() })),
  /** Samples in which nothing is learnt. */
  unsupervised: v.number(),
  /** What may not be as the person meant it. */
  notes: v.array(v.string()),
  /** What was chosen where nobody did. */
  choices: v.optional(v.array(v.string()), []),
});
export type RunPlan = v.InferOutput<typeof runPlan>;

export const runState = v.picklist([
  'queued',
  'running',
  'paused',
  'stopped',
  'interrupted',
  'failed',
  'done',
]);
export type RunState = v.InferOutput<typeof runState>;

/** What it is at while its state is `running`. */
export const runPhase = v.picklist(['preparing', 'training', 'evaluating', 'pausing', 'stopping']);
export type RunPhase = v.InferOutput<typeof runPhase>;

export const runResult = v.object({
  step: v.number(),
  /** Step whose weights were written. */
  savedStep: v.number(),
  /** Folder of the adapter or the model. */
  outputPath: v.string(),
  isAdapter: v.boolean(),
  best: v.nullable(v.object({ step: v.number(), loss: v.number() })),
  stoppedEarly: v.boolean(),
});
export type RunResult = v.InferOutput<typeof runResult>;

/** A run in one row. */
export const run = v.object({
  id: v.number(),
  name: v.string(),
  state: runState,
  /** Place in the queue from 1; null for one that does not wait. */
  queuePlace: v.nullable(v.number()),
  request: runRequest,
  /** Of the dataset when the run was asked for; the dataset may be gone. */
  datasetName: v.string(),
  modelName: v.string(),
  plan: v.nullable(runPlan),
  /** Of the last step that is known. */
  step: v.number(),
  totalSteps: v.nullable(v.number()),
  loss: v.nullable(v.number()),
  bestLoss: v.nullable(v.number()),
  peakMemoryBytes: v.nullable(v.number()),
  tokensPerSecond: v.nullable(v.number()),
  error: v.nullable(errorWire),
  result: v.nullable(runResult),
  notes: v.string(),
  folder: v.string(),
  createdMs: v.number(),
  startedMs: v.nullable(v.number()),
  endedMs: v.nullable(v.number()),
  /** Time at work, all sittings together. */
  seconds: v.number(),
});
export type Run = v.InferOutput<typeof run>;

export const runLine = v.object({
  step: v.number(),
  loss: v.number(),
  learningRate: v.number(),
  gradNorm: v.number(),
  supervisedTokens: v.number(),
  tokens: v.number(),
  tokensPerSecond: v.number(),
  peakMemoryBytes: v.number(),
});
export type RunLine = v.InferOutput<typeof runLine>;

export const runAnswer = v.object({
  /** Id of the sample in the project; null when it is gone. */
  sampleId: v.nullable(v.number()),
  itemId: v.nullable(v.number()),
  itemHash: v.nullable(v.string()),
  question: v.string(),
  prediction: v.string(),
  reference: v.string(),
});
export type RunAnswer = v.InferOutput<typeof runAnswer>;

export const runEvaluation = v.object({
  step: v.number(),
  loss: v.number(),
  answers: v.array(runAnswer),
});
export type RunEvaluation = v.InferOutput<typeof runEvaluation>;

/** How the loss of one sample went over a run. */
export const runSampleLoss = v.object({
  /** As the run's data names it. */
  key: v.string(),
  side: v.picklist(['train', 'held-out']),
  /** Id of the sample in the project; null when it is gone. */
  sampleId: v.nullable(v.number()),
  itemId: v.nullable(v.number()),
  itemHash: v.nullable(v.string()),
  question: v.string(),
  answer: v.string(),
  first: v.number(),
  last: v.number(),
  best: v.number(),
  /** Above the middle of all, `rose` ends above where it began, `stayed` lost less than a quarter. */
  verdict: v.picklist(['learnt', 'stayed', 'rose']),
  points: v.array(v.object({ step: v.number(), loss: v.number() })),
});
export type RunSampleLoss = v.InferOutput<typeof runSampleLoss>;

/** Something that happened to a run, for its folded log. */
export const runEntry = v.object({ atMs: v.number(), text: v.string() });
export type RunEntry = v.InferOutput<typeof runEntry>;

/** Where the run at work stands. */
export const runProgress = v.object({
  runId: v.number(),
  name: v.string(),
  phase: runPhase,
  /** An end that was asked for waits for the held-out samples to be answered, not for a step alone. */
  isEvaluating: v.boolean(),
  step: v.number(),
  totalSteps: v.nullable(v.number()),
  loss: v.nullable(v.number()),
  secondsLeft: v.nullable(v.number()),
  tokensPerSecond: v.nullable(v.number()),
  peakMemoryBytes: v.nullable(v.number()),
  /** Samples read before the first step. */
  reading: v.nullable(v.object({ done: v.number(), total: v.number() })),
  /** Steps since the event before, in order; the first replaces what is known from there on. */
  lines: v.array(runLine),
});
export type RunProgress = v.InferOutput<typeof runProgress>;

const byId = v.object({ runId: v.number() });

export const runsCommands = {
  /** Settings that a method begins with. */
  'runs.defaults': command(
    v.object({}),
    v.object({
      settings: byMethod(runSettings),
      /** What null as learning rate means. */
      learningRates: byMethod(v.number()),
    }),
  ),
  /**
   * Opens model and data and works through a few steps without keeping them: what the run needs.
   * The parts say how far it is, in words.
   */
  'runs.plan': streamingCommand(runRequest, runPlan, v.object({ note: v.string() })),
  /** Starts, or queues behind the run at work. */
  'runs.start': command(v.object({ request: runRequest, plan: v.nullable(runPlan) }), run),
  /** Newest first. */
  'runs.list': command(v.object({}), v.array(run)),
  'runs.read': command(
    byId,
    v.object({
      run,
      evaluations: v.array(runEvaluation),
      entries: v.array(runEntry),
      progress: v.nullable(runProgress),
    }),
  ),
  /** Steps after `afterStep` as the run's log holds them. */
  'runs.log': command(v.object({ ...byId.entries, afterStep: whole(0) }), v.array(runLine)),
  /** Samples that were met more than once, those never learnt first; `known` counts them all. */
  'runs.sampleLosses': command(
    v.object({ ...byId.entries, limit: whole(1, 1000) }),
    v.object({ known: v.number(), samples: v.array(runSampleLoss) }),
  ),
  /** The run at work, or null. */
  'runs.current': command(v.object({}), v.nullable(runProgress)),
  /** Ends after the step at work with a checkpoint. */
  'runs.pause': command(byId, v.null()),
  /** Goes on from the last checkpoint: at once, or behind the run at work. */
  'runs.resume': command(byId, run),
  /** Ends for good; with `keep` the weights of the last step are written as a result. */
  'runs.stop': command(v.object({ ...byId.entries, keep: v.boolean() }), v.null()),
  'runs.update': command(
    v.object({
      ...byId.entries,
      name: v.optional(v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(200))),
      notes: v.optional(v.pipe(v.string(), v.maxLength(100_000))),
    }),
    run,
  ),
  /** The queue in this order; ids that do not wait are passed over. */
  'runs.reorder': command(v.object({ runIds: v.array(v.number()) }), v.null()),
  /** Takes a run that is not at work off the list, with its folder: this cannot be undone. */
  'runs.delete': command(byId, v.null()),
};

export const runsEvents = {
  /** At most four times a second; the last state always comes. */
  'runs.progress': runProgress,
  'runs.evaluated': v.object({ runId: v.number(), evaluation: runEvaluation }),
  /** Begun, ended, renamed, queued …: how it stands now. */
  'runs.changed': run,
  'runs.deleted': byId,
  /** The end of a run that was at work, once: what a notification tells. */
  'runs.ended': run,
};
