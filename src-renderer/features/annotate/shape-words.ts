/** Marks in words: for lists, the undo menu and screen readers. */
import type {
  Geometry,
  GeometryKind,
  Label,
  Shape,
} from '../../../src-main/ipc/contract/shapes.ts';
import { formatQuantity } from '../../ui/format.ts';
import { texts } from './texts/index.ts';

/** In the names of acts, which are kept with the project in one language. */
const kindNames: Readonly<Record<GeometryKind, string>> = {
  box: 'box',
  'rotated-box': 'rotated box',
  polygon: 'polygon',
  freehand: 'line',
  point: 'point',
  skeleton: 'skeleton',
  mask: 'mask',
};

/** `verb` and what it is done to: "Move box", "Move 3 marks". */
export function actOn(verb: string, shapes: readonly Pick<Shape, 'geometry'>[]): string {
  const [first] = shapes;
  if (shapes.length === 1 && first !== undefined)
    return `${verb} ${kindNames[first.geometry.kind]}`;
  return `${verb} ${formatQuantity(shapes.length, 'mark')}`;
}

/** A mark by its label, else by what it reads, else by its kind: "cat", "“4711”", "Box". */
export function nameOf(shape: Shape, label: Label | undefined): string {
  if (label !== undefined) return label.name;
  if (shape.text !== '') return texts().quoted(shape.text);
  const kind = texts().kinds[shape.geometry.kind];
  return kind.charAt(0).toUpperCase() + kind.slice(1);
}

const whole = (value: number): string => String(Math.round(value));

/** How large it is, in pixels: "120 × 64", "12 corners", "at 310, 96". */
export function sizeInWords(geometry: Geometry): string {
  switch (geometry.kind) {
    case 'box':
    case 'mask':
      return `${whole(geometry.width)} × ${whole(geometry.height)}`;
    case 'rotated-box':
      return `${whole(geometry.width)} × ${whole(geometry.height)}, ${whole(geometry.angleDegrees)}°`;
    case 'polygon':
      return texts().corners(geometry.points.length);
    case 'freehand':
      return texts().points(geometry.points.length);
    case 'point':
      return texts().at(whole(geometry.x), whole(geometry.y));
    case 'skeleton':
      return texts().joints(geometry.points.filter(({ visibility }) => visibility > 0).length);
  }
}
