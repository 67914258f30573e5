import { describe, expect, it } from 'vitest';
import { Keyboard } from '../../../src-renderer/canvas/keyboard.ts';
import { boxOnSide } from '../../../src-renderer/canvas/tools/rotated-box.ts';
import { Bench, box, label, shape, size } from './support.ts';
import type { Geometry } from '../../../src-main/ipc/contract/shapes.ts';

const turned: Geometry = {
  kind: 'rotated-box',
  centerX: 500,
  centerY: 400,
  width: 200,
  height: 100,
  angleDegrees: 0,
};
const triangle: Geometry = {
  kind: 'polygon',
  points: [
    [100, 100],
    [300, 100],
    [200, 300],
  ],
};

function created(bench: Bench): Geometry[] {
  return bench.host.calls.flatMap((call) => (call.name === 'create' ? [call.geometry] : []));
}

function changed(bench: Bench): Geometry[] {
  return bench.host.calls.flatMap((call) =>
    call.name === 'change' ? call.edits.map(({ geometry }) => geometry) : [],
  );
}

function key(bench: Bench, name: string, modifiers: { shift?: boolean; mod?: boolean } = {}) {
  const { shift = false, mod = false } = modifiers;
  return new Keyboard(bench.editor).press({ key: name, alt: false, shift, mod });
}

describe('select', () => {
  const shapes = [
    shape(1, box(100, 100, 400, 300)),
    shape(2, box(200, 200, 50, 50)),
    shape(3, box(600, 500, 100, 100), { isLocked: true }),
    shape(4, box(800, 500, 100, 100), { isHidden: true }),
  ];

  it('takes the smaller of two that hold the pointer, and the edge before both', () => {
    const bench = new Bench(shapes);
    bench.click(225, 225);
    expect([...bench.editor.scene.selection]).toEqual([2]);
    bench.click(100, 250);
    expect([...bench.editor.scene.selection]).toEqual([1]);
    bench.click(700, 100);
    expect([...bench.editor.scene.selection]).toEqual([]);
    bench.click(850, 550);
    expect([...bench.editor.scene.selection]).toEqual([]);
  });

  it('adds and removes with Shift, and takes what a marquee touches', () => {
    const bench = new Bench(shapes);
    bench.click(225, 225);
    bench.click(400, 350, { shift: true });
    expect([...bench.editor.scene.selection].sort()).toEqual([1, 2]);
    bench.click(225, 225, { shift: true });
    expect([...bench.editor.scene.selection]).toEqual([1]);
    bench.drag([950, 700], [450, 350]);
    expect([...bench.editor.scene.selection].sort()).toEqual([1, 3]);
  });

  it('writes a drag once, at its end, and keeps it in the picture', () => {
    const bench = new Bench(shapes);
    bench.drag([225, 225], [5000, 225], { alt: false });
    expect(changed(bench)).toEqual([box(950, 200, 50, 50)]);
  });

  it('drags the selection even from under something smaller', () => {
    const bench = new Bench(shapes);
    bench.editor.setSelection([1]);
    bench.drag([225, 225], [235, 335]);
    expect(changed(bench)).toEqual([box(110, 210, 400, 300)]);
  });

  it('drags copies with Alt, and the originals stay', () => {
    const bench = new Bench(shapes);
    bench.drag([225, 225], [305, 225], { alt: true });
    expect(bench.host.writes).toEqual([
      { name: 'duplicate', key: 'first', edits: [{ id: 2, geometry: box(280, 200, 50, 50) }] },
    ]);
  });

  it('does not move what is locked, and says so when keys would', () => {
    const bench = new Bench(shapes);
    bench.click(650, 550);
    expect([...bench.editor.scene.selection]).toEqual([3]);
    bench.drag([650, 550], [690, 590]);
    bench.editor.setSelection([3]);
    expect(key(bench, 'arrowleft')).toBe(false);
    expect(key(bench, 'delete')).toBe(true);
    expect(bench.host.writes).toEqual([]);
    const refusals = bench.host.calls.filter(({ name }) => name === 'refused');
    expect(refusals).toHaveLength(2);
  });

  it('a cancelled drag leaves everything as it was', () => {
    const bench = new Bench(shapes);
    bench.press(225, 225);
    bench.move(300, 300);
    expect(key(bench, 'escape')).toBe(true);
    bench.release(300, 300);
    expect(bench.host.writes).toEqual([]);
    expect(bench.editor.preview).toBeNull();
  });

  it('snaps to the sides of others unless Alt is held', () => {
    const bench = new Bench([shape(1, box(100, 100, 100, 100)), shape(2, box(400, 400, 50, 50))]);
    bench.drag([425, 425], [229, 425]);
    expect(changed(bench)).toEqual([box(200, 400, 50, 50)]);
  });

  it('draws the shapes that stand still once in a drag', () => {
    const bench = new Bench(shapes);
    bench.press(225, 225);
    bench.move(240, 240);
    const before = bench.redrawn.length;
    for (let i = 0; i < 20; i++) bench.move(240 + i, 240);
    expect(new Set(bench.redrawn.slice(before))).toEqual(new Set(['overlay']));
  });
});

