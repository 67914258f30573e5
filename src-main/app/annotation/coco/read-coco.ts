/**
 * Annotations of pictures in COCO's form, as the field's labelling programs write them: boxes, outlines,
 * masks and keypoints. What a mark has in more than one form is read once: keypoints and, beside
 * them, its mask or outline, else its box. Outlines in several parts are one mark, so a mask.
 * @source cocodataset.org/#format-data; `attributes` and `rotation` as CVAT writes them
 */
import * as v from 'valibot';
import { LensmithError } from '../../../base/errors.ts';
import { RecordFault } from '../../../formats/datasets/dataset-format.ts';
import { ArraySplitter } from '../../../formats/json-array-splitter.ts';
import type { JsonRecord } from '../../../formats/json-array-splitter.ts';
import { findMembers } from '../../../formats/json-members.ts';
import type { JsonMember } from '../../../formats/json-members.ts';
import type { AttributeValues, Geometry, Skeleton } from '../../../ipc/contract/shapes.ts';
import { Breather } from '../../core/breather.ts';
import { requireSoundGeometry } from '../soundness.ts';
import { maskOf, pixelsInside } from './mask-pixels.ts';
import { maskOfColumns, unpackRuns } from './run-lengths.ts';

export interface CocoMark {
  readonly label: string;
  readonly geometry: Geometry;
  readonly attributes: AttributeValues;
  readonly text: string;
}

export interface CocoPicture {
  /** As it stands in the file: a name, often with folders. */
  readonly fileName: string;
  readonly width: number;
  readonly height: number;
  readonly marks: readonly CocoMark[];
}

export interface CocoFile {
  readonly labels: readonly { readonly name: string; readonly skeleton: Skeleton | null }[];
  readonly pictures: readonly CocoPicture[];
  /** Why some of it is left out. */
  readonly faults: readonly string[];
}

/** Of all that keeps a record from being read. */
const code = 'marks-unreadable';

const recordId = v.union([v.number(), v.string()]);
const positive = v.pipe(v.number(), v.integer(), v.minValue(1));
const finite = v.pipe(v.number(), v.finite());
const numbers = v.array(finite);

const imageRecord = v.object({
  id: recordId,
  file_name: v.pipe(v.string(), v.minLength(1)),
  width: positive,
  height: positive,
});

const categoryRecord = v.object({
  id: recordId,
  name: v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(200)),
  keypoints: v.nullish(v.array(v.pipe(v.string(), v.minLength(1)))),
  skeleton: v.nullish(v.array(v.tuple([v.number(), v.number()]))),
});

const runLengths = v.object({ counts: v.union([v.string(), v.array(v.number())]), size: numbers });

const annotationRecord = v.object({
  image_id: recordId,
  category_id: recordId,
  bbox: v.nullish(v.pipe(numbers, v.maxLength(4))),
  segmentation: v.nullish(v.union([v.array(numbers), runLengths])),
  keypoints: v.nullish(numbers),
  iscrowd: v.nullish(v.union([v.number(), v.boolean()])),
  attributes: v.nullish(v.record(v.string(), v.unknown())),
  text: v.nullish(v.pipe(v.string(), v.maxLength(100_000))),
});

type ImageRecord = v.InferOutput<typeof imageRecord>;
type CategoryRecord = v.InferOutput<typeof categoryRecord>;
type AnnotationRecord = v.InferOutput<typeof annotationRecord>;

/** Ends the reading by what it throws. */
type Checkpoint = () => Promise<void>;

/**
 * @param checkpoint is called between two stretches of the work
 * @throws annotation/marks-unreadable where it is no such file at all, and what `checkpoint` throws
 */
export async function readCoco(
  file: Buffer,
  path: string,
  checkpoint: Checkpoint,
): Promise<CocoFile> {
  const isMarked = file.subarray(0, byteOrderMark.length).equals(byteOrderMark);
  const bytes = isMarked ? file.subarray(byteOrderMark.length) : file;
  const records = new FileRecords(bytes, await listsOf(bytes, path), checkpoint);
  const labels = byId(await records.read('categories', 'Category', readAs(categoryRecord)));
  const pictures = byId(await records.read('images', 'Picture', readAs(imageRecord)));
  const marks = new Map<ImageRecord, CocoMark[]>();
  await records.read('annotations', 'Annotation', (record) => {
    const annotation = readAs(annotationRecord)(record);
    const picture = pictures.get(annotation.image_id);
    const label = labels.get(annotation.category_id);
    if (picture === undefined) throw new RecordFault(code, 'its picture is not in the file');
    if (label === undefined) throw new RecordFault(code, 'its category is not in the file');
    const ofPicture = marks.get(picture) ?? [];
    marks.set(picture, ofPicture);
    ofPicture.push(...marksOf(annotation, label, picture));
  });
  return {
    labels: [...labels.values()].map((one) => ({ name: one.name, skeleton: skeletonOf(one) })),
    pictures: [...pictures.values()].map((picture) => ({
      fileName: picture.file_name,
      width: picture.width,
      height: picture.height,
      marks: marks.get(picture) ?? [],
    })),
    faults: records.faults,
  };
}

