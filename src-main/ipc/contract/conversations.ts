/** Conversations that teach: samples of items of the library, their turns, templates, files. */
import * as v from 'valibot';
import { command, streamingCommand } from './command.ts';
import { content, dialect, modelRef, role, sampling } from './content.ts';

const id = v.pipe(v.number(), v.integer());
const ids = v.pipe(v.array(id), v.maxLength(100_000));
const nothing = v.null();
const filePath = v.pipe(v.string(), v.minLength(1), v.maxLength(32_768));

/** LLaVA's three kinds, and whatever else a person writes. */
export const sampleKind = v.picklist(['conversation', 'description', 'reasoning', 'free']);
export type SampleKind = v.InferOutput<typeof sampleKind>;

export const sampleStatus = v.picklist(['draft', 'reviewed', 'rejected']);
export type SampleStatus = v.InferOutput<typeof sampleStatus>;

export const turn = v.object({
  id,
  role,
  content,
  /** The other answer of a preference pair, which was not chosen. */
  rejected: v.nullable(content),
});
export type Turn = v.InferOutput<typeof turn>;

export const sampleItem = v.object({ itemId: id, sampling });
export type SampleItem = v.InferOutput<typeof sampleItem>;

const sampleItems = v.pipe(
  v.array(sampleItem),
  v.maxLength(1000),
  v.check(
    (items) => new Set(items.map(({ itemId }) => itemId)).size === items.length,
    'A picture stands in a sample once.',
  ),
);

const rating = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(5));

export const sample = v.object({
  id,
  kind: sampleKind,
  status: sampleStatus,
  rating,
  notes: v.string(),
  /** `person`, `import`, `chat`, `model` … */
  source: v.string(),
  createdMs: v.number(),
  trashedMs: v.nullable(v.number()),
  /** Pictures and videos in their order; the first one's undo scope is the sample's. */
  items: v.array(sampleItem),
  turns: v.array(turn),
});
export type Sample = v.InferOutput<typeof sample>;

/** A line of the list of samples. */
export const sampleSummary = v.object({
  id,
  kind: sampleKind,
  status: sampleStatus,
  rating,
  source: v.string(),
  turnCount: v.number(),
  itemCount: v.number(),
  hasPair: v.boolean(),
  /** What is asked first and what is answered first, a few hundred characters; references as …. */
  question: v.string(),
  answer: v.string(),
  /** null: a sample without pictures. */
  firstItem: v.nullable(
    v.object({
      itemId: id,
      name: v.string(),
      kind: v.picklist(['image', 'video']),
      hash: v.string(),
    }),
  ),
});
export type SampleSummary = v.InferOutput<typeof sampleSummary>;

/** Which samples: of items that the library's filter finds, and of these kinds and states. */
export const sampleFilter = v.object({
  /** The library's filter language; empty: all items. */
  items: v.string(),
  /** Words of turns and notes; empty: any. */
  text: v.optional(v.pipe(v.string(), v.maxLength(1000)), ''),
  kinds: v.optional(v.array(sampleKind), []),
  statuses: v.optional(v.array(sampleStatus), []),
  minRating: v.optional(rating, 0),
  inTrash: v.optional(v.boolean(), false),
});
export type SampleFilter = v.InferOutput<typeof sampleFilter>;

/** A mark that a chip may stand for, with all that is shown of it. */
export const shapeReference = v.object({
  shapeId: id,
  itemId: id,
  /** Its name in menus: the label and, where several bear it, a number. */
  name: v.string(),
  /** Palette entry of the label; null without one. */
  color: v.nullable(v.number()),
  kind: v.string(),
  text: v.string(),
  /** Left, top, right, bottom in pixels of the upright picture. */
  bounds: v.tuple([v.number(), v.number(), v.number(), v.number()]),
});
export type ShapeReference = v.InferOutput<typeof shapeReference>;

const timelineReference = {
  itemId: id,
  /** The label or what it says; numbered where a video has several of the same. */
  name: v.string(),
  color: v.nullable(v.number()),
  text: v.string(),
};

