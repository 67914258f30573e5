/**
 * Marks of pictures as COCO JSON: a box as `bbox`, an outline as `segmentation`, a mask as run lengths of
 * the whole picture, a skeleton as `keypoints`, a turned box as the outline of its corners. Lines,
 * points and marks without a label have no place in it.
 * @source cocodataset.org/#format-data
 */
import type { Geometry, GeometryKind, Label, Shape } from '../../../ipc/contract/shapes.ts';
import { boundsOf, cornersOf } from '../shape-bounds.ts';
import type { Bounds, Point } from '../shape-bounds.ts';
import { columnsOfMask } from './run-lengths.ts';

export interface WrittenPicture {
  readonly id: number;
  readonly fileName: string;
  readonly width: number;
  readonly height: number;
}

/** Kinds that COCO has no form for. */
export const kindsLeftOut: readonly GeometryKind[] = ['freehand', 'point'];

/** What of a mark the file holds. */
type WrittenMark = Pick<Shape, 'geometry' | 'labelId' | 'attributes' | 'text'>;

interface Region {
  readonly segmentation: readonly (readonly number[])[] | object;
  readonly area: number;
  readonly keypoints?: readonly number[];
  readonly num_keypoints?: number;
}

/** The text of the file, in pieces. @param annotationsOf is asked picture by picture, in their order */
export async function* writeCoco(
  labels: readonly Label[],
  pictures: readonly WrittenPicture[],
  annotationsOf: (picture: WrittenPicture) => Promise<readonly object[]>,
): AsyncGenerator<string> {
  yield '{"info":{"description":"Marks from Lensmith"},"licenses":[],\n"categories":[';
  yield* listed(labels.map((label) => JSON.stringify(categoryOf(label))));
  yield '],\n"images":[';
  yield* listed(pictures.map((picture) => JSON.stringify(imageOf(picture))));
  yield '],\n"annotations":[';
  let id = 0;
  for (const picture of pictures) {
    for (const annotation of await annotationsOf(picture)) {
      id += 1;
      yield `${id === 1 ? '' : ','}\n${JSON.stringify({ id, ...annotation })}`;
    }
  }
  yield ']}\n';
}

function* listed(records: readonly string[]): Generator<string> {
  for (const [at, record] of records.entries()) yield `${at === 0 ? '' : ','}\n${record}`;
}

function categoryOf({ id, name, skeleton }: Label): object {
  if (skeleton === null) return { id, name };
  const bones = skeleton.bones.map(([from, to]) => [from + 1, to + 1]);
  return { id, name, keypoints: skeleton.joints, skeleton: bones };
}

function imageOf({ id, fileName, width, height }: WrittenPicture): object {
  return { id, file_name: fileName, width, height };
}

/** @returns null for what has no place in the file: see above, and masks without a pixel in the picture */
export function annotationOf(shape: WrittenMark, picture: WrittenPicture): object | null {
  const bounds = boundsOf(shape.geometry);
  const region = bounds === null ? null : regionOf(shape.geometry, picture, bounds);
  if (bounds === null || region === null || shape.labelId === null) return null;
  const [left, top, right, bottom] = bounds;
  const { iscrowd, ...attributes } = shape.attributes;
  return {
    image_id: picture.id,
    category_id: shape.labelId,
    bbox: [left, top, right - left, bottom - top].map(digits),
    ...region,
    iscrowd: iscrowd === true ? 1 : 0,
    ...(Object.keys(attributes).length > 0 && { attributes }),
    ...(shape.text !== '' && { text: shape.text }),
  };
}

/** The same for marks of a picture that are written alike, whatever else is said of them; null: as above. */
export function likenessOf(shape: WrittenMark, picture: WrittenPicture): string | null {
  const bounds = boundsOf(shape.geometry);
  const region = bounds === null ? null : regionOf(shape.geometry, picture, bounds);
  if (region === null) return null;
  const { segmentation, keypoints } = region;
  const place = shape.geometry.kind === 'box' ? bounds?.map(digits) : [segmentation, keypoints];
  return JSON.stringify([shape.labelId, place]);
}

/** Millionths of a pixel: sums and differences leave dust behind. */
const digits = (value: number): number => Number(value.toFixed(6));

function regionOf(
  geometry: Geometry,
  picture: WrittenPicture,
  [left, top, right, bottom]: Bounds,
): Region | null {
  switch (geometry.kind) {
    case 'box':
      return { segmentation: [], area: digits((right - left) * (bottom - top)) };
    case 'rotated-box':
      return outlineOf(cornersOf(geometry));
    case 'polygon':
      return outlineOf(geometry.points);
    case 'mask': {
      const counts = columnsOfMask(geometry, picture);
      const area = counts.reduce((sum, count, at) => sum + (at % 2) * count, 0);
      if (area === 0) return null;
      return { segmentation: { size: [picture.height, picture.width], counts }, area };
    }
    case 'skeleton':
      return {
        segmentation: [],
        area: digits((right - left) * (bottom - top)),
        keypoints: geometry.points.flatMap(({ x, y, visibility }) =>
          visibility === 0 ? [0, 0, 0] : [digits(x), digits(y), visibility],
        ),
        num_keypoints: geometry.points.filter(({ visibility }) => visibility > 0).length,
      };
    case 'freehand':
    case 'point':
      return null;
  }
}

function outlineOf(points: readonly Point[]): Region {
  return { segmentation: [points.flat().map(digits)], area: digits(Math.abs(areaOf(points))) };
}

/** By the shoelace formula, ½ Σ (xᵢ yᵢ₊₁ − xᵢ₊₁ yᵢ). */
function areaOf(points: readonly Point[]): number {
  let [twice, [fromX, fromY]] = [0, points.at(-1) as Point];
  for (const [toX, toY] of points) {
    twice += fromX * toY - toX * fromY;
    [fromX, fromY] = [toX, toY];
  }
  return twice / 2;
}
