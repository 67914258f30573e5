/** What can be done to marks, each as one act of undo. */
import type { ShapeChange, StackingMove } from '../../../src-main/ipc/contract/annotation.ts';
import type { NewShape, Shape } from '../../../src-main/ipc/contract/shapes.ts';
import { client } from '../../api/client.ts';
import { noEffect } from './item-marks.svelte.ts';
import type { Effect, ItemMarks } from './item-marks.svelte.ts';

/** @returns ids of the new marks; null where the core refused */
export function createMarks(
  marks: ItemMarks,
  shapes: readonly NewShape[],
  act: string,
): Promise<readonly number[] | null> {
  const { itemId } = marks;
  return marks.write({
    send: () => client.call('annotation.create', { itemId, shapes: [...shapes], act }),
    // Without ids yet; the canvas shows what was drawn until they are here.
    effect: noEffect,
    outcome: (ids) => (before) => {
      const known = new Set(before.map(({ id }) => id));
      const top = before.reduce((highest, { order }) => Math.max(highest, order), 0);
      const added = shapes.flatMap((shape, at): Shape[] => {
        const id = ids[at];
        if (id === undefined || known.has(id)) return [];
        return [{ id, itemId, ...shape, order: Math.floor(top) + 1 + at }];
      });
      return [...before, ...added];
    },
  });
}

export async function changeMarks(
  marks: ItemMarks,
  changes: readonly ShapeChange[],
  act: string,
): Promise<boolean> {
  if (changes.length === 0) return true;
  const { itemId } = marks;
  const byId = new Map(changes.map((change) => [change.id, change]));
  const effect: Effect = (before) =>
    before.map((shape) => {
      const change = byId.get(shape.id);
      return change === undefined ? shape : ({ ...shape, ...change } as Shape);
    });
  const send = (): Promise<true> =>
    client
      .call('annotation.change', { itemId, changes: [...changes], act })
      .then(() => true as const);
  return (await marks.write({ send, effect })) ?? false;
}

export async function removeMarks(marks: ItemMarks, ids: readonly number[]): Promise<boolean> {
  if (ids.length === 0) return true;
  const gone = new Set(ids);
  const { itemId } = marks;
  const send = (): Promise<true> =>
    client.call('annotation.remove', { itemId, ids: [...gone] }).then(() => true as const);
  const effect: Effect = (before) => before.filter(({ id }) => !gone.has(id));
  return (await marks.write({ send, effect })) ?? false;
}

export async function stackMarks(
  marks: ItemMarks,
  ids: readonly number[],
  move: StackingMove,
): Promise<void> {
  if (ids.length === 0) return;
  const { itemId } = marks;
  await marks.write({
    send: () => client.call('annotation.stack', { itemId, ids: [...ids], move }),
    effect: noEffect,
  });
}
