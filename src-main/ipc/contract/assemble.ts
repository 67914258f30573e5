/** A LLaVA model out of an image encoder and a language model: what is asked, and what would come of it. */
import * as v from 'valibot';
import { errorWire } from './wire.ts';

const folder = v.pipe(v.string(), v.minLength(1), v.maxLength(4000));

export const assembleRequest = v.object({
  /** null: not chosen yet. */
  visionDir: v.nullable(folder),
  languageDir: v.nullable(folder),
  outDir: v.nullable(folder),
  projector: v.picklist(['mlp2x_gelu', 'linear']),
  /** Of all weights; null: as the language model is stored. */
  dtype: v.optional(v.nullable(v.picklist(['f32', 'bf16'])), null),
  /** Of the fresh projector. */
  seed: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2 ** 32 - 1)), 0),
});
export type AssembleRequest = v.InferOutput<typeof assembleRequest>;

const visionPart = v.object({
  type: v.string(),
  hiddenSize: v.number(),
  layers: v.number(),
  imageSizePx: v.number(),
  patchSizePx: v.number(),
  /** The folder is a whole LLaVA model, of which the tower is taken. */
  isOfModel: v.boolean(),
});

const languagePart = v.object({
  type: v.string(),
  hiddenSize: v.number(),
  layers: v.number(),
  contextTokens: v.number(),
  vocabularySize: v.number(),
  isOfModel: v.boolean(),
  /** Special tokens as texts; null: it has none. */
  bos: v.nullable(v.string()),
  eos: v.nullable(v.string()),
  pad: v.nullable(v.string()),
});

/** A part as far as it is known, or why it cannot be used. */
const part = <S extends typeof visionPart | typeof languagePart>(facts: S) =>
  v.object({ facts: v.nullable(facts), error: v.nullable(errorWire) });

export const composition = v.object({
  vision: part(visionPart),
  language: part(languagePart),
  /** null while a part is missing or wrong. */
  whole: v.nullable(
    v.object({
      projector: v.object({
        inputSize: v.number(),
        outputSize: v.number(),
        parameters: v.number(),
      }),
      parameters: v.number(),
      sizeBytes: v.number(),
      dtype: v.string(),
      tokensPerImage: v.number(),
      /** Hidden state of the tower that is read, counted from its end. */
      featureLayer: v.string(),
      imageToken: v.object({ text: v.string(), id: v.number(), isNew: v.boolean() }),
      /** Rows that the vocabulary grows by. */
      newRows: v.number(),
      /** A file, or the name of a built-in one. */
      template: v.string(),
      /** Bytes that the first stage needs. */
      alignBytes: v.number(),
      /** The graphics device that models compute on, or null; and all memory there is. */
      device: v.nullable(v.string()),
      deviceBytes: v.number(),
      notes: v.array(v.string()),
    }),
  ),
  /** Why the parts do not go together, or cannot go where they shall. */
  error: v.nullable(errorWire),
});
export type Composition = v.InferOutput<typeof composition>;

/** The result of the job. */
export const assembled = v.object({ outDir: v.string(), tensors: v.number() });
