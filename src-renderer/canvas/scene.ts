import { areaOf, boundsOf } from './geometry/outline.ts';
import { hitGeometry, meetsRect } from './geometry/hit.ts';
import { inflated } from './geometry/plane.ts';
import { SpatialIndex } from './spatial-index.ts';
import type { Geometry, Label, Shape } from '../../src-main/ipc/contract/shapes.ts';
import type { Bones } from './geometry/hit.ts';
import type { Point, Rect, Size } from './geometry/plane.ts';
import type { SceneKey } from './host.ts';

const noSize: Size = { width: 0, height: 0 };

/**
 * What is on the canvas: the shapes of one picture, which are selected, which one the pointer is over,
 * and what gestures show instead of a shape's own geometry while they go on.
 */
export class Scene {
  #key: SceneKey | null = null;
  #size: Size = noSize;
  #shapes: readonly Shape[] = [];
  #byId = new Map<number, Shape>();
  #index: SpatialIndex<Shape> | undefined;
  #labels = new Map<number, Label>();
  /** Asked for; one of them may come with the next shapes. */
  #wanted: ReadonlySet<number> = new Set();
  #selection: ReadonlySet<number> = new Set();
  #hovered: number | null = null;

  get key(): SceneKey | null {
    return this.#key;
  }

  get size(): Size {
    return this.#size;
  }

  /** Lowest first. */
  get shapes(): readonly Shape[] {
    return this.#shapes;
  }

  get selection(): ReadonlySet<number> {
    return this.#selection;
  }

  get hovered(): Shape | null {
    return this.#hovered === null ? null : (this.#byId.get(this.#hovered) ?? null);
  }

  /** Another picture; without its shapes yet. */
  open(key: SceneKey | null, size: Size): void {
    this.#key = key;
    this.#size = size;
    this.#wanted = new Set();
    this.setShapes([]);
  }

  setShapes(shapes: readonly Shape[]): void {
    this.#shapes = shapes.toSorted((a, b) => a.order - b.order || a.id - b.id);
    this.#byId = new Map(shapes.map((shape) => [shape.id, shape]));
    this.#index = undefined;
    this.setSelection(this.#wanted);
    if (this.#hovered !== null && !this.#byId.has(this.#hovered)) this.#hovered = null;
  }

  setLabels(labels: readonly Label[]): void {
    this.#labels = new Map(labels.map((label) => [label.id, label]));
  }

  /** Ids that are not among the shapes count as soon as they are. */
  setSelection(ids: Iterable<number>): void {
    this.#wanted = new Set(ids);
    this.#selection = new Set([...this.#wanted].filter((id) => this.#byId.has(id)));
  }

  /** @returns whether that is news */
  setHovered(id: number | null): boolean {
    if (id === this.#hovered) return false;
    this.#hovered = id;
    return true;
  }

  shape(id: number): Shape | undefined {
    return this.#byId.get(id);
  }

  label(id: number | null): Label | undefined {
    return id === null ? undefined : this.#labels.get(id);
  }

  bonesOf(shape: Shape): Bones {
    return this.label(shape.labelId)?.skeleton?.bones ?? [];
  }

  selectedShapes(): Shape[] {
    return this.#shapes.filter(({ id }) => this.#selection.has(id));
  }

  /** Of the selected shapes those that may be changed. */
  editableSelection(): Shape[] {
    return this.selectedShapes().filter(({ isLocked, isHidden }) => !isLocked && !isHidden);
  }

  /** Visible shapes whose bounds meet `rect`, lowest first. */
  within(rect: Rect): Shape[] {
    const found = this.#indexed().search(rect);
    return found.sort((a, b) => a.order - b.order || a.id - b.id);
  }

  geometriesWithin(rect: Rect, except: ReadonlySet<number>): Geometry[] {
    const found = this.#indexed().search(rect);
    return found.filter(({ id }) => !except.has(id)).map(({ geometry }) => geometry);
  }

  /**
   * The shape that a click at `point` means: one whose edge is there, the nearest; else of those that
   * hold the point the smallest, so that nothing is out of reach behind something larger.
   */
  pick(point: Point, tolerance: number): Shape | null {
    const around = inflated({ ...point, width: 0, height: 0 }, tolerance * 2);
    let best: Shape | null = null;
    let bestRank = Infinity;
    for (const shape of this.within(around)) {
      const hit = hitGeometry(shape.geometry, point, tolerance, this.bonesOf(shape));
      if (hit === null) continue;
      const onEdge = hit.distance - 2 * tolerance;
      const rank = hit.part === 'edge' ? onEdge : areaOf(shape.geometry);
      if (rank <= bestRank) [best, bestRank] = [shape, rank];
    }
    return best;
  }

  isHit(shape: Shape, point: Point, tolerance: number): boolean {
    return hitGeometry(shape.geometry, point, tolerance, this.bonesOf(shape)) !== null;
  }

  touching(rect: Rect): Shape[] {
    return this.within(rect).filter(({ geometry }) => meetsRect(geometry, rect));
  }

  /** The visible shape before or after the selected one in their order; the first for none. */
  neighbour(step: 1 | -1): Shape | null {
    const visible = this.#shapes.filter(({ isHidden }) => !isHidden);
    const at = visible.findIndex(({ id }) => this.#selection.has(id));
    if (at === -1) return visible.at(step === 1 ? 0 : -1) ?? null;
    return visible[(at + step + visible.length) % visible.length] ?? null;
  }

  #indexed(): SpatialIndex<Shape> {
    this.#index ??= new SpatialIndex(
      this.#shapes
        .filter(({ isHidden }) => !isHidden)
        .map((value) => ({ bounds: boundsOf(value.geometry), value })),
    );
    return this.#index;
  }
}
