/** The marks of an item as outlines for its thumbnail, and what its samples answer. */
import * as v from 'valibot';
import type { Glance } from '../../ipc/contract/library.ts';
import { geometry } from '../../ipc/contract/shapes.ts';
import type { Geometry } from '../../ipc/contract/shapes.ts';
import { marksOfItem, readItem, samplesOfItem } from '../../store/items.ts';
import type { ProjectStore } from '../../store/project-store.ts';

const mostMarks = 200;
const mostPoints = 120;
const mostAnswers = 3;

type Point = [number, number];

interface Outline {
  readonly points: Point[];
  readonly isClosed: boolean;
}

export function glanceAt(store: ProjectStore, itemId: number): Glance {
  const item = readItem(store, itemId);
  if (item === undefined) return { marks: [], answers: [] };
  const marks = marksOfItem(store, itemId, mostMarks).flatMap(({ geometryJson, label, color }) =>
    outlines(geometryJson).map(({ points, isClosed }) => ({
      points: thinned(points).map(([x, y]): Point => [x / item.width, y / item.height]),
      isClosed,
      label,
      color: color ?? 7,
    })),
  );
  const answers = samplesOfItem(store, itemId, mostAnswers).map(({ answer }) => answer.trim());
  return { marks, answers: answers.filter((answer) => answer !== '') };
}

function outlines(json: string): Outline[] {
  const { success, output } = v.safeParse(geometry, JSON.parse(json));
  return success ? outlinesOf(output) : [];
}

function rectangle(x: number, y: number, width: number, height: number): Point[] {
  return [
    [x, y],
    [x + width, y],
    [x + width, y + height],
    [x, y + height],
  ];
}

function outlinesOf(shape: Geometry): Outline[] {
  switch (shape.kind) {
    case 'box':
    case 'mask':
      return [{ points: rectangle(shape.x, shape.y, shape.width, shape.height), isClosed: true }];
    case 'rotated-box': {
      const { centerX, centerY, width, height } = shape;
      const angle = (shape.angleDegrees * Math.PI) / 180;
      const points = rectangle(-width / 2, -height / 2, width, height).map(([x, y]): Point => [
        centerX + x * Math.cos(angle) - y * Math.sin(angle),
        centerY + x * Math.sin(angle) + y * Math.cos(angle),
      ]);
      return [{ points, isClosed: true }];
    }
    case 'polygon':
      return [{ points: shape.points, isClosed: true }];
    case 'freehand':
      return [{ points: shape.points, isClosed: false }];
    case 'point':
      return [{ points: [[shape.x, shape.y]], isClosed: false }];
    case 'skeleton':
      return shape.points
        .filter(({ visibility }) => visibility > 0)
        .map(({ x, y }) => ({ points: [[x, y]], isClosed: false }));
  }
}

/** A thumbnail has no room for more. */
function thinned(points: Point[]): Point[] {
  const step = Math.ceil(points.length / mostPoints);
  return step <= 1 ? points : points.filter((_, at) => at % step === 0);
}
