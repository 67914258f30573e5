/** Models and adapters that this installation knows, and what they hold. */
import * as v from 'valibot';
import { command } from './command.ts';
import { errorWire } from './wire.ts';

const folder = v.pipe(v.string(), v.minLength(1), v.maxLength(4000));

/** One folder to chat with or to train. */
export const modelEntry = v.object({
  /** The folder, absolute. */
  dir: v.string(),
  kind: v.picklist(['model', 'adapter']),
  name: v.string(),
  /** Of an adapter: the model folder it goes on; null: nobody knows yet. */
  baseDir: v.nullable(v.string()),
  /** Of an adapter: the model as its file names it. */
  baseName: v.nullable(v.string()),
  /** It ships with the program, a person added its folder, or a run of the open project made it. */
  origin: v.picklist(['starter', 'added', 'run']),
  runId: v.nullable(v.number()),
  /** As config.json says; null until it was looked into. */
  modelType: v.nullable(v.string()),
  parameters: v.nullable(v.number()),
  sizeBytes: v.nullable(v.number()),
  addedMs: v.nullable(v.number()),
  /** The folder is not there now. */
  isMissing: v.boolean(),
  /** Why it cannot be used. */
  error: v.nullable(errorWire),
});
export type ModelEntry = v.InferOutput<typeof modelEntry>;

/** Bytes that something needs, and whether this machine has them. */
const memoryNeed = v.object({
  totalBytes: v.number(),
  verdict: v.picklist(['fits', 'tight', 'too-large']),
});
export type MemoryNeed = v.InferOutput<typeof memoryNeed>;

export const modelFacts = v.object({
  dir: v.string(),
  modelType: v.string(),
  parts: v.array(
    v.object({
      part: v.picklist(['vision', 'projector', 'llm']),
      type: v.string(),
      layers: v.number(),
      hiddenSize: v.number(),
      parameters: v.number(),
    }),
  ),
  parameters: v.number(),
  /** Parameters by dtype as stored. */
  dtypes: v.record(v.string(), v.number()),
  files: v.number(),
  sizeBytes: v.number(),
  vocabularySize: v.number(),
  chatTemplate: v.string(),
  image: v.object({ sizePx: v.number(), tokens: v.number(), processor: v.string() }),
  contextTokens: v.number(),
  memory: v.object({
    machineBytes: v.number(),
    /** What the figures assume. */
    tokens: v.number(),
    loraRank: v.number(),
    run: memoryNeed,
    lora: memoryNeed,
    projector: memoryNeed,
    full: memoryNeed,
  }),
  /** Of an adapter that was looked into with its model. */
  adapter: v.nullable(
    v.object({
      rank: v.number(),
      alpha: v.number(),
      adaptedModules: v.number(),
      parameters: v.number(),
      /** Parts of it that found no place in the model. */
      unmatched: v.array(v.string()),
    }),
  ),
});
export type ModelFacts = v.InferOutput<typeof modelFacts>;

/** What an export wrote and read again. */
export const exportResult = v.object({
  kind: v.picklist(['adapter', 'merged-model']),
  outDir: v.string(),
  tensors: v.number(),
  adaptedModules: v.number(),
  /** Between the model with its adapter and what was read back. */
  largestLogitDifference: v.number(),
  largestLogit: v.number(),
  tolerance: v.number(),
});
export type ExportResult = v.InferOutput<typeof exportResult>;

export const modelsCommands = {
  'models.list': command(v.object({}), v.array(modelEntry)),
  /** Looks into a folder and keeps it; one that cannot be used is an error and not kept. */
  'models.add': command(v.object({ dir: folder }), modelEntry),
  /** Off the list; the files stay where they are. */
  'models.remove': command(v.object({ dir: folder }), v.null()),
  /** Says which model an adapter goes on. */
  'models.setBase': command(v.object({ dir: folder, baseDir: folder }), modelEntry),
  'models.inspect': command(
    v.object({ dir: folder, adapter: v.optional(v.nullable(folder), null) }),
    modelFacts,
  ),
  /** An adapter as PEFT reads it, or the model with the adapter in its weights; proven by reading it back. */
  'models.export': command(
    v.object({
      dir: folder,
      adapter: folder,
      merge: v.boolean(),
      /** A new or empty folder. */
      outDir: folder,
      /** Of merged weights; null: as stored. */
      dtype: v.optional(v.nullable(v.picklist(['f32', 'bf16', 'f16'])), null),
    }),
    v.object({ jobId: v.string() }),
  ),
};

export const modelsEvents = {
  /** The list is another now. */
  'models.changed': v.object({}),
};