describe('handles', () => {
  it('resize, turn, and snap what they move', () => {
    const bench = new Bench([shape(1, turned), shape(2, box(100, 700, 50, 50))]);
    bench.editor.setSelection([1]);
    bench.drag([600, 450], [650, 480]);
    expect(changed(bench)[0]).toMatchObject({ width: 250, height: 130, angleDegrees: 0 });
    const next = new Bench([shape(1, turned)]);
    next.editor.setSelection([1]);
    next.drag([500, 324], [700, 404], { shift: true });
    expect(changed(next)[0]).toMatchObject({ centerX: 500, angleDegrees: 90 });
  });

  it('move corners, make new ones, and Alt removes them', () => {
    const bench = new Bench([
      shape(1, { kind: 'polygon', points: [...triangle.points, [100, 200]] }),
    ]);
    bench.editor.setSelection([1]);
    bench.drag([300, 100], [320, 90]);
    expect(changed(bench)[0]).toMatchObject({ points: { 1: [320, 90] } });
    bench.drag([210, 95], [210, 60]);
    expect(changed(bench)[1]).toMatchObject({ points: { 1: [210, 60], length: 5 } });
    bench.click(210, 60, { alt: true });
    expect(changed(bench)[2]).toMatchObject({ points: { 1: [320, 90], length: 4 } });
  });

  it('of the selected shape are live while a box is drawn', () => {
    const bench = new Bench([shape(1, box(100, 100, 200, 200))], 'box');
    bench.editor.setSelection([1]);
    bench.drag([300, 300], [350, 340]);
    expect(created(bench)).toEqual([]);
    expect(changed(bench)).toEqual([box(100, 100, 250, 240)]);
  });

  it('let Delete remove the corner that was clicked, then the shape', () => {
    const bench = new Bench([
      shape(1, { kind: 'polygon', points: [...triangle.points, [100, 200]] }),
    ]);
    bench.editor.setSelection([1]);
    bench.click(300, 100);
    expect(key(bench, 'delete')).toBe(true);
    expect(changed(bench)[0]).toMatchObject({ points: { length: 3 } });
    expect(key(bench, 'delete')).toBe(true);
    expect(bench.host.writes.at(-1)).toEqual({ name: 'remove', key: 'first', ids: [1] });
  });
});

describe('box', () => {
  it('is dragged either way, clamped to the picture, and a click makes none', () => {
    const bench = new Bench([], 'box');
    bench.drag([300, 300], [200, 150]);
    bench.drag([900, 700], [2000, 2000]);
    bench.click(50, 50);
    expect(created(bench)).toEqual([box(200, 150, 100, 150), box(900, 700, 100, 100)]);
  });

  it('is a square with Shift', () => {
    const bench = new Bench([], 'box');
    bench.drag([300, 300], [260, 200], { shift: true });
    bench.drag([950, 300], [990, 700], { shift: true });
    expect(created(bench)).toEqual([box(200, 200, 100, 100), box(950, 300, 50, 50)]);
  });
});

