import { describe, expect, test } from 'vitest';
import {
  layOut,
  placesOf,
  placesWithin,
} from '../../../src-renderer/features/library/grid-layout.ts';
import { chooseWithin } from '../../../src-renderer/features/library/selection.ts';

/** Aspects between portrait and panorama, the same each time. */
const aspects = Uint16Array.from({ length: 1000 }, (_, n) => 500 + ((n * 7919) % 2600));

describe('a rectangle over the grid', () => {
  test.each(['large', 'normal', 'dense'] as const)('touches what it covers: %s', (density) => {
    const layout = layOut(aspects, 1200, density);
    const rectangles = [
      { left: 100, top: 50, right: 500, bottom: 700 },
      { left: -12, top: 3000, right: 1400, bottom: 9000 },
      { left: 640, top: 5, right: 641, bottom: 6 },
      { left: 0, top: -20, right: 5, bottom: -10 },
    ];
    for (const { left, top, right, bottom } of rectangles) {
      const touched: number[] = [];
      for (let row = 0; row < layout.rows; row += 1) {
        placesOf(layout, aspects, row).forEach(({ x, y, width, height }, at) => {
          if (x > right || x + width < left || y > bottom || y + height < top) return;
          touched.push((layout.first[row] ?? 0) + at);
        });
      }
      expect(placesWithin(layout, aspects, { left, top, right, bottom })).toEqual(touched);
    }
  });

  test('adds to what was chosen; the focus is where the pointer is', () => {
    const down = chooseWithin(new Set([7]), [1, 2, 3], false);
    expect([...down.ids].sort()).toEqual([1, 2, 3, 7]);
    expect([down.anchor, down.focus]).toEqual([1, 3]);
    expect(chooseWithin(new Set(), [1, 2, 3], true)).toMatchObject({ anchor: 3, focus: 1 });
    expect(chooseWithin(new Set(), [], true).ids.size).toBe(0);
  });
});