const byId = <T extends { readonly id: string | number }>(records: readonly T[]) =>
  new Map(records.map((record) => [record.id, record]));

const lists = ['categories', 'images', 'annotations'] as const;
type ListName = (typeof lists)[number];

async function listsOf(bytes: Buffer, path: string): Promise<Map<ListName, JsonMember>> {
  const breather = new Breather();
  const search = findMembers(bytes);
  let step = search.next();
  for (; step.done !== true; step = search.next()) if (breather.isDue) await breather.rest();
  const members = step.value ?? [];
  const found = lists.map((name): [ListName, JsonMember | undefined] => [
    name,
    members.find(({ key, start }) => key === name && bytes[start] === openBracket),
  ]);
  const whole = found.filter((one): one is [ListName, JsonMember] => one[1] !== undefined);
  if (whole.length === lists.length) return new Map(whole);
  const keys = members.map(({ key }) => key).slice(0, 8);
  const begins = JSON.stringify(bytes.toString('utf8', 0, 60));
  throw unreadable(path, keys.length === 0 ? begins : keys.join(', '));
}

const openBracket = 0x5b;
const byteOrderMark = Buffer.of(0xef, 0xbb, 0xbf);
const chunkBytes = 1 << 16;

/** The lists of a file, record by record: between two others in the core have their turn. */
class FileRecords {
  readonly faults: string[] = [];
  readonly #bytes: Buffer;
  readonly #lists: ReadonlyMap<ListName, JsonMember>;
  readonly #checkpoint: Checkpoint;

  constructor(bytes: Buffer, found: ReadonlyMap<ListName, JsonMember>, checkpoint: Checkpoint) {
    this.#bytes = bytes;
    this.#lists = found;
    this.#checkpoint = checkpoint;
  }

  /** @param take makes of a record what is wanted; what it throws is one of the faults */
  async read<T>(list: ListName, one: string, take: (record: unknown) => T): Promise<T[]> {
    const taken: T[] = [];
    const breather = new Breather();
    let number = 0;
    for (const record of this.#records(list)) {
      number += 1;
      try {
        if ('fault' in record) throw new RecordFault(code, record.fault.message);
        taken.push(take(record.value));
      } catch (error) {
        if (!(error instanceof RecordFault || error instanceof LensmithError)) throw error;
        this.faults.push(`${one} ${number}: ${error.message}`);
      }
      if (!breather.isDue) continue;
      await breather.rest();
      await this.#checkpoint();
    }
    return taken;
  }

  *#records(list: ListName): Generator<JsonRecord> {
    const { start, end } = this.#lists.get(list) as JsonMember;
    const splitter = new ArraySplitter();
    for (let at = start; at < end; at += chunkBytes) {
      yield* splitter.push(this.#bytes.subarray(at, Math.min(end, at + chunkBytes)));
    }
    yield* splitter.end();
  }
}

function unreadable(path: string, got: string): LensmithError {
  return new LensmithError(
    'annotation/marks-unreadable',
    `${path} holds no marks in COCO's form.`,
    {
      expected: 'a JSON object with lists of images, annotations and categories',
      got,
      hint: 'Export marks to see how such a file looks. Nothing was added.',
    },
  );
}

const readAs =
  <T extends v.GenericSchema>(schema: T) =>
  (record: unknown): v.InferOutput<T> => {
    const found = v.safeParse(schema, record);
    if (found.success) return found.output;
    const key = v.getDotPath(found.issues[0]);
    throw new RecordFault(
      code,
      key === null ? 'it is no record' : `${key} is missing, or not as it should be`,
    );
  };