describe('rotated box', () => {
  it('is dragged upright, or set by three clicks', () => {
    const bench = new Bench([], 'rotated-box');
    bench.drag([100, 100], [300, 200]);
    expect(created(bench)[0]).toEqual({ ...turned, centerX: 200, centerY: 150 });
    bench.click(500, 500);
    bench.click(500, 300);
    bench.click(560, 350);
    expect(created(bench)[1]).toEqual({
      kind: 'rotated-box',
      centerX: 530,
      centerY: 400,
      width: 200,
      height: 60,
      angleDegrees: -90,
    });
  });

  it('lies on the side where the third click is', () => {
    const above = boxOnSide({ x: 0, y: 0 }, { x: 10, y: 0 }, { x: 3, y: -4 });
    expect(above).toMatchObject({ centerX: 5, centerY: -2, width: 10, height: 4 });
  });
});

describe('polygon', () => {
  function begin(): Bench {
    const bench = new Bench([], 'polygon');
    bench.click(100, 100);
    bench.click(300, 100);
    bench.click(200, 300);
    return bench;
  }

  it('closes by Enter, by a double click and at its first corner', () => {
    const byEnter = begin();
    expect(key(byEnter, 'enter')).toBe(true);
    const byDouble = begin();
    byDouble.press(200, 300, { clicks: 2 });
    byDouble.release(200, 300);
    const byCorner = begin();
    byCorner.click(104, 103);
    expect([byEnter, byDouble, byCorner].map(created)).toEqual([
      [triangle],
      [triangle],
      [triangle],
    ]);
  });

  it('takes corners back, and two are too few', () => {
    const bench = begin();
    expect(key(bench, 'backspace')).toBe(true);
    expect(key(bench, 'enter')).toBe(true);
    expect(created(bench)).toEqual([]);
    expect(bench.editor.isBusy).toBe(false);
  });

  it('is given up by Escape, and kept by another tool', () => {
    const bench = begin();
    key(bench, 'escape');
    expect(bench.editor.commit()).toBe(false);
    const other = begin();
    other.editor.setTool('select');
    expect(created(other)).toEqual([triangle]);
  });

  it('has sides at multiples of 45 degrees with Shift', () => {
    const bench = new Bench([], 'polygon');
    bench.click(100, 100);
    bench.click(300, 110, { shift: true });
    bench.click(300, 300);
    key(bench, 'enter');
    const [geometry] = created(bench);
    expect(geometry?.kind === 'polygon' && geometry.points[1]?.[1]).toBe(100);
  });
});

describe('freehand and point', () => {
  it('draw a line with no more points than it needs', () => {
    const bench = new Bench([], 'freehand');
    bench.press(100, 100);
    for (let i = 1; i <= 100; i++) bench.move(100 + i, 100);
    for (let i = 1; i <= 100; i++) bench.move(200, 100 + i);
    bench.release(200, 200);
    bench.click(300, 300);
    expect(created(bench)).toEqual([
      {
        kind: 'freehand',
        points: [
          [100, 100],
          [200, 100],
          [200, 200],
        ],
      },
    ]);
  });

  it('put a point where the pointer is let go', () => {
    const bench = new Bench([], 'point');
    bench.drag([100, 100], [130, 140]);
    expect(created(bench)).toEqual([{ kind: 'point', x: 130, y: 140 }]);
  });
});

describe('skeleton', () => {
  const joints = ['head', 'hand', 'foot', 'tail'];
  const labels = [label(1), label(2, { skeleton: { joints, bones: [[0, 1]] } })];

  function begin(): Bench {
    const bench = new Bench([], 'skeleton');
    bench.editor.setLabels(labels);
    bench.editor.setSettings({ activeLabelId: 2 });
    return bench;
  }

  it('sets joints in order: visible, hidden, absent', () => {
    const bench = begin();
    bench.click(100, 100);
    bench.click(150, 100, { shift: true });
    key(bench, 'n');
    key(bench, 'h');
    bench.click(200, 250);
    expect(created(bench)).toEqual([
      {
        kind: 'skeleton',
        points: [
          { x: 100, y: 100, visibility: 2 },
          { x: 150, y: 100, visibility: 1 },
          { x: 0, y: 0, visibility: 0 },
          { x: 200, y: 250, visibility: 1 },
        ],
      },
    ]);
  });

  it('takes joints back and ends early', () => {
    const bench = begin();
    bench.click(100, 100);
    bench.click(150, 150);
    key(bench, 'backspace');
    key(bench, 'enter');
    const [geometry] = created(bench);
    const seen = geometry?.kind === 'skeleton' && geometry.points.map((p) => p.visibility);
    expect(seen).toEqual([2, 0, 0, 0]);
  });

  it('needs a label that has one', () => {
    const bench = begin();
    bench.editor.setSettings({ activeLabelId: 1 });
    bench.click(100, 100);
    expect(bench.host.calls).toEqual([{ name: 'refused', key: 'first', why: 'no-skeleton' }]);
  });
});

