/** Datasets: which samples teach, and how they are split. Editing them is undone in scope `library`. */
import * as v from 'valibot';
import { command } from './command.ts';
import { dialect } from './content.ts';
import { errorWire } from './wire.ts';

export const splitName = v.picklist(['train', 'validation', 'test']);
export type SplitName = v.InferOutput<typeof splitName>;

const percent = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(100));

/**
 * By the items' own split (an item without one is for training), or by shares: groups of
 * near-duplicates, and pictures that stand in one sample, go to the same side as a whole.
 */
export const splitRule = v.variant('by', [
  v.object({ by: v.literal('items') }),
  v.pipe(
    v.object({
      by: v.literal('shares'),
      train: percent,
      validation: percent,
      test: percent,
      seed: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2 ** 32 - 1)),
    }),
    v.check(
      ({ train, validation, test }) => train + validation + test === 100,
      'The three shares are to sum to 100.',
    ),
  ),
]);
export type SplitRule = v.InferOutput<typeof splitRule>;

export const datasetSettings = v.object({
  /** Samples of these statuses count; rejected ones never do. */
  statuses: v.pipe(v.array(v.picklist(['draft', 'reviewed'])), v.minLength(1)),
  /** How references to regions are written for the model. */
  dialect,
  split: splitRule,
});
export type DatasetSettings = v.InferOutput<typeof datasetSettings>;

/** A selection of the library: the filter language of the library, and settings. */
export const datasetSpec = v.object({
  filter: v.pipe(v.string(), v.maxLength(10_000)),
  settings: datasetSettings,
});
export type DatasetSpec = v.InferOutput<typeof datasetSpec>;

const name = v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(200));

export const dataset = v.object({
  id: v.number(),
  name,
  filter: v.string(),
  settings: datasetSettings,
  createdMs: v.number(),
});
export type Dataset = v.InferOutput<typeof dataset>;

const splitCount = v.object({ samples: v.number(), items: v.number(), answers: v.number() });

export const datasetWarning = v.object({
  kind: v.picklist([
    /** Nothing to train on. */
    'empty-train',
    /** Nothing is held out: the loss on unseen samples is not measured. */
    'empty-validation',
    /** Left out: their pictures lie in different splits. */
    'straddling',
    /** Near-duplicates lie in different splits: held-out scores would flatter. */
    'leak',
    /** Left out: nothing in them is learnt. */
    'no-answer',
    /** Left out: the file of a picture or video is not there. */
    'missing-media',
  ]),
  /** What it means, and what can be done. */
  text: v.string(),
  count: v.number(),
  /** Some of those concerned. */
  sampleIds: v.array(v.number()),
  itemIds: v.array(v.number()),
});
export type DatasetWarning = v.InferOutput<typeof datasetWarning>;

export const datasetPreview = v.object({
  /** What is wrong with the filter; the counts are then zero. */
  filterError: v.nullable(errorWire),
  /** Items that the filter names. */
  items: v.number(),
  /** Samples on them, whatever their status. */
  samples: v.number(),
  splits: v.object({ train: splitCount, validation: splitCount, test: splitCount }),
  /** Samples that do not count, by why. */
  leftOut: v.object({
    draft: v.number(),
    reviewed: v.number(),
    rejected: v.number(),
    noAnswer: v.number(),
    straddling: v.number(),
    missingMedia: v.number(),
  }),
  /** Groups of near-duplicates among the items. */
  nearDuplicateGroups: v.number(),
  warnings: v.array(datasetWarning),
});
export type DatasetPreview = v.InferOutput<typeof datasetPreview>;

/** A sample of a dataset, short, for lists. */
export const datasetSample = v.object({
  sampleId: v.number(),
  split: splitName,
  status: v.picklist(['draft', 'reviewed']),
  items: v.array(
    v.object({ id: v.number(), hash: v.string(), kind: v.string(), name: v.string() }),
  ),
  turns: v.number(),
  question: v.string(),
  answer: v.string(),
});
export type DatasetSample = v.InferOutput<typeof datasetSample>;

const byId = v.object({ datasetId: v.number() });
const page = {
  offset: v.pipe(v.number(), v.integer(), v.minValue(0)),
  limit: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(500)),
};

export const datasetsCommands = {
  'datasets.list': command(v.object({}), v.array(dataset)),
  'datasets.read': command(byId, dataset),
  'datasets.create': command(v.object({ name, ...datasetSpec.entries }), dataset),
  'datasets.update': command(
    v.object({ ...byId.entries, ...v.partial(v.object({ name, ...datasetSpec.entries })).entries }),
    dataset,
  ),
  'datasets.delete': command(byId, v.null()),
  /** What the settings select, whether saved or not. */
  'datasets.preview': command(datasetSpec, datasetPreview),
  /** Samples in the order in which they are written; `split` null: of all. */
  'datasets.samples': command(
    v.object({ ...datasetSpec.entries, split: v.nullable(splitName), ...page }),
    v.object({ total: v.number(), samples: v.array(datasetSample) }),
  ),
};
