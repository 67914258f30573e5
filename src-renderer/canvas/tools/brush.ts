import { paintStroke } from '../mask/stroke.ts';
import { TiledMask } from '../mask/tiled-mask.ts';
import { reach } from './tool.ts';
import type { Shape } from '../../../src-main/ipc/contract/shapes.ts';
import type { Point } from '../geometry/plane.ts';
import type { Preview, PointerInput, Tool, ToolContext } from './tool.ts';

interface Stroke {
  readonly mask: TiledMask;
  /** The mask that is painted on; null for a new one. */
  readonly target: Shape | null;
  readonly value: 0 | 1;
  last: Point;
}

/** A round brush: paints on the selected mask, or begins a new one. Alt erases meanwhile. */
export class BrushTool implements Tool {
  readonly id: 'brush' | 'eraser' = 'brush';
  readonly cursor = 'none';
  readonly yieldsToHandles = false;
  readonly #context: ToolContext;
  #stroke: Stroke | null = null;

  constructor(context: ToolContext) {
    this.#context = context;
  }

  get isBusy(): boolean {
    return this.#stroke !== null;
  }

  down(input: PointerInput): void {
    const value = this.#erases(input) ? 0 : 1;
    const target = this.#target(input, value);
    if (target === 'refused') return;
    const { size } = this.#context.scene;
    const painted = target?.geometry;
    const mask = painted?.kind === 'mask' ? TiledMask.from(painted, size) : new TiledMask(size);
    this.#stroke = { mask, target, value, last: input.at };
    this.drag(input);
  }

  drag(input: PointerInput): void {
    const stroke = this.#stroke;
    if (stroke === null) return;
    for (const point of input.path) {
      const { brushRadius } = this.#context.settings;
      paintStroke(stroke.mask, stroke.last, point, brushRadius, stroke.value);
      stroke.last = point;
    }
    this.#show(input);
  }

  up(): void {
    const stroke = this.#stroke;
    this.cancel();
    if (stroke === null) return;
    const geometry = stroke.mask.toMask();
    if (stroke.target === null) {
      if (geometry !== null) this.#context.create(geometry);
    } else if (geometry === null) {
      this.#context.remove([stroke.target.id]);
    } else {
      this.#context.change([{ id: stroke.target.id, geometry }]);
    }
  }

  hover(input: PointerInput): void {
    this.#show(input);
  }

  key(): boolean {
    return false;
  }

  commit(): boolean {
    return false;
  }

  cancel(): void {
    this.#stroke = null;
    this.#context.show(null);
  }

  /** Whether a stroke takes away. */
  #erases(input: PointerInput): boolean {
    return (this.id === 'eraser') !== input.alt;
  }

  /** The selected mask; for the eraser else the one under it. */
  #target(input: PointerInput, value: 0 | 1): Shape | null | 'refused' {
    const { scene } = this.#context;
    const masks = scene.selectedShapes().filter(({ geometry }) => geometry.kind === 'mask');
    let target: Shape | null = masks.length === 1 ? (masks[0] ?? null) : null;
    if (target === null && value === 0) {
      const under = scene.pick(input.at, reach(this.#context, input));
      target = under?.geometry.kind === 'mask' ? under : null;
    }
    if (target === null && value === 0) {
      this.#context.refuse('no-mask');
      return 'refused';
    }
    if (target !== null && (target.isLocked || target.isHidden)) {
      this.#context.refuse('locked');
      return 'refused';
    }
    return target;
  }

  #show(input: PointerInput): void {
    const { activeLabelId, brushRadius } = this.#context.settings;
    const erases = this.#stroke === null ? this.#erases(input) : this.#stroke.value === 0;
    const brush: Preview['brush'] = { center: input.at, radius: brushRadius, erases };
    if (this.#stroke === null) return this.#context.show({ brush });
    const { mask, target } = this.#stroke;
    const labelId = target === null ? activeLabelId : target.labelId;
    this.#context.show({ brush, paint: { mask, labelId, replaces: target?.id ?? null } });
  }
}
