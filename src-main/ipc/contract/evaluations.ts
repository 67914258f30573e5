/** Evaluations: two models on the same samples, scored, compared, voted on. */
import * as v from 'valibot';
import { command } from './command.ts';
import { modelRef } from './content.ts';
import { splitName } from './datasets.ts';
import { errorWire } from './wire.ts';

const whole = (from: number, to: number) =>
  v.pipe(v.number(), v.integer(), v.minValue(from), v.maxValue(to));
const path = v.pipe(v.string(), v.minLength(1), v.maxLength(4000));

export const metricFacts = v.object({
  id: v.string(),
  title: v.string(),
  /** A loss is better when lower; answers score from 0 to 1. */
  kind: v.picklist(['loss', 'answer']),
  isBinary: v.boolean(),
});
export type MetricFacts = v.InferOutput<typeof metricFacts>;

/** What is answered: a side of what a run trained with, of a dataset as it is now, or a file. */
export const evaluationData = v.variant('from', [
  v.object({ from: v.literal('run'), runId: v.number(), split: splitName }),
  v.object({ from: v.literal('dataset'), datasetId: v.number(), split: splitName }),
  v.object({ from: v.literal('file'), path }),
]);
export type EvaluationData = v.InferOutput<typeof evaluationData>;

export const evaluationRequest = v.object({
  /** Empty: named by what it compares. */
  name: v.pipe(v.string(), v.trim(), v.maxLength(200)),
  base: modelRef,
  tuned: modelRef,
  data: evaluationData,
  metrics: v.pipe(v.array(v.string()), v.minLength(1), v.maxLength(50)),
  maxNewTokens: whole(1, 4096),
  /** The first so many samples; null: all. */
  limit: v.nullable(whole(1, 10_000_000)),
});
export type EvaluationRequest = v.InferOutput<typeof evaluationRequest>;

/** `interrupted`: the program ended meanwhile. What was answered is kept in every state. */
export const evaluationState = v.picklist([
  'waiting',
  'running',
  'stopped',
  'interrupted',
  'failed',
  'done',
]);
export type EvaluationState = v.InferOutput<typeof evaluationState>;

export const evaluation = v.object({
  id: v.number(),
  name: v.string(),
  state: evaluationState,
  request: evaluationRequest,
  baseName: v.string(),
  tunedName: v.string(),
  dataName: v.string(),
  metrics: v.array(metricFacts),
  /** null: the data was not read yet. */
  samples: v.nullable(v.number()),
  /** Samples that each model has answered or could not be asked. */
  doneBase: v.number(),
  doneTuned: v.number(),
  error: v.nullable(errorWire),
  createdMs: v.number(),
  endedMs: v.nullable(v.number()),
  /** SHA-256 of the data's file. */
  dataHash: v.nullable(v.string()),
  /** Records that could not be read. */
  issues: v.array(v.object({ code: v.string(), message: v.string() })),
});
export type Evaluation = v.InferOutput<typeof evaluation>;

const interval = v.object({ low: v.number(), high: v.number() });
export type Interval = v.InferOutput<typeof interval>;

/** `value` over the samples that both models answered; the interval holds 95 of 100 times. */
export const estimate = v.object({
  value: v.number(),
  interval: v.nullable(interval),
  method: v.nullable(v.picklist(['wilson', 'bootstrap'])),
});
export type Estimate = v.InferOutput<typeof estimate>;

/** Two models by one metric. */
export const comparison = v.object({
  n: v.number(),
  base: estimate,
  tuned: estimate,
  /** tuned − base, of the same samples. */
  difference: estimate,
});
export type Comparison = v.InferOutput<typeof comparison>;

export const metricRow = v.object({ metric: metricFacts, ...comparison.entries });
export type MetricRow = v.InferOutput<typeof metricRow>;

export const sliceGroup = v.picklist(['label', 'kind', 'source', 'media', 'tag', 'status', 'seen']);
export type SliceGroup = v.InferOutput<typeof sliceGroup>;

export const slice = v.object({ group: sliceGroup, name: v.string() });
export type Slice = v.InferOutput<typeof slice>;

export const sliceRow = v.object({ ...slice.entries, ...comparison.entries });
export type SliceRow = v.InferOutput<typeof sliceRow>;

/**
 * Of a sample by one metric. Right: a score of at least one half; by the loss, `fixed` and
 * `regressed` say that it fell or rose, and nothing is right or wrong.
 */
export const outcome = v.picklist(['fixed', 'regressed', 'both-right', 'both-wrong']);
export type Outcome = v.InferOutput<typeof outcome>;

export const sideResult = v.object({
  answers: v.array(
    v.object({
      prediction: v.string(),
      reference: v.string(),
      scores: v.record(v.string(), v.number()),
    }),
  ),
  scores: v.record(v.string(), v.number()),
  fault: v.nullable(errorWire),
});
export type SideResult = v.InferOutput<typeof sideResult>;

export const evaluationMedia = v.object({
  id: v.number(),
  hash: v.string(),
  kind: v.picklist(['image', 'video']),
  name: v.string(),
});
export type EvaluationMedia = v.InferOutput<typeof evaluationMedia>;

export const evaluatedSample = v.object({
  position: v.number(),
  /** As the data names it. */
  key: v.string(),
  /** In the project; null for one of a file. */
  sampleId: v.nullable(v.number()),
  items: v.array(evaluationMedia),
  questions: v.array(v.string()),
  references: v.array(v.string()),
  slices: v.array(slice),
  base: v.nullable(sideResult),
  tuned: v.nullable(sideResult),
  outcome: v.nullable(outcome),
});
export type EvaluatedSample = v.InferOutput<typeof evaluatedSample>;

