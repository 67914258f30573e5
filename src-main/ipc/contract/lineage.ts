/** Where a model or adapter comes from: kept beside its weights, so that it travels with them. */
import * as v from 'valibot';

const optionalText = v.nullable(v.string());

/** A folder of weights that something was made from. */
const source = v.object({
  dir: v.string(),
  name: v.string(),
  /** Of config.json and a sample of each tensor, see weights-hash.ts; null: it could not be read. */
  hash: optionalText,
});
export type LineageSource = v.InferOutput<typeof source>;

const score = v.object({ name: v.string(), value: v.number() });

/** The training that made it. */
const training = v.object({
  runName: v.string(),
  method: v.string(),
  /** The adapter that it went on from. */
  startedFrom: v.nullable(source),
  data: v.object({
    name: v.string(),
    /** SHA-256 of the samples as they were rendered; null where the run's folder is gone. */
    hash: optionalText,
    train: v.number(),
    validation: v.number(),
  }),
  /** What was set, by name. */
  settings: v.array(v.object({ name: v.string(), value: v.string() })),
  steps: v.number(),
  /** Losses and shares of right answers, first and last. */
  scores: v.array(score),
});

/** What stands in `lensmith.json` beside the weights. */
export const lineageFile = v.object({
  format: v.literal(1),
  made: v.picklist(['trained', 'merged', 'exported', 'assembled', 'quantized']),
  atMs: v.number(),
  program: v.string(),
  /** The model below an adapter, or the parts: first the base, or vision tower and language model. */
  sources: v.array(
    v.object({ ...source.entries, role: v.picklist(['base', 'adapter', 'vision', 'language']) }),
  ),
  training: v.nullable(training),
});
export type LineageFile = v.InferOutput<typeof lineageFile>;

/** The file, and what is true of it now. */
export const lineage = v.object({
  /** null: nothing is known of how it was made. */
  file: v.nullable(lineageFile),
  /** Of each source of the file, in its order. */
  sources: v.array(
    v.object({
      /** Where it is now; null: it is not on the list. */
      dir: optionalText,
      /** As it stands on the list, or as it was called then. */
      name: v.string(),
      /** Whether it is what it was then; `unknown` where one of the two cannot be read. */
      state: v.picklist(['same', 'changed', 'unknown', 'missing']),
    }),
  ),
  /** The run in the open project, to jump to; null where it is another project's or deleted. */
  runId: v.nullable(v.number()),
  datasetId: v.nullable(v.number()),
  /** What was made from it and is on the list. */
  made: v.array(v.object({ dir: v.string(), name: v.string(), how: lineageFile.entries.made })),
});
export type Lineage = v.InferOutput<typeof lineage>;
