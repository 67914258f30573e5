/** Pictures and videos of the project: bringing them in, finding them, sorting them. */
import * as v from 'valibot';
import { command } from './command.ts';
import { longestFilter } from './library-filter.ts';
import { errorWire } from './wire.ts';

const id = v.pipe(v.number(), v.integer());
/** Acts on a selection may be on everything there is. */
const ids = v.pipe(v.array(id), v.maxLength(2_000_000));
const path = v.pipe(v.string(), v.minLength(1), v.maxLength(32_768));
const filterText = v.pipe(v.string(), v.maxLength(longestFilter));

export const split = v.picklist(['train', 'validation', 'test']);
export type Split = v.InferOutput<typeof split>;
export const rating = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(5));
export const tagName = v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(200));

export const libraryView = v.picklist(['library', 'trash']);
export type LibraryView = v.InferOutput<typeof libraryView>;
export const librarySort = v.picklist(['added', 'taken', 'name', 'size', 'rating', 'random']);
export type LibrarySort = v.InferOutput<typeof librarySort>;

const query = {
  filter: filterText,
  view: libraryView,
};

/** What the grid shows of an item. */
export const itemCard = v.object({
  id,
  kind: v.picklist(['image', 'video']),
  name: v.string(),
  /** Of the file's bytes; part of the addresses of its thumbnails. */
  hash: v.string(),
  width: v.number(),
  height: v.number(),
  durationMs: v.nullable(v.number()),
  split: v.nullable(split),
  rating: v.number(),
  isMissing: v.boolean(),
  tags: v.array(v.string()),
  /** Marks that are no drafts. */
  markCount: v.number(),
  sampleCount: v.number(),
});
export type ItemCard = v.InferOutput<typeof itemCard>;

export const itemDetail = v.object({
  ...itemCard.entries,
  path: v.string(),
  isCopied: v.boolean(),
  format: v.string(),
  sizeBytes: v.number(),
  modifiedMs: v.number(),
  orientation: v.number(),
  /** 16-bit grey with values above 255, which a model sees as white. */
  isClipped: v.boolean(),
  frameRate: v.nullable(v.number()),
  frameCount: v.nullable(v.number()),
  codec: v.nullable(v.string()),
  hasAudio: v.boolean(),
  takenMs: v.nullable(v.number()),
  addedMs: v.number(),
  trashedMs: v.nullable(v.number()),
  notes: v.string(),
  samples: v.array(
    v.object({
      id,
      kind: v.string(),
      status: v.string(),
      rating: v.number(),
      /** The first question and the last answer, in plain words, shortened. */
      question: v.string(),
      answer: v.string(),
    }),
  ),
});
export type ItemDetail = v.InferOutput<typeof itemDetail>;

/** Everything that a filter finds, in order, small enough for a hundred thousand items. */
export const itemList = v.object({
  count: v.number(),
  /** Base64 of little-endian int32: the ids. */
  ids: v.string(),
  /** Base64 of little-endian uint16: width / height · 1000, at most 65.535. */
  aspects: v.string(),
});
export type ItemList = v.InferOutput<typeof itemList>;

const facet = v.array(v.object({ value: v.string(), count: v.number() }));
export const facets = v.object({
  type: facet,
  tag: facet,
  label: facet,
  split: facet,
  annotated: facet,
  rating: facet,
  status: facet,
  /** In the library and in its trash, whatever the filter. */
  totals: v.object({ library: v.number(), trash: v.number(), missing: v.number() }),
});
export type Facets = v.InferOutput<typeof facets>;

/** What a glance at an item shows: its marks over the thumbnail, and what it is said to be. */
export const glance = v.object({
  marks: v.array(
    v.object({
      /** Corners in shares of width and height; one: a point. */
      points: v.array(v.tuple([v.number(), v.number()])),
      isClosed: v.boolean(),
      label: v.string(),
      color: v.number(),
    }),
  ),
  answers: v.array(v.string()),
});
export type Glance = v.InferOutput<typeof glance>;

/** What became of each file of an import; nothing is passed over in silence. */
export const importReport = v.object({
  jobId: v.string(),
  title: v.string(),
  /** Still at work: more may come. */
  isRunning: v.boolean(),
  addedIds: v.array(id),
  /** Files that are already here; `itemId` is the item they equal. */
  duplicates: v.array(v.object({ path: v.string(), itemId: id, isTrashed: v.boolean() })),
  /** Items whose missing file this import brought back. */
  foundAgain: v.array(v.object({ path: v.string(), itemId: id })),
  broken: v.array(v.object({ path: v.string(), error: errorWire })),
  /** Added, and of 16-bit grey with values that a model sees as white. */
  clipped: v.array(v.object({ path: v.string(), itemId: id })),
  /** Files that are no pictures or videos. */
  unsupported: v.array(v.object({ path: v.string(), reason: v.string() })),
});
export type ImportReport = v.InferOutput<typeof importReport>;