function skeletonOf({ keypoints, skeleton }: CategoryRecord): Skeleton | null {
  if (keypoints == null || keypoints.length === 0) return null;
  const isBone = ([from, to]: readonly [number, number]): boolean =>
    from !== to &&
    [from, to].every((at) => Number.isInteger(at) && at >= 0 && at < keypoints.length);
  const bones = (skeleton ?? []).map(([from, to]): [number, number] => [from - 1, to - 1]);
  return { joints: keypoints, bones: bones.filter(isBone) };
}

function marksOf(
  annotation: AnnotationRecord,
  label: CategoryRecord,
  picture: ImageRecord,
): CocoMark[] {
  const geometries = [keypointsOf(annotation, label), regionOf(annotation, picture)].filter(
    (one) => one !== null,
  );
  const box = geometries.length === 0 ? boxOf(annotation) : null;
  if (box !== null) geometries.push(box);
  if (geometries.length === 0) throw new RecordFault(code, 'nothing of it can be drawn');
  for (const geometry of geometries) requireSoundGeometry(geometry);
  const facts = {
    label: label.name,
    attributes: attributesOf(annotation),
    text: annotation.text ?? '',
  };
  return geometries.map((geometry) => ({ ...facts, geometry }));
}

function keypointsOf({ keypoints }: AnnotationRecord, label: CategoryRecord): Geometry | null {
  if (keypoints == null || !keypoints.some((value) => value !== 0)) return null;
  const joints = label.keypoints?.length ?? 0;
  if (keypoints.length !== 3 * joints || joints === 0) {
    throw new RecordFault(
      code,
      `it has ${keypoints.length / 3} keypoints, and its category ${joints}`,
    );
  }
  const points = Array.from({ length: joints }, (_, at) => {
    const [x, y, visibility] = keypoints.slice(3 * at) as [number, number, number];
    if (visibility !== 0 && visibility !== 1 && visibility !== 2) {
      throw new RecordFault(code, `a keypoint's visibility is ${visibility}, not 0, 1 or 2`);
    }
    return { x, y, visibility } as const;
  });
  return { kind: 'skeleton', points };
}

function regionOf({ segmentation }: AnnotationRecord, picture: ImageRecord): Geometry | null {
  if (segmentation == null) return null;
  if (!Array.isArray(segmentation)) {
    const [height, width] = segmentation.size;
    if (height !== picture.height || width !== picture.width) {
      throw new RecordFault(
        code,
        `its mask is ${width} × ${height}, and its picture ${picture.width} × ${picture.height}`,
      );
    }
    const { counts } = segmentation;
    return maskOfColumns(typeof counts === 'string' ? unpackRuns(counts) : counts, picture);
  }
  const outlines = segmentation.filter((outline) => outline.length > 0).map(pointsOf);
  const [first] = outlines;
  if (first === undefined) return null;
  if (outlines.length === 1) return { kind: 'polygon', points: first };
  const pixels = pixelsInside(outlines, {
    x: 0,
    y: 0,
    width: picture.width,
    height: picture.height,
  });
  return pixels === null ? null : maskOf(pixels);
}

const mostCorners = 20_000;

function pointsOf(outline: readonly number[]): [x: number, y: number][] {
  const corners = outline.length / 2;
  if (!Number.isInteger(corners) || corners < 3 || corners > mostCorners) {
    throw new RecordFault(code, `an outline of it has ${corners} corners, not 3 to ${mostCorners}`);
  }
  return Array.from({ length: corners }, (_, at): [number, number] => [
    outline[2 * at] as number,
    outline[2 * at + 1] as number,
  ]);
}

function boxOf({ bbox, attributes }: AnnotationRecord): Geometry | null {
  if (bbox == null || bbox.length < 4) return null;
  const [x, y, width, height] = bbox as [number, number, number, number];
  if (width < 0 || height < 0) throw new RecordFault(code, 'a side of its box is below 0');
  const turn = attributes?.['rotation'];
  if (typeof turn !== 'number' || turn === 0) return { kind: 'box', x, y, width, height };
  const [centerX, centerY] = [x + width / 2, y + height / 2];
  return { kind: 'rotated-box', centerX, centerY, width, height, angleDegrees: turn };
}

/** Values of the person's own; `rotation` is part of the box, and 0 says nothing. */
function attributesOf({ attributes, iscrowd }: AnnotationRecord): AttributeValues {
  const values: AttributeValues = iscrowd === 1 || iscrowd === true ? { iscrowd: true } : {};
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (name === 'rotation' || name === '' || name.length > 100) continue;
    const isValue =
      typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value);
    if (isValue) values[name] = value as string | boolean | number;
  }
  return values;
}