describe('brush and eraser', () => {
  function paint(): Bench {
    const bench = new Bench([], 'brush');
    bench.editor.setSettings({ brushRadius: 10 });
    bench.drag([100, 100], [200, 100]);
    return bench;
  }

  it('begin a mask, go on with the selected one, and Alt takes away', () => {
    const bench = paint();
    const [mask] = created(bench);
    expect(mask).toMatchObject({ kind: 'mask', x: 90, y: 90, width: 120, height: 20 });
    if (mask === undefined) return;
    bench.editor.setShapes('first', [shape(9, mask)]);
    bench.editor.setSelection([9]);
    bench.drag([150, 100], [150, 200]);
    expect(changed(bench)[0]).toMatchObject({ x: 90, y: 90, width: 120, height: 120 });
    bench.drag([150, 150], [150, 200], { alt: true });
    expect(bench.host.writes).toHaveLength(3);
  });

  it('erase the mask under the pointer, and remove it with its last pixel', () => {
    const bench = paint();
    const [mask] = created(bench);
    if (mask === undefined) return;
    bench.editor.setShapes('first', [shape(9, mask)]);
    bench.editor.setTool('eraser');
    bench.click(300, 300);
    expect(bench.host.calls.at(-1)).toMatchObject({ why: 'no-mask' });
    bench.drag([200, 100], [205, 100]);
    expect(changed(bench)).toHaveLength(1);
    bench.editor.setSettings({ brushRadius: 30 });
    bench.drag([100, 100], [200, 100]);
    expect(bench.host.writes.at(-1)).toEqual({ name: 'remove', key: 'first', ids: [9] });
  });
});

describe('keys', () => {
  const shapes = [1, 2, 3].map((id) => shape(id, box(id * 100, 100, 50, 50)));

  it('go through the shapes and leave after Escape', () => {
    const bench = new Bench(shapes);
    const keyboard = new Keyboard(bench.editor);
    const press = (name: string, shift = false) =>
      keyboard.press({ key: name, shift, alt: false, mod: false });
    const selected = ['tab', 'tab', 'tab', 'tab'].map((name) => {
      press(name);
      return [...bench.editor.scene.selection][0];
    });
    expect(selected).toEqual([1, 2, 3, 1]);
    press('tab', true);
    expect([...bench.editor.scene.selection]).toEqual([3]);
    expect(press('escape')).toBe(true);
    expect(press('escape')).toBe(false);
    expect(press('tab')).toBe(false);
    keyboard.reset();
    expect(press('tab')).toBe(true);
  });

  it('nudge in one change, up to the edge of the picture', () => {
    const bench = new Bench(shapes);
    bench.editor.setSelection([1]);
    for (let i = 0; i < 12; i++) key(bench, 'arrowup', { shift: true });
    key(bench, 'arrowright');
    expect(bench.host.writes).toEqual([]);
    bench.editor.settleNudge();
    expect(changed(bench)).toEqual([box(101, 0, 50, 50)]);
    key(bench, 'arrowup');
    bench.editor.settleNudge();
    expect(changed(bench)).toHaveLength(1);
  });

  it('select and remove everything that is not locked', () => {
    const bench = new Bench([...shapes, shape(4, box(10, 10, 9, 9), { isLocked: true })]);
    key(bench, 'a', { mod: true });
    key(bench, 'delete');
    expect(bench.host.writes).toEqual([{ name: 'remove', key: 'first', ids: [1, 2, 3] }]);
  });

  it('mean nothing without a picture', () => {
    const bench = new Bench(shapes);
    bench.editor.setScene(null, size, []);
    expect(['tab', 'delete', '+', 'arrowup'].map((name) => key(bench, name))).toEqual([
      false,
      false,
      false,
      false,
    ]);
  });
});
