/**
 * Marks on a picture. Coordinates are pixels of the original picture, upright (after its EXIF
 * orientation), x to the right and y downwards, (0, 0) the outer corner of the first pixel.
 */
import * as v from 'valibot';

const coordinate = v.pipe(v.number(), v.finite());
const length = v.pipe(v.number(), v.finite(), v.minValue(0));
const point = v.tuple([coordinate, coordinate]);

export const boxGeometry = v.object({
  kind: v.literal('box'),
  x: coordinate,
  y: coordinate,
  width: length,
  height: length,
});

/** A box turned about its centre, clockwise on the screen. */
export const rotatedBoxGeometry = v.object({
  kind: v.literal('rotated-box'),
  centerX: coordinate,
  centerY: coordinate,
  width: length,
  height: length,
  angleDegrees: coordinate,
});

/** Closed; the last corner joins the first. */
export const polygonGeometry = v.object({
  kind: v.literal('polygon'),
  points: v.pipe(v.array(point), v.minLength(3), v.maxLength(20_000)),
});

/** A line drawn by hand; open. */
export const freehandGeometry = v.object({
  kind: v.literal('freehand'),
  points: v.pipe(v.array(point), v.minLength(2), v.maxLength(20_000)),
});

export const pointGeometry = v.object({ kind: v.literal('point'), x: coordinate, y: coordinate });

/** COCO's meaning: 0 not in the picture, 1 hidden but marked, 2 visible. */
export const visibility = v.picklist([0, 1, 2]);

/** Keypoints in the order of the label's skeleton. */
export const skeletonGeometry = v.object({
  kind: v.literal('skeleton'),
  points: v.pipe(
    v.array(v.object({ x: coordinate, y: coordinate, visibility })),
    v.minLength(1),
    v.maxLength(512),
  ),
});

/**
 * Pixels of a region: run lengths over the rectangle, row by row, first of pixels outside the mask,
 * then inside, and so on; they sum to width · height.
 */
export const maskGeometry = v.object({
  kind: v.literal('mask'),
  x: v.pipe(v.number(), v.integer()),
  y: v.pipe(v.number(), v.integer()),
  width: v.pipe(v.number(), v.integer(), v.minValue(0)),
  height: v.pipe(v.number(), v.integer(), v.minValue(0)),
  counts: v.array(v.pipe(v.number(), v.integer(), v.minValue(0))),
});

export const geometry = v.variant('kind', [
  boxGeometry,
  rotatedBoxGeometry,
  polygonGeometry,
  freehandGeometry,
  pointGeometry,
  skeletonGeometry,
  maskGeometry,
]);

export type Geometry = v.InferOutput<typeof geometry>;
export type GeometryKind = Geometry['kind'];
export type GeometryOf<K extends GeometryKind> = Extract<Geometry, { kind: K }>;

/** Values that a person chose for the attributes of a label: `{ occluded: true, grade: "II" }`. */
export const attributeValues = v.record(v.string(), v.union([v.string(), v.number(), v.boolean()]));
export type AttributeValues = v.InferOutput<typeof attributeValues>;

export const shape = v.object({
  id: v.number(),
  itemId: v.number(),
  /** null: no label yet. */
  labelId: v.nullable(v.number()),
  geometry,
  attributes: attributeValues,
  /** Higher lies above. */
  order: v.number(),
  isLocked: v.boolean(),
  isHidden: v.boolean(),
  /** A suggestion that nobody accepted yet. */
  isDraft: v.boolean(),
  /** Who drew it: `person`, or the id of the assisting model. */
  source: v.string(),
  /** Words that belong to it, e.g. what a text reads; empty for none. */
  text: v.string(),
});

export type Shape = v.InferOutput<typeof shape>;

/** A shape to be drawn: what the store adds is missing. */
export const newShape = v.omit(shape, ['id', 'itemId', 'order']);
export type NewShape = v.InferOutput<typeof newShape>;

const attribute = v.object({
  name: v.pipe(v.string(), v.minLength(1), v.maxLength(100)),
  kind: v.picklist(['text', 'number', 'flag', 'choice']),
  /** Of a choice. */
  options: v.array(v.string()),
});

/** Joints by name, and which of them a line joins. */
const skeleton = v.object({
  joints: v.pipe(v.array(v.pipe(v.string(), v.minLength(1))), v.minLength(1), v.maxLength(512)),
  bones: v.array(v.tuple([v.number(), v.number()])),
});

export const label = v.object({
  id: v.number(),
  name: v.pipe(v.string(), v.minLength(1), v.maxLength(200)),
  /** 0 … 7, an entry of the palette that colour-blind people can tell apart. */
  color: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(7)),
  attributes: v.array(attribute),
  skeleton: v.nullable(skeleton),
  position: v.number(),
});

export type Label = v.InferOutput<typeof label>;
export type LabelAttribute = v.InferOutput<typeof attribute>;
export type Skeleton = v.InferOutput<typeof skeleton>;
