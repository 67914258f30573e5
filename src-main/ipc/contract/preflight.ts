/** What a model gets of a sample before any training: pixels, text, tokens, and what is learnt. */
import * as v from 'valibot';
import { command } from './command.ts';
import { dialect } from './content.ts';
import { sampleFilter } from './conversations.ts';
import { datasetSpec } from './datasets.ts';

const id = v.pipe(v.number(), v.integer());
const modelDir = v.pipe(v.string(), v.minLength(1), v.maxLength(32_768));

/** A picture, or a frame of a video, as the model gets it. */
export const seenImage = v.object({
  /** null: of no item of the library. */
  itemId: v.nullable(id),
  name: v.string(),
  /** Of the file before; null for frames. */
  original: v.nullable(v.object({ width: v.number(), height: v.number() })),
  /** Of a frame, from the start of its video; null for a picture. */
  timeMs: v.nullable(v.number()),
  width: v.number(),
  height: v.number(),
  tokens: v.number(),
  /** `data:` URL of a PNG: the pixel values, put back into 0 … 255. */
  url: v.string(),
});
export type SeenImage = v.InferOutput<typeof seenImage>;

export const seenToken = v.object({
  id,
  /** What it adds to the text; empty for the first bytes of a character that later ones complete. */
  text: v.string(),
  /** The loss looks at it. */
  isLearnt: v.boolean(),
  isSpecial: v.boolean(),
  /** Of an image span: which image; the span is one entry. */
  image: v.nullable(v.number()),
  /** 1, or the length of the span. */
  count: v.number(),
});
export type SeenToken = v.InferOutput<typeof seenToken>;

export const tokenCounts = v.object({
  tokens: v.number(),
  image: v.number(),
  learnt: v.number(),
  /** Longest sequence that the model was made for; null: it does not say. */
  limit: v.nullable(v.number()),
});
export type TokenCounts = v.InferOutput<typeof tokenCounts>;

export const preflightView = v.object({
  counts: tokenCounts,
  /** The rendered template. */
  prompt: v.string(),
  tokens: v.array(seenToken),
  /** Beyond what is listed. */
  moreTokens: v.number(),
  images: v.array(seenImage),
  moreImages: v.number(),
});
export type PreflightView = v.InferOutput<typeof preflightView>;

const ofSample = v.object({ sampleId: id, modelDir, dialect });

export const problemKind = v.picklist([
  'too-long',
  'nothing-learnt',
  'media-missing',
  'region-missing',
  'other',
]);

export const preflightProblem = v.object({
  sampleId: id,
  kind: problemKind,
  message: v.string(),
});

/** Result of the job of `preflight.dataset`. */
export const datasetPreflight = v.object({
  samples: v.number(),
  tokens: v.number(),
  learnt: v.number(),
  images: v.number(),
  longest: v.number(),
  median: v.number(),
  limit: v.nullable(v.number()),
  /** Samples by length: bars of equal width from 0 to `to` tokens. */
  histogram: v.object({ to: v.number(), counts: v.array(v.number()) }),
  problemCounts: v.record(v.string(), v.number()),
  /** The first thousand. */
  problems: v.array(preflightProblem),
});
export type DatasetPreflight = v.InferOutput<typeof datasetPreflight>;

/** A list of samples, or those that a dataset counts, on whatever side of its split. */
export const manySamples = v.union([
  v.object({ filter: sampleFilter }),
  v.object({ dataset: datasetSpec }),
]);
export type ManySamples = v.InferOutput<typeof manySamples>;

export const preflightCommands = {
  'preflight.sample': command(ofSample, preflightView),
  /** Only the numbers, for a meter that follows typing. */
  'preflight.count': command(ofSample, tokenCounts),
  /** Every one of many samples; a job. */
  'preflight.dataset': command(
    v.object({ of: manySamples, modelDir, dialect }),
    v.object({ jobId: v.string() }),
  ),
};
