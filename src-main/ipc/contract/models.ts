/** Models and adapters that this installation knows, and what they hold. */
import * as v from 'valibot';
import { assembleRequest, composition } from './assemble.ts';
import { command } from './command.ts';
import { modelRef } from './content.ts';
import { lineage } from './lineage.ts';
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
  /** This program wrote the folder on its own, by merging, exporting, quantising or assembling: it may delete it. */
  isCreated: v.boolean(),
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

/** Bytes that something needs, and whether the device has them. */
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
  /** Parameters by dtype as stored; `NF4` and `INT8` are those in few bits. */
  dtypes: v.record(v.string(), v.number()),
  files: v.number(),
  sizeBytes: v.number(),
  vocabularySize: v.number(),
  chatTemplate: v.string(),
  image: v.object({ sizePx: v.number(), tokens: v.number(), processor: v.string() }),
  contextTokens: v.number(),
  memory: v.object({
    /** The graphics device that models compute on; null: they lie in the machine's memory. */
    device: v.nullable(v.string()),
    /** All memory there. */
    deviceBytes: v.number(),
    /** What the figures assume. */
    tokens: v.number(),
    loraRank: v.number(),
    run: memoryNeed,
    lora: memoryNeed,
    qlora: memoryNeed,
    projector: memoryNeed,
    /** null: the decoder is in few bits, which adapters alone are trained beside. */
    full: v.nullable(memoryNeed),
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

/** One thing of a folder that a model or adapter must have. */
export const finding = v.object({
  topic: v.picklist(['config', 'weights', 'tokenizer', 'template', 'pictures', 'base', 'whole']),
  state: v.picklist(['good', 'bad', 'unknown']),
  /** What was found, in few words: `llava`, `2 files, 13 GB, bf16`. */
  detail: v.string(),
  error: v.nullable(errorWire),
});
export type Finding = v.InferOutput<typeof finding>;

/** What a folder is, before it is put on the list. */
export const folderCheck = v.object({
  dir: v.string(),
  /** `language` and `vision` are parts that a model can be assembled of; `none` has nothing of one. */
  kind: v.picklist(['model', 'adapter', 'language', 'vision', 'none']),
  isUsable: v.boolean(),
  findings: v.array(finding),
  /** Of a model, and of an adapter whose model is known, when nothing was wrong. */
  facts: v.nullable(modelFacts),
});
export type FolderCheck = v.InferOutput<typeof folderCheck>;

/** A model that the engine holds in memory now. */
export const loadedModel = v.object({
  model: modelRef,
  name: v.string(),
  sizeBytes: v.number(),
  /** That it is on: `cpu`. */
  device: v.string(),
});
export type LoadedModelFacts = v.InferOutput<typeof loadedModel>;

/** What would go from the disk. */
export const createdFolder = v.object({
  dir: v.string(),
  /** Files that this program wrote, as they are now. */
  files: v.array(v.string()),
  sizeBytes: v.number(),
  /** What else lies there, and stays. */
  others: v.array(v.string()),
});
export type CreatedFolder = v.InferOutput<typeof createdFolder>;

/** What an export wrote and read again. */
export const exportResult = v.object({
  kind: v.picklist(['adapter', 'merged-model']),
  outDir: v.string(),
  tensors: v.number(),
  adaptedModules: v.number(),
  /** Merged weights that were in few bits and are written in full. */
  widenedWeights: v.number(),
  /** Between the model with its adapter and what was read back. */
  largestLogitDifference: v.number(),
  largestLogit: v.number(),
  tolerance: v.number(),
});
export type ExportResult = v.InferOutput<typeof exportResult>;

export const quantFormat = v.picklist(['nf4', 'int8']);
export type QuantFormat = v.InferOutput<typeof quantFormat>;

/** What quantising wrote, read again, and computed with to the same bits. */
export const quantizeResult = v.object({
  outDir: v.string(),
  format: quantFormat,
  quantizedWeights: v.number(),
  /** Of all weights in memory. */
  bytesBefore: v.number(),
  bytesAfter: v.number(),
  /** To the model in full; null where the device had no room for that. */
  largestLogitDifference: v.nullable(v.number()),
  largestLogit: v.number(),
});
export type QuantizeResult = v.InferOutput<typeof quantizeResult>;

export const modelsCommands = {
  'models.list': command(v.object({}), v.array(modelEntry)),
  /** Looks into a folder and keeps it; one that cannot be used is an error and not kept. */
  'models.add': command(v.object({ dir: folder }), modelEntry),
  /** Off the list; the files stay where they are. */
  'models.remove': command(v.object({ dir: folder }), v.null()),
  /** Says which model an adapter goes on. */
  'models.setBase': command(v.object({ dir: folder, baseDir: folder }), modelEntry),
  /** What a folder holds and whether it can be used, without keeping it. */
  'models.check': command(v.object({ dir: folder }), folderCheck),
  /** What a model or adapter was made of. */
  'models.lineage': command(v.object({ dir: folder }), lineage),
  /** Of a folder that this program made on its own: what deleting it means. */
  'models.created': command(v.object({ dir: folder }), createdFolder),
  /** Deletes the files that this program wrote there, and takes the folder off the list. */
  'models.delete': command(v.object({ dir: folder }), v.null()),
  /** Nothing where the engine is not at work. */
  'models.loaded': command(v.object({}), v.array(loadedModel)),
  /** What would come out of two folders, before anything is written. */
  'models.assemblePlan': command(assembleRequest, composition),
  /** Writes it as a job, opens it again and puts it on the list. */
  'models.assemble': command(
    v.object({
      ...assembleRequest.entries,
      visionDir: folder,
      languageDir: folder,
      outDir: folder,
    }),
    v.object({ jobId: v.string() }),
  ),
  'models.inspect': command(
    v.object({ dir: folder, adapter: v.optional(v.nullable(folder), null) }),
    modelFacts,
  ),
  /** The model with its decoder in few bits, as a job; proven by reading it back, and put on the list. */
  'models.quantize': command(
    v.object({ dir: folder, outDir: folder, format: quantFormat }),
    v.object({ jobId: v.string() }),
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
