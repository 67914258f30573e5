import * as v from 'valibot';
import { command } from './command.ts';
import { attributeValues, geometry, label, newShape, shape } from './shapes.ts';

const id = v.pipe(v.number(), v.integer());
const ids = v.pipe(v.array(id), v.minLength(1), v.maxLength(10_000));

/** What of a shape may change; what is not given stays. */
export const shapeChange = v.object({
  id,
  geometry: v.optional(geometry),
  labelId: v.optional(v.nullable(id)),
  attributes: v.optional(attributeValues),
  isLocked: v.optional(v.boolean()),
  isHidden: v.optional(v.boolean()),
  /** false accepts a suggestion. */
  isDraft: v.optional(v.boolean()),
  text: v.optional(v.pipe(v.string(), v.maxLength(100_000))),
});
export type ShapeChange = v.InferOutput<typeof shapeChange>;

const labelFacts = v.omit(label, ['id', 'position']);
/** What the act was, as the undo menu says it: "Move box". */
const act = v.pipe(v.string(), v.minLength(1), v.maxLength(100));

export const stackingMove = v.picklist(['front', 'forward', 'backward', 'back']);
export type StackingMove = v.InferOutput<typeof stackingMove>;

export const labelWithCount = v.object({ ...label.entries, shapes: v.number() });
export type LabelWithCount = v.InferOutput<typeof labelWithCount>;

const filePath = v.pipe(v.string(), v.minLength(1), v.maxLength(32_768));

/** Pictures whose marks go into a file: these, or all that the filter finds. */
const marksScope = v.object({
  itemIds: v.nullable(v.array(id)),
  filter: v.pipe(v.string(), v.maxLength(10_000)),
});
export type MarksScope = v.InferOutput<typeof marksScope>;

const marksExportCheck = v.object({
  pictures: v.number(),
  /** That are written. */
  marks: v.number(),
  unlabelled: v.number(),
  /** Lines and points: the format has no form for them. */
  withoutForm: v.number(),
  /** Of `marks`, turned boxes, which become outlines. */
  turned: v.number(),
});
export type MarksExportCheck = v.InferOutput<typeof marksExportCheck>;

export const marksExportResult = v.object({
  path: v.string(),
  pictures: v.number(),
  marks: v.number(),
  leftOut: v.number(),
});
export type MarksExportResult = v.InferOutput<typeof marksExportResult>;

export const marksImportResult = v.object({
  /** That got marks. */
  pictures: v.number(),
  marks: v.number(),
  /** That were on their pictures already, and were not added again. */
  alreadyThere: v.number(),
  issueCount: v.number(),
  /** The first thousand. */
  issues: v.array(v.string()),
});
export type MarksImportResult = v.InferOutput<typeof marksImportResult>;

/**
 * Marks are always named together with their item, and one that belongs to another item is refused:
 * what was meant for one picture can never change the next.
 */
export const annotationCommands = {
  /** Lowest first. */
  'annotation.shapes': command(v.object({ itemId: id }), v.array(shape)),
  'annotation.create': command(
    v.object({
      itemId: id,
      shapes: v.pipe(v.array(newShape), v.minLength(1), v.maxLength(10_000)),
      act,
    }),
    v.array(id),
  ),
  'annotation.change': command(
    v.object({
      itemId: id,
      changes: v.pipe(v.array(shapeChange), v.minLength(1), v.maxLength(10_000)),
      act,
    }),
    v.null(),
  ),
  'annotation.remove': command(v.object({ itemId: id, ids }), v.null()),
  'annotation.stack': command(v.object({ itemId: id, ids, move: stackingMove }), v.null()),

  /** By position; `shapes` counts the marks that bear it. */
  'annotation.labels': command(v.object({}), v.array(labelWithCount)),
  'annotation.createLabel': command(labelFacts, id),
  'annotation.changeLabel': command(v.object({ id, ...v.partial(labelFacts).entries }), v.null()),
  /** Its marks get the other label, or none. */
  'annotation.removeLabel': command(v.object({ id, replacement: v.nullable(id) }), v.null()),
  /** All labels in their new order. */
  'annotation.orderLabels': command(v.object({ ids: v.array(id) }), v.null()),

  /** What of these pictures' marks a file in COCO's form holds. */
  'annotation.exportCheck': command(marksScope, marksExportCheck),
  /** Writes it; the job's result is `marksExportResult`. */
  'annotation.exportMarks': command(
    v.object({ ...marksScope.entries, path: filePath }),
    v.object({ jobId: v.string() }),
  ),
  /** Marks of a file in COCO's form onto pictures of the library; the job's result is `marksImportResult`. */
  'annotation.importMarks': command(v.object({ path: filePath }), v.object({ jobId: v.string() })),
};
