import { describe, expect, it } from 'vitest';
import { PictureSlot } from '../../../src-renderer/canvas/picture.ts';
import { Bench, box, shape, size } from './support.ts';
import type { ToolId } from '../../../src-renderer/canvas/tools/tool.ts';

const other = [shape(1, box(500, 500, 50, 50)), shape(2, box(700, 500, 50, 50))];

describe('a gesture belongs to the scene that it began in', () => {
  it('writes nothing when the scene is replaced in the middle of a drag', () => {
    const bench = new Bench([shape(1, box(100, 100, 200, 200))]);
    bench.press(200, 200);
    bench.move(300, 300);
    expect(bench.editor.preview?.edits).toHaveLength(1);
    bench.editor.setScene('second', size, other);
    expect(bench.editor.preview).toBeNull();
    expect(bench.editor.isBusy).toBe(false);
    bench.move(320, 320);
    bench.release(340, 340);
    expect(bench.host.writes).toEqual([]);
    expect(bench.editor.scene.shape(1)?.geometry).toEqual(box(500, 500, 50, 50));
  });

  it.each<[ToolId, (bench: Bench) => void]>([
    ['box', (bench) => bench.press(10, 10)],
    ['rotated-box', (bench) => bench.click(10, 10)],
    ['polygon', (bench) => [10, 60, 90].forEach((x) => bench.click(x, x * x * 0.01 + 200))],
    ['freehand', (bench) => bench.press(10, 10)],
    ['point', (bench) => bench.press(10, 10)],
    ['brush', (bench) => bench.press(10, 10)],
  ])('drops what the %s tool has begun', (tool, begin) => {
    const bench = new Bench([], tool);
    begin(bench);
    bench.move(80, 120);
    expect(bench.editor.isBusy).toBe(true);
    bench.editor.setScene('second', size, other);
    expect(bench.editor.isBusy).toBe(false);
    bench.release(80, 120);
    bench.editor.commit();
    expect(bench.host.writes).toEqual([]);
  });

  it('writes to the new scene from the next press on', () => {
    const bench = new Bench([], 'box');
    bench.press(10, 10);
    bench.editor.setScene('second', size, other);
    bench.release(80, 120);
    bench.drag([100, 100], [200, 200]);
    expect(bench.host.writes).toEqual([
      { name: 'create', key: 'second', geometry: box(100, 100, 100, 100) },
    ]);
  });

  it('writes nudges that wait to the scene that they were made in', () => {
    const bench = new Bench([shape(1, box(100, 100, 200, 200))]);
    bench.editor.setSelection([1]);
    bench.editor.nudge(1, 0);
    bench.editor.nudge(1, 0);
    expect(bench.host.writes).toEqual([]);
    bench.editor.setScene('second', size, other);
    expect(bench.host.writes).toEqual([
      { name: 'change', key: 'first', edits: [{ id: 1, geometry: box(102, 100, 200, 200) }] },
    ]);
    expect(bench.editor.scene.shape(1)?.geometry).toEqual(box(500, 500, 50, 50));
  });

  it('goes on when only the shapes of the same scene are replaced', () => {
    const before = shape(1, box(100, 100, 200, 200));
    const bench = new Bench([before]);
    bench.press(200, 200);
    bench.move(250, 250, { alt: true });
    bench.editor.setShapes('first', [before, ...other.slice(1)]);
    bench.release(250, 250, { alt: true });
    expect(bench.host.writes).toEqual([
      { name: 'change', key: 'first', edits: [{ id: 1, geometry: box(150, 150, 200, 200) }] },
    ]);
  });

  it('ends when the shape that it moves is removed', () => {
    const bench = new Bench([shape(1, box(100, 100, 200, 200))]);
    bench.press(200, 200);
    bench.move(250, 250);
    bench.editor.setShapes('first', []);
    expect(bench.editor.isBusy).toBe(false);
    bench.release(250, 250);
    expect(bench.host.writes).toEqual([]);
  });

  it('drops shapes that come late for an earlier scene', () => {
    const bench = new Bench([shape(1, box(100, 100, 200, 200))]);
    bench.editor.setScene('second', size, other);
    expect(bench.editor.setShapes('first', [])).toBe(false);
    expect(bench.editor.scene.shapes.map(({ id }) => id)).toEqual([1, 2]);
    expect(bench.editor.setShapes('second', [])).toBe(true);
    expect(bench.editor.scene.shapes).toEqual([]);
  });
});