/** What has become of the samples since. */
export const dataChanges = v.object({
  changed: v.array(v.number()),
  gone: v.array(v.number()),
  /** The dataset has other settings or samples now; null: it cannot be compared. */
  isDatasetAnother: v.nullable(v.boolean()),
});
export type DataChanges = v.InferOutput<typeof dataChanges>;

export const voteResult = v.object({
  base: v.number(),
  tuned: v.number(),
  ties: v.number(),
  /** Pairs that were not voted on when the vote was ended. */
  open: v.number(),
  /** Share of the tuned model in votes that were no ties, with Wilson's interval. */
  winRate: v.nullable(estimate),
});
export type VoteResult = v.InferOutput<typeof voteResult>;

/** What one who votes may know; nothing of it says which model wrote what. */
export const ballot = v.object({
  total: v.number(),
  done: v.number(),
  /** Pairs of the same answer, which nobody is asked about. */
  alike: v.number(),
  next: v.nullable(
    v.object({
      position: v.number(),
      items: v.array(evaluationMedia),
      questions: v.array(v.string()),
      references: v.array(v.string()),
      left: v.array(v.string()),
      right: v.array(v.string()),
    }),
  ),
  /** Once the vote is over. */
  result: v.nullable(voteResult),
});
export type Ballot = v.InferOutput<typeof ballot>;

/** One evaluation among those that asked some of the same samples. */
export const evaluationStep = v.object({
  id: v.number(),
  name: v.string(),
  tunedName: v.string(),
  createdMs: v.number(),
  /** Of the tuned model, on the samples that it shares with the one in question. */
  scores: v.array(v.object({ metric: metricFacts, n: v.number(), value: v.number() })),
});
export type EvaluationStep = v.InferOutput<typeof evaluationStep>;

const byId = v.object({ evaluationId: v.number() });
const byMetric = v.object({ ...byId.entries, metric: v.string() });

export const evaluationsCommands = {
  'evaluations.metrics': command(v.object({}), v.array(metricFacts)),
  /** Starts, or waits for those before it; the work is a job of kind `evaluate`. */
  'evaluations.create': command(evaluationRequest, evaluation),
  /** Goes on where it was; what was answered stays. */
  'evaluations.resume': command(byId, evaluation),
  'evaluations.stop': command(byId, v.null()),
  /** Newest first; the comparison is by the first metric that compares answers. */
  'evaluations.list': command(
    v.object({}),
    v.array(v.object({ evaluation, headline: v.nullable(metricRow) })),
  ),
  'evaluations.read': command(
    byId,
    v.object({
      evaluation,
      summary: v.array(metricRow),
      /** By the first metric that compares answers. */
      outcomes: v.nullable(
        v.object({
          fixed: v.number(),
          regressed: v.number(),
          bothRight: v.number(),
          bothWrong: v.number(),
        }),
      ),
      faults: v.number(),
      /** Samples that the tuned model, or a run before it, was trained on. */
      seen: v.number(),
      changes: dataChanges,
      vote: v.object({ total: v.number(), done: v.number(), result: v.nullable(voteResult) }),
    }),
  ),
  'evaluations.slices': command(byMetric, v.array(sliceRow)),
  /** Wrong answers of the tuned model first, then those of the highest loss. */
  'evaluations.samples': command(
    v.object({
      ...byMetric.entries,
      outcomes: v.array(outcome),
      slice: v.nullable(slice),
      text: v.pipe(v.string(), v.maxLength(1000)),
      offset: whole(0, Number.MAX_SAFE_INTEGER),
      limit: whole(1, 500),
    }),
    v.object({ total: v.number(), samples: v.array(evaluatedSample) }),
  ),
  /** Those that asked some of the same samples, oldest first, this one among them. */
  'evaluations.history': command(byId, v.array(evaluationStep)),
  /** The tuned models of two evaluations on the samples that both were asked; `base` is the earlier. */
  'evaluations.since': command(
    v.object({ ...byMetric.entries, earlierId: v.number() }),
    v.object({
      comparison: v.nullable(comparison),
      fixed: v.number(),
      regressed: v.number(),
      /** Newly wrong ones, then newly right ones: the first so many. */
      samples: v.array(evaluatedSample),
    }),
  ),
  'evaluations.rename': command(
    v.object({
      ...byId.entries,
      name: v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(200)),
    }),
    evaluation,
  ),
  /** With its answers and votes: this cannot be undone. */
  'evaluations.delete': command(byId, v.null()),
  'evaluations.ballot': command(byId, ballot),
  /** Kept before the answer comes. */
  'evaluations.vote': command(
    v.object({
      ...byId.entries,
      position: v.number(),
      choice: v.picklist(['left', 'right', 'tie']),
    }),
    ballot,
  ),
  /** Takes the last vote back and shows its pair again. */
  'evaluations.unvote': command(byId, ballot),
  /** Counts what there is. */
  'evaluations.endVote': command(byId, ballot),
  /** Forgets all votes; sides are dealt anew. */
  'evaluations.voteAgain': command(byId, ballot),
};

export const evaluationsEvents = {
  /** At most once a second while it is at work. */
  'evaluations.changed': evaluation,
  'evaluations.deleted': byId,
};
