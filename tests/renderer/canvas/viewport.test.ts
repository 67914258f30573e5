import { describe, expect, it } from 'vitest';
import { selectionInWords } from '../../../src-renderer/canvas/announcer.ts';
import { intersects } from '../../../src-renderer/canvas/geometry/plane.ts';
import { SpatialIndex } from '../../../src-renderer/canvas/spatial-index.ts';
import { textOn } from '../../../src-renderer/canvas/theme.ts';
import { Viewport } from '../../../src-renderer/canvas/viewport.ts';
import { Bench, box, label, shape } from './support.ts';

function viewport(ratio = 1): Viewport {
  const view = new Viewport(() => undefined);
  view.setScreen({ width: 848, height: 648 }, ratio);
  view.setPicture({ width: 8000, height: 5000 });
  return view;
}

describe('the viewport', () => {
  it('fits the picture with a margin, in the middle', () => {
    const view = viewport();
    expect(view.scale).toBeCloseTo(0.1);
    expect(view.toScreen({ x: 4000, y: 2500 })).toEqual({ x: 424, y: 324 });
    expect(view.toImage({ x: 24, y: 74 })).toEqual({ x: expect.closeTo(0), y: expect.closeTo(0) });
  });

  it('zooms to the pointer, between its limits', () => {
    const view = viewport();
    const at = { x: 300, y: 200 };
    const held = view.toImage(at);
    view.zoomBy(7, at);
    const there = view.toScreen(held);
    expect(Math.abs(there.x - at.x)).toBeLessThanOrEqual(0.5);
    expect(Math.abs(there.y - at.y)).toBeLessThanOrEqual(0.5);
    view.zoomBy(1e9, at);
    expect(view.scale).toBe(64);
    view.zoomBy(1e-9, at);
    expect(view.scale).toBeCloseTo(0.025);
  });

  it('stands on device pixels, and small steps add up', () => {
    const view = viewport(2);
    view.zoomTo(0.33);
    const before = view.offset.x;
    for (let i = 0; i < 10; i++) {
      view.panBy({ x: 0.2, y: 0 });
      expect(Number.isInteger(view.offset.x * 2)).toBe(true);
    }
    expect(Math.abs(view.offset.x - before - 2)).toBeLessThanOrEqual(0.5);
  });

  it('keeps some of the picture on the screen', () => {
    const view = viewport();
    view.panBy({ x: 1e6, y: -1e6 });
    expect(view.toScreen({ x: 0, y: 0 }).x).toBe(848 - 64);
    expect(view.toScreen({ x: 0, y: 5000 }).y).toBeCloseTo(64, 0);
  });

  it('stays fitted, or keeps its middle, when the window changes', () => {
    const view = viewport();
    view.setScreen({ width: 448, height: 648 }, 1);
    expect(view.scale).toBeCloseTo(0.05);
    view.zoomTo(1);
    const middle = view.toImage({ x: 224, y: 324 });
    view.setScreen({ width: 848, height: 648 }, 1);
    expect(view.scale).toBe(1);
    expect(view.toImage({ x: 424, y: 324 })).toEqual(middle);
  });

  it('reveals what is out of sight by as little as needed', () => {
    const view = viewport();
    view.zoomTo(1);
    const before = view.offset;
    const { x, y, width } = view.visible;
    view.reveal({ x: x + 100, y: y + 100, width: 50, height: 50 });
    expect(view.offset).toEqual(before);
    view.reveal({ x: x + width + 10, y: y + 100, width: 50, height: 50 });
    expect(view.offset).toEqual({ x: before.x - 84, y: before.y });
  });
});

describe('the index', () => {
  it('finds what a list finds', () => {
    let state = 3;
    const random = (): number => (state = (state * 16807) % 2147483647) / 2147483647;
    const entries = Array.from({ length: 1000 }, (_, value) => ({
      value,
      bounds: { x: random() * 900, y: random() * 900, width: random() * 90, height: random() * 90 },
    }));
    const index = new SpatialIndex(entries);
    for (let i = 0; i < 50; i++) {
      const rect = { x: random() * 900, y: random() * 900, width: random() * 200, height: 5 };
      const expected = entries.filter(({ bounds }) => intersects(bounds, rect));
      expect(index.search(rect).sort((a, b) => a - b)).toEqual(expected.map(({ value }) => value));
    }
    expect(new SpatialIndex([]).search({ x: 0, y: 0, width: 9, height: 9 })).toEqual([]);
  });
});

describe('words and colours', () => {
  it('say what is selected', () => {
    const bench = new Bench([
      shape(1, box(0, 0, 9, 9), { labelId: 7, isLocked: true }),
      shape(2, box(20, 0, 9, 9)),
    ]);
    bench.editor.setLabels([label(7, { name: 'cat' })]);
    bench.editor.setSelection([1]);
    expect(selectionInWords(bench.editor.scene)).toBe('box, cat, locked, 1 of 2');
    bench.editor.setSelection([1, 2]);
    expect(selectionInWords(bench.editor.scene)).toBe('2 shapes selected');
    bench.editor.setSelection([]);
    expect(selectionInWords(bench.editor.scene)).toBe('Nothing selected');
  });

  it('put readable text on a label’s colour', () => {
    expect(['#f0e442', '#4a3fc0', '#ffffff', '#000000'].map(textOn)).toEqual([
      '#000000',
      '#ffffff',
      '#000000',
      '#ffffff',
    ]);
  });
});
