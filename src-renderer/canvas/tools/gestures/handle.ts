import { clampedPoint, resized, turnedToward } from '../../geometry/move.ts';
import { add, subtract } from '../../geometry/plane.ts';
import { withVertexAt, withVertexInserted } from '../../geometry/vertices.ts';
import { angleCaption, sizeCaption } from '../caption.ts';
import type { Geometry, Shape } from '../../../../src-main/ipc/contract/shapes.ts';
import type { Handle } from '../../geometry/handles.ts';
import type { Point } from '../../geometry/plane.ts';
import type { SnapGuides } from '../../geometry/snap.ts';
import type { PointerInput, ToolContext } from '../tool.ts';
import type { Gesture } from './gesture.ts';

/** Degrees; the angle steps by it while Shift is held. */
const turnStep = 15;

interface Outcome {
  readonly geometry: Geometry;
  readonly guides: SnapGuides;
  readonly caption?: string;
}

/** Drags a handle of one shape: resizes, turns, moves a corner or makes a new one. */
export class HandleGesture implements Gesture {
  readonly #context: ToolContext;
  readonly #shape: Shape;
  readonly #handle: Handle;
  /** From where the pointer took hold to the handle's middle. */
  readonly #slip: Point;
  readonly #self: ReadonlySet<number>;
  #geometry: Geometry;

  constructor(context: ToolContext, shape: Shape, handle: Handle, from: Point) {
    this.#context = context;
    this.#shape = shape;
    this.#handle = handle;
    this.#slip = subtract(handle.point, from);
    this.#self = new Set([shape.id]);
    this.#geometry = shape.geometry;
  }

  move(input: PointerInput): void {
    const { geometry, guides, caption } = this.#outcome(input);
    this.#geometry = geometry;
    this.#context.show({
      edits: [{ id: this.#shape.id, geometry }],
      guides,
      ...(caption === undefined ? {} : { caption: { at: input.at, text: caption } }),
    });
  }

  end(): void {
    this.#context.change([{ id: this.#shape.id, geometry: this.#geometry }]);
  }

  #outcome(input: PointerInput): Outcome {
    const { geometry } = this.#shape;
    const handle = this.#handle;
    if (handle.kind === 'turn') {
      if (geometry.kind !== 'rotated-box') return { geometry, guides: {} };
      const box = turnedToward(geometry, input.at, input.shift ? turnStep : 0);
      return { geometry: box, guides: {}, caption: angleCaption(box.angleDegrees) };
    }
    const { point, guides } = this.#place(input);
    if (handle.kind === 'vertex') {
      return { geometry: withVertexAt(geometry, handle.index, point), guides };
    }
    if (handle.kind === 'midpoint') {
      return { geometry: withVertexInserted(geometry, handle.index, point), guides };
    }
    if (geometry.kind !== 'box' && geometry.kind !== 'rotated-box') return { geometry, guides };
    const box = resized(geometry, handle, point, input.shift);
    return { geometry: box, guides: this.#alongGrip(guides), caption: sizeCaption(box) };
  }

  #place(input: PointerInput) {
    const to = clampedPoint(add(input.at, this.#slip), this.#context.scene.size);
    return this.#context.snapped(to, input, this.#self);
  }

  /** A side moves along one axis alone, so a line on the other means nothing. */
  #alongGrip(guides: SnapGuides): SnapGuides {
    const { x, y, ...rest } = guides;
    const handle = this.#handle;
    if (handle.kind !== 'size') return guides;
    return {
      ...rest,
      ...(x === undefined || handle.alongX === 0 ? {} : { x }),
      ...(y === undefined || handle.alongY === 0 ? {} : { y }),
    };
  }
}
