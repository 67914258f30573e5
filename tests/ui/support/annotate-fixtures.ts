/** Pictures to mark, and ways to look at the marks, for the tests of the annotate screen. */
import type { Locator, Page } from 'playwright-core';
import { expect } from 'vitest';
import type { Geometry, Shape } from '../../../src-main/ipc/contract/shapes.ts';
import type { Annotating } from './annotating.ts';
import { makeImage } from './media.ts';

/** Of the pictures that makeImage writes. */
export const size = { width: 480, height: 320 };
/** A press is aimed at whole pixels of the window, which are parts of a pixel of the picture. */
export const near = (value: number, by = 0.8) => expect.closeTo(value, by >= 1 ? -1 : 0) as number;

export async function pictures(folder: string, count: number, kind = 'png'): Promise<string[]> {
  const made = [];
  for (let at = 1; at <= count; at += 1) made.push(await makeImage(folder, at, kind));
  return made.map(({ path }) => path);
}

export const two = (folder: string): Promise<string[]> => pictures(folder, 2);
export const marks = (page: Page): Locator => page.getByRole('listbox', { name: 'Marks' });
export const rows = (page: Page): Locator => marks(page).getByRole('option');

/** What a press near (x, y) may come to. */
export function close(actual: number | undefined, expected: number): void {
  expect(Math.abs((actual ?? Infinity) - expected)).toBeLessThan(1.5);
}

export const at = (a: Annotating, points: readonly (readonly [number, number])[]) =>
  a.places(size, points);

export const chain = {
  skeleton: {
    joints: ['a', 'b', 'c'],
    bones: [
      [0, 1],
      [1, 2],
    ],
  },
};

/** Where a mark stands, so that a move shows. */
export function leftOf(geometry: Geometry): number {
  switch (geometry.kind) {
    case 'box':
    case 'point':
    case 'mask':
      return geometry.x;
    case 'rotated-box':
      return geometry.centerX;
    case 'polygon':
    case 'freehand':
      return geometry.points[0]?.[0] ?? NaN;
    case 'skeleton':
      return geometry.points[0]?.x ?? NaN;
  }
}

export async function only(a: Annotating, itemId: number): Promise<Shape> {
  const [shape] = await a.shapesOnce(itemId, 1);
  if (shape === undefined) throw new Error('no mark');
  return shape;
}
