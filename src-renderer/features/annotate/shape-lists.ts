import type { Shape } from '../../../src-main/ipc/contract/shapes.ts';

/** Those of `ids`, in the order of the shapes. */
export function withIds(shapes: readonly Shape[], ids: readonly number[]): readonly Shape[] {
  const wanted = new Set(ids);
  return wanted.size === 0 ? [] : shapes.filter(({ id }) => wanted.has(id));
}

/** Objects that did not change stay the same ones: what was drawn of them is found by them. */
export function reconciled(known: readonly Shape[], read: readonly Shape[]): readonly Shape[] {
  const byId = new Map(known.map((shape) => [shape.id, shape]));
  const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
  return read.map((shape) => {
    const before = byId.get(shape.id);
    if (before === undefined) return shape;
    if (!isSame(before.geometry, shape.geometry)) return shape;
    const kept = { ...shape, geometry: before.geometry };
    return isSame(sorted(before), sorted(kept)) ? before : kept;
  });
}

function sorted(shape: Shape): unknown {
  return Object.entries({ ...shape, geometry: null }).sort(([a], [b]) => (a < b ? -1 : 1));
}