/** A stretch of a video that a chip may stand for. */
export const segmentReference = v.object({
  segmentId: id,
  ...timelineReference,
  fromMs: v.number(),
  toMs: v.number(),
});
export type SegmentReference = v.InferOutput<typeof segmentReference>;

export const eventReference = v.object({ eventId: id, ...timelineReference, atMs: v.number() });
export type EventReference = v.InferOutput<typeof eventReference>;

export const trackReference = v.object({
  trackId: id,
  ...timelineReference,
  /** When what it follows is in the picture; `toMs` null: to the end. */
  visible: v.array(v.object({ fromMs: v.number(), toMs: v.nullable(v.number()) })),
});
export type TrackReference = v.InferOutput<typeof trackReference>;

export const itemReference = v.object({
  itemId: id,
  name: v.string(),
  kind: v.picklist(['image', 'video']),
  hash: v.string(),
  width: v.number(),
  height: v.number(),
  durationMs: v.nullable(v.number()),
  isMissing: v.boolean(),
});
export type ItemReference = v.InferOutput<typeof itemReference>;

export const references = v.object({
  shapes: v.array(shapeReference),
  segments: v.array(segmentReference),
  events: v.array(eventReference),
  tracks: v.array(trackReference),
  items: v.array(itemReference),
});
export type References = v.InferOutput<typeof references>;

export const template = v.object({
  /** Built-in ones have names such as `description.scene`; a person's own are `own.N`. */
  id: v.string(),
  kind: sampleKind,
  title: v.pipe(v.string(), v.minLength(1), v.maxLength(200)),
  /** What the person asks; put into a turn. */
  text: v.pipe(v.string(), v.maxLength(20_000)),
  isOwn: v.boolean(),
});
export type Template = v.InferOutput<typeof template>;

const newTurn = v.object({ role, content, rejected: v.optional(v.nullable(content), null) });
export type NewTurn = v.InferOutput<typeof newTurn>;

const newSample = v.object({
  kind: sampleKind,
  items: sampleItems,
  turns: v.pipe(v.array(newTurn), v.maxLength(10_000)),
  source: v.optional(v.string(), 'person'),
});
export type NewSample = v.InferInput<typeof newSample>;

/** `preference`: the pairs among the samples, as DPO trainers read them. */
export const fileFormat = v.picklist(['llava', 'sharegpt', 'messages', 'preference']);
export type FileFormat = v.InferOutput<typeof fileFormat>;

const exportWish = v.object({ filter: sampleFilter, format: fileFormat, dialect });

/** Why samples do not go into a file as they are, with some of those that it holds for. */
export const exportLoss = v.object({ what: v.string(), count: v.number(), sampleIds: v.array(id) });
export type ExportLoss = v.InferOutput<typeof exportLoss>;

const generationChoice = v.object({
  temperature: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(5))),
  maxNewTokens: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(8192))),
});

