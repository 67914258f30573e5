/**
 * Marks on the system's clipboard, under a type of their own: they cross pictures and windows, and
 * whatever is copied after them takes their place.
 */
import * as v from 'valibot';
import { newShape } from '../../../src-main/ipc/contract/shapes.ts';
import type { Geometry, Label, NewShape, Shape } from '../../../src-main/ipc/contract/shapes.ts';
import { clampedPoint, translated } from '../../canvas/geometry/move.ts';
import { boundsOf } from '../../canvas/geometry/outline.ts';
import { union } from '../../canvas/geometry/plane.ts';
import type { Size } from '../../canvas/geometry/plane.ts';

const type = 'application/x-lensmith-marks';

const content = v.object({
  marks: v.pipe(
    v.array(v.object({ shape: newShape, labelName: v.nullable(v.string()) })),
    v.minLength(1),
    v.maxLength(10_000),
  ),
});

/** What of a mark a copy of it has. */
export function copyOf(shape: Shape, geometry: Geometry = shape.geometry): NewShape {
  const { labelId, attributes, text, source } = shape;
  const plain = { isLocked: false, isHidden: false, isDraft: false };
  return { labelId, geometry, attributes, text, source, ...plain };
}

/** What this window copied last: a menu may not read the system's clipboard. */
let copied = '';

export function writeMarks(
  data: DataTransfer,
  shapes: readonly Shape[],
  labelOf: (id: number | null) => Label | undefined,
): void {
  const marks = shapes.map((shape) => ({
    shape: copyOf(shape),
    labelName: labelOf(shape.labelId)?.name ?? null,
  }));
  copied = JSON.stringify({ marks });
  data.setData(type, copied);
}

/**
 * Marks from the clipboard with their coordinates; moved together, as little as it takes, where a
 * picture is smaller than the one they come from. Labels are found by name: the other window may be
 * about another project.
 * @returns empty where there are none
 */
export function readMarks(data: DataTransfer, size: Size, labels: readonly Label[]): NewShape[] {
  return placed(data.getData(type), size, labels);
}

/** As readMarks, of what this window copied last. */
export function lastCopied(size: Size, labels: readonly Label[]): NewShape[] {
  return placed(copied, size, labels);
}

function placed(text: string, size: Size, labels: readonly Label[]): NewShape[] {
  const read = v.safeParse(content, parsed(text));
  if (!read.success) return [];
  const { marks } = read.output;
  const bounds = union(marks.map(({ shape }) => boundsOf(shape.geometry)));
  const shift = {
    x: inwards(bounds.x, bounds.width, size.width),
    y: inwards(bounds.y, bounds.height, size.height),
  };
  return marks.map(({ shape, labelName }) => ({
    ...shape,
    geometry: clipped(translated(shape.geometry, shift), size),
    labelId: labels.find(({ name }) => name === labelName)?.id ?? null,
  }));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** The least shift that brings [start, start + length) into [0, limit), its beginning first. */
function inwards(start: number, length: number, limit: number): number {
  const end = Math.min(0, limit - (start + length));
  return start + end < 0 ? -start : end;
}

/** What still sticks out of a smaller picture is cut off, where a shape can be cut. */
function clipped(geometry: Geometry, size: Size): Geometry {
  switch (geometry.kind) {
    case 'box': {
      const { x, y, width, height } = geometry;
      const corner = clampedPoint({ x: x + width, y: y + height }, size);
      const from = clampedPoint({ x, y }, size);
      return { kind: 'box', ...from, width: corner.x - from.x, height: corner.y - from.y };
    }
    case 'polygon':
    case 'freehand': {
      const points = geometry.points.map(([x, y]): [number, number] => {
        const point = clampedPoint({ x, y }, size);
        return [point.x, point.y];
      });
      return { ...geometry, points };
    }
    case 'point':
      return { ...geometry, ...clampedPoint(geometry, size) };
    case 'skeleton':
      return {
        ...geometry,
        points: geometry.points.map((joint) => ({ ...joint, ...clampedPoint(joint, size) })),
      };
    case 'rotated-box':
    case 'mask':
      return geometry;
  }
}