export const relinkReport = v.object({
  relinkedIds: v.array(id),
  notFound: v.array(v.object({ itemId: id, path: v.string() })),
});
export type RelinkReport = v.InferOutput<typeof relinkReport>;

export const watchedFolder = v.object({ path: v.string(), isMissing: v.boolean() });
export type WatchedFolder = v.InferOutput<typeof watchedFolder>;

export const browsed = v.object({
  path: v.string(),
  parent: v.nullable(v.string()),
  /** Where to begin: home, disks. */
  places: v.array(v.object({ name: v.string(), path: v.string() })),
  folders: v.array(v.object({ name: v.string(), path: v.string() })),
  files: v.array(
    v.object({ name: v.string(), path: v.string(), sizeBytes: v.number(), isMedia: v.boolean() }),
  ),
  /** More than are listed. */
  isCut: v.boolean(),
});
export type Browsed = v.InferOutput<typeof browsed>;

const onItems = v.object({ itemIds: ids });
const changed = v.object({ changed: v.number() });
const started = v.object({ jobId: v.string() });
const inFolder = v.object({ folder: path });

export const libraryCommands = {
  /** Adds files, and all media in folders. Answers at once; the job tells how it goes. */
  'library.import': command(
    v.object({
      paths: v.array(path),
      /** What PUT /upload answered: these are always copied into the project. */
      uploads: v.optional(v.array(v.string()), []),
      /** Copy into the project; left out: as the settings say. */
      copy: v.optional(v.boolean()),
    }),
    started,
  ),
  'library.importReport': command(v.object({ jobId: v.string() }), v.nullable(importReport)),
  /** Folders and media of a path, for hosts without native dialogs; null: the home folder. */
  'library.browse': command(v.object({ path: v.nullable(v.string()) }), browsed),

  'library.list': command(
    v.object({
      ...query,
      sort: librarySort,
      isDescending: v.boolean(),
      /** Of the random order. */
      seed: v.optional(v.pipe(v.number(), v.integer()), 1),
    }),
    itemList,
  ),
  'library.cards': command(
    v.object({ itemIds: v.pipe(v.array(id), v.maxLength(5000)) }),
    v.array(itemCard),
  ),
  'library.item': command(v.object({ itemId: id }), itemDetail),
  'library.glance': command(v.object({ itemId: id }), glance),
  'library.facets': command(v.object(query), facets),
  /** All tags, by name. */
  'library.tags': command(v.object({}), v.array(v.object({ name: v.string(), count: v.number() }))),

  /** Adds and takes tags; a tag that is new is made. */
  'library.tag': command(
    v.object({ itemIds: ids, add: v.array(tagName), remove: v.array(tagName) }),
    changed,
  ),
  'library.setSplit': command(v.object({ itemIds: ids, split: v.nullable(split) }), changed),
  'library.rate': command(v.object({ itemIds: ids, rating }), changed),
  'library.setNotes': command(
    v.object({ itemId: id, notes: v.pipe(v.string(), v.maxLength(1_000_000)) }),
    changed,
  ),
  'library.trash': command(onItems, changed),
  'library.restore': command(onItems, changed),
  /** For good, from the trash only; files that the app did not make stay where they are. */
  'library.erase': command(onItems, v.object({ changed: v.number(), deletedFiles: v.number() })),

  /** Groups of items that look alike, the best of each first; only groups with one of `itemIds`. */
  'library.nearDuplicates': command(
    v.object({ itemIds: v.optional(ids) }),
    v.array(v.array(itemCard)),
  ),
  /** Looks for the files of missing items below a folder, by contents. */
  'library.relink': command(inFolder, started),
  /** Looks again which files are there. */
  'library.checkFiles': command(v.object({}), v.object({ missing: v.number() })),

  'library.watched': command(v.object({}), v.array(watchedFolder)),
  'library.watch': command(inFolder, v.array(watchedFolder)),
  'library.unwatch': command(inFolder, v.array(watchedFolder)),
};

export const libraryEvents = {
  /** Files were found missing, or are back. */
  'library.filesChanged': v.object({ missing: v.number() }),
  'library.watchedChanged': v.array(watchedFolder),
};