export const conversationsCommands = {
  /** Samples with this item among theirs, whole, in their order. */
  'conversations.ofItem': command(v.object({ itemId: id }), v.array(sample)),
  'conversations.read': command(v.object({ sampleId: id }), sample),
  /** What was done to it and its turns, newest first. */
  'conversations.history': command(
    v.object({ sampleId: id }),
    v.array(
      v.object({
        id: v.number(),
        label: v.string(),
        state: v.picklist(['done', 'undone', 'dropped']),
        atMs: v.number(),
      }),
    ),
  ),
  /** A page of the list, newest first. */
  'conversations.list': command(
    v.object({ filter: sampleFilter, offset: id, limit: v.pipe(id, v.maxValue(500)) }),
    v.object({ total: v.number(), samples: v.array(sampleSummary) }),
  ),
  /** All that the filter finds, for acts on many. */
  'conversations.ids': command(v.object({ filter: sampleFilter }), v.array(id)),

  'conversations.create': command(newSample, sample),
  'conversations.duplicate': command(v.object({ sampleId: id }), sample),
  /** Facts of one or many samples. */
  'conversations.update': command(
    v.object({
      sampleIds: ids,
      kind: v.optional(sampleKind),
      status: v.optional(sampleStatus),
      rating: v.optional(rating),
      notes: v.optional(v.pipe(v.string(), v.maxLength(100_000))),
    }),
    nothing,
  ),
  /**
   * Which pictures and videos it is about, in which order, and how frames are chosen. What refers to
   * one that goes becomes plain words. Undone where the sample then is: with its new first item.
   */
  'conversations.setItems': command(v.object({ sampleId: id, items: sampleItems }), nothing),
  /** Before another sample, or to the end. */
  'conversations.move': command(v.object({ sampleId: id, beforeId: v.nullable(id) }), nothing),
  'conversations.trash': command(v.object({ sampleIds: ids }), nothing),
  'conversations.restore': command(v.object({ sampleIds: ids }), nothing),

  /** @returns the new turn's id. `index`: its place; null: the end. */
  'conversations.addTurn': command(
    v.object({ sampleId: id, index: v.nullable(id), turn: newTurn }),
    v.object({ turnId: id }),
  ),
  /** Writes of the same `burst` are one step of undo: what is typed without a pause. */
  'conversations.writeTurn': command(
    v.object({
      turnId: id,
      role: v.optional(role),
      content: v.optional(content),
      rejected: v.optional(v.nullable(content)),
      burst: v.optional(v.string()),
    }),
    nothing,
  ),
  'conversations.moveTurn': command(v.object({ turnId: id, index: id }), nothing),
  'conversations.duplicateTurn': command(v.object({ turnId: id }), v.object({ turnId: id })),
  'conversations.removeTurn': command(v.object({ turnId: id }), nothing),

  /** What @ offers in turns of these items: their marks, and themselves. */
  'conversations.references': command(
    v.object({ itemIds: v.pipe(v.array(id), v.maxLength(1000)) }),
    references,
  ),
  'conversations.templates': command(v.object({}), v.array(template)),
  /** Without an id a new one is made. */
  'conversations.saveTemplate': command(
    v.object({
      ...v.omit(template, ['id', 'isOwn']).entries,
      id: v.nullable(v.string()),
    }),
    template,
  ),
  'conversations.deleteTemplate': command(v.object({ id: v.string() }), nothing),

  /** Asks a model to answer the turns before `beforeTurnId` (null: all). */
  'conversations.draft': streamingCommand(
    v.object({
      sampleId: id,
      beforeTurnId: v.nullable(id),
      model: modelRef,
      dialect,
      settings: v.optional(generationChoice, {}),
    }),
    v.object({ text: v.string() }),
    v.object({ text: v.string() }),
  ),

  /**
   * Reads a file of training data of any dialect that is known; media are added to the library.
   * The job's result is `importResult`.
   */
  'conversations.importFile': command(
    v.object({ path: filePath }),
    v.object({ jobId: v.string() }),
  ),
  /** What of these samples the format cannot hold. */
  'conversations.exportCheck': command(
    exportWish,
    v.object({
      samples: v.number(),
      losses: v.array(exportLoss),
      /** Samples that are written without the answers that were not chosen. */
      secondAnswers: v.number(),
    }),
  ),
  /** Writes what fits; the job's result is `exportResult`. */
  'conversations.exportFile': command(
    v.object({ ...exportWish.entries, path: filePath }),
    v.object({ jobId: v.string() }),
  ),
};

/** A record that was not taken, and where it stands. */
export const importIssue = v.object({
  code: v.string(),
  file: v.string(),
  line: v.number(),
  message: v.string(),
});

export const importResult = v.object({
  samples: v.number(),
  items: v.number(),
  issueCount: v.number(),
  /** The first thousand. */
  issues: v.array(importIssue),
});
export type ImportResult = v.InferOutput<typeof importResult>;

export const exportResult = v.object({
  path: v.string(),
  /** Records: samples, or pairs where the format holds those. */
  samples: v.number(),
  leftOut: v.number(),
});
export type ExportResult = v.InferOutput<typeof exportResult>;