describe('a write that is under way', () => {
  const moved = box(150, 150, 200, 200);

  function moveBox(answer: () => void | Promise<unknown>): Bench {
    const bench = new Bench([shape(1, box(100, 100, 200, 200))]);
    bench.host.answer = answer;
    bench.drag([200, 200], [250, 250], { alt: false });
    return bench;
  }

  it('shows until the host has stored it, whatever shapes come meanwhile', async () => {
    let done = (): void => undefined;
    const bench = moveBox(() => new Promise<void>((resolve) => (done = resolve)));
    expect(bench.editor.scene.shape(1)?.geometry).toEqual(moved);
    bench.editor.setShapes('first', [shape(1, box(100, 100, 200, 200)), ...other.slice(1)]);
    expect(bench.editor.scene.shape(1)?.geometry).toEqual(moved);
    bench.editor.setShapes('first', [shape(1, moved)]);
    done();
    await Promise.resolve();
    expect(bench.editor.scene.shape(1)?.geometry).toEqual(moved);
  });

  it('is taken back when the host refuses it', async () => {
    const bench = moveBox(() => Promise.reject(new Error('disk full')));
    expect(bench.editor.scene.shape(1)?.geometry).toEqual(moved);
    await new Promise((resolve) => setTimeout(resolve, 0));
    expect(bench.editor.scene.shape(1)?.geometry).toEqual(box(100, 100, 200, 200));
  });

  it('does not reach into the next scene', async () => {
    let done = (): void => undefined;
    const bench = moveBox(() => new Promise<void>((resolve) => (done = resolve)));
    bench.editor.setScene('second', size, other);
    done();
    await Promise.resolve();
    expect(bench.editor.scene.shape(1)?.geometry).toEqual(box(500, 500, 50, 50));
  });

  it('shows a new shape until the host has made it', () => {
    const bench = new Bench([], 'box');
    bench.drag([100, 100], [200, 200]);
    expect(bench.editor.ghosts.map(({ geometry }) => geometry)).toEqual([box(100, 100, 100, 100)]);
    bench.editor.setShapes('first', [shape(1, box(100, 100, 100, 100))]);
    expect(bench.editor.ghosts).toEqual([]);
  });
});

describe('pictures', () => {
  class Picture {
    isReleased = false;
    release(): void {
      this.isReleased = true;
    }
  }

  it('that come late for an earlier key are given back unseen', async () => {
    const shown: (Picture | null)[] = [];
    const slot = new PictureSlot<Picture>(
      (picture) => shown.push(picture),
      () => undefined,
    );
    let arrive: (picture: Picture) => void = () => undefined;
    slot.set(new Promise<Picture>((resolve) => (arrive = resolve)));
    const second = new Picture();
    slot.set(second);
    const late = new Picture();
    arrive(late);
    await new Promise((resolve) => setTimeout(resolve, 0));
    expect(slot.picture).toBe(second);
    expect(shown).toEqual([second]);
    expect([late.isReleased, second.isReleased]).toEqual([true, false]);
  });

  it('are given back when another takes their place, and failures of earlier ones are nobody’s', async () => {
    const failures: unknown[] = [];
    const slot = new PictureSlot<Picture>(
      () => undefined,
      (error) => failures.push(error),
    );
    const first = new Picture();
    slot.set(first);
    slot.set(Promise.reject(new Error('earlier')));
    expect(first.isReleased).toBe(true);
    slot.set(null);
    await new Promise((resolve) => setTimeout(resolve, 0));
    expect(failures).toEqual([]);
    slot.set(Promise.reject(new Error('now')));
    await new Promise((resolve) => setTimeout(resolve, 0));
    expect(failures).toEqual([new Error('now')]);
  });
});
