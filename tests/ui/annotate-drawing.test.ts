import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import type { Geometry, Shape } from '../../src-main/ipc/contract/shapes.ts';
import {
  size,
  near,
  two,
  rows,
  close,
  at,
  chain,
  leftOf,
  only,
} from './support/annotate-fixtures.ts';
import { Annotating, eventually } from './support/annotating.ts';
import { useApp } from './support/app.ts';
import { clickAll, draw, press } from './support/input.ts';
import { makeImage } from './support/media.ts';

const ui = useApp();

interface Point {
  readonly x: number;
  readonly y: number;
}

interface Drawing {
  readonly key: string;
  readonly draw: (a: Annotating) => Promise<void>;
  readonly check: (geometry: Geometry) => void;
}

const drawings: Readonly<Record<string, Drawing>> = {
  box: {
    key: 'b',
    draw: async (a) =>
      draw(
        a.page,
        await at(a, [
          [100, 60],
          [220, 150],
        ]),
      ),
    check: (geometry) => {
      if (geometry.kind !== 'box') throw new Error(geometry.kind);
      close(geometry.x, 100);
      close(geometry.y, 60);
      close(geometry.width, 120);
      close(geometry.height, 90);
    },
  },
  'rotated-box': {
    key: 'r',
    draw: async (a) => {
      // Both ends of a side, then how far it reaches.
      await clickAll(
        a.page,
        await at(a, [
          [120, 100],
          [200, 160],
          [170, 200],
        ]),
      );
    },
    check: (geometry) => {
      if (geometry.kind !== 'rotated-box') throw new Error(geometry.kind);
      close(geometry.width, 100);
      close(geometry.angleDegrees, 36.87);
      close(geometry.height, 50);
    },
  },
  polygon: {
    key: 'p',
    draw: async (a) => {
      await clickAll(
        a.page,
        await at(a, [
          [60, 60],
          [180, 80],
          [120, 200],
        ]),
      );
      await press(a.page, 'Enter');
    },
    check: (geometry) => {
      if (geometry.kind !== 'polygon') throw new Error(geometry.kind);
      expect(geometry.points).toHaveLength(3);
      close(geometry.points[1]?.[0], 180);
      close(geometry.points[2]?.[1], 200);
    },
  },
  freehand: {
    key: 'f',
    draw: async (a) =>
      draw(
        a.page,
        await at(a, [
          [50, 250],
          [150, 220],
          [260, 280],
        ]),
        12,
      ),
    check: (geometry) => {
      if (geometry.kind !== 'freehand') throw new Error(geometry.kind);
      close(geometry.points[0]?.[0], 50);
      close(geometry.points.at(-1)?.[0], 260);
      close(geometry.points.at(-1)?.[1], 280);
    },
  },
  point: {
    key: 'd',
    draw: async (a) => clickAll(a.page, await at(a, [[240, 160]])),
    check: (geometry) => {
      if (geometry.kind !== 'point') throw new Error(geometry.kind);
      close(geometry.x, 240);
      close(geometry.y, 160);
    },
  },
  skeleton: {
    key: 'k',
    draw: async (a) => {
      await clickAll(
        a.page,
        await at(a, [
          [100, 100],
          [160, 140],
        ]),
      );
      // The third joint is not in the picture.
      await press(a.page, 'Enter');
    },
    check: (geometry) => {
      if (geometry.kind !== 'skeleton') throw new Error(geometry.kind);
      expect(geometry.points.map(({ visibility }) => visibility)).toEqual([2, 2, 0]);
      close(geometry.points[1]?.x, 160);
    },
  },
  brush: {
    key: 'm',
    draw: async (a) =>
      draw(
        a.page,
        await at(a, [
          [200, 200],
          [300, 200],
        ]),
        10,
      ),
    check: (geometry) => {
      if (geometry.kind !== 'mask') throw new Error(geometry.kind);
      close(geometry.x + geometry.width / 2, 250);
      close(geometry.y + geometry.height / 2, 200);
      close(geometry.width, 132);
      close(geometry.height, 32);
    },
  },
};

describe('drawing', () => {
  it.each(Object.keys(drawings))('%s: draw, move, undo, redo, reload', async (name) => {
    const { key, draw: drawIt, check } = drawings[name] as Drawing;
    const a = await Annotating.start(ui, two);
    const [item = 0, other = 0] = a.itemIds;
    const labelId = await a.createLabel('joint', 2, chain);
    await a.open(item);
    await a.page.getByRole('button', { name: 'joint', exact: true }).waitFor();
    await press(a.page, '1', key);
    await drawIt(a);
    const drawn = await only(a, item);
    check(drawn.geometry);
    expect(drawn).toMatchObject({ labelId, source: 'person', isDraft: false });

    // By keyboard alone: the mark that was drawn is selected.
    await rows(a.page).filter({ hasText: 'joint' }).waitFor();
    await press(a.page, 'v', 'Shift+ArrowRight', 'ArrowRight', 'ArrowLeft', 'ArrowRight');
    const left = async (): Promise<number> => leftOf((await only(a, item)).geometry);
    await eventually(left).toBeCloseTo(leftOf(drawn.geometry) + 11, 1);
    const moved = await only(a, item);
    await press(a.page, 'Control+z');
    await eventually(left).toBeCloseTo(leftOf(drawn.geometry), 1);
    expect((await only(a, item)).geometry).toEqual(drawn.geometry);
    await press(a.page, 'Control+z');
    await a.shapesOnce(item, 0);
    await eventually(() => rows(a.page).count()).toBe(0);
    await press(a.page, 'Control+Shift+z', 'Control+Shift+z');
    await eventually(left).toBeCloseTo(leftOf(moved.geometry), 1);
    expect(await only(a, item)).toEqual(moved);

    await a.page.reload();
    await rows(a.page).filter({ hasText: 'joint' }).waitFor();
    expect(await only(a, item)).toEqual(moved);
    expect(await a.shapes(other)).toEqual([]);
  });

  it('the eraser takes away from a mask, and undo gives it back', async () => {
    const a = await Annotating.start(ui, two);
    const [item = 0] = a.itemIds;
    await a.open(item);
    await press(a.page, 'm');
    await draw(
      a.page,
      await at(a, [
        [200, 200],
        [300, 200],
      ]),
      10,
    );
    const whole = await only(a, item);
    await press(a.page, 'Escape', 'e');
    await draw(
      a.page,
      await at(a, [
        [250, 200],
        [250, 240],
      ]),
      10,
    );
    const inside = ({ geometry }: Shape): number =>
      geometry.kind === 'mask'
        ? geometry.counts.reduce((sum, count, run) => sum + (run % 2 === 1 ? count : 0), 0)
        : NaN;
    await eventually(async () => inside(await only(a, item))).toBeLessThan(inside(whole) * 0.9);
    await press(a.page, 'Control+z');
    await eventually(async () => inside(await only(a, item))).toBe(inside(whole));
  });

  it('Ctrl+Z takes back the last corner while a polygon is drawn', async () => {
    const a = await Annotating.start(ui, two);
    const [item = 0] = a.itemIds;
    await a.open(item);
    await press(a.page, 'p');
    await clickAll(
      a.page,
      await at(a, [
        [60, 60],
        [180, 80],
        [120, 200],
        [20, 300],
      ]),
    );
    await press(a.page, 'Control+z', 'Enter');
    expect((await only(a, item)).geometry).toMatchObject({ points: { length: 3 } });
  });

  it('has coordinates of the upright picture where EXIF turns it', async () => {
    const a = await Annotating.start(ui, async (folder) => [
      (await makeImage(folder, 1, 'turned.jpg')).path,
    ]);
    const [item = 0] = a.itemIds;
    await a.open(item);
    await a.page.getByText('480 × 320').waitFor();
    await press(a.page, 'b');
    await draw(
      a.page,
      await at(a, [
        [300, 40],
        [460, 300],
      ]),
    );
    const { geometry } = await only(a, item);
    expect(geometry).toMatchObject({ x: near(300), y: near(40), width: near(160) });
    // What is drawn is upright too: the corner that is red in every test picture is at the top left.
    const corner = await a.at(size, 12, 12);
    const clip = { x: corner.x, y: corner.y, width: 2, height: 2 };
    const { channels } = await sharp(await a.page.screenshot({ clip })).stats();
    const [red = 0, green = 255, blue = 255] = channels.map(({ mean }) => mean);
    expect(red - Math.max(green, blue)).toBeGreaterThan(100);
  });

  it('is in the store when the core is killed right after it', async () => {
    const a = await Annotating.start(ui, two);
    const [item = 0] = a.itemIds;
    await a.open(item);
    await press(a.page, 'b');
    await draw(
      a.page,
      await at(a, [
        [100, 60],
        [220, 150],
      ]),
    );
    await rows(a.page).first().waitFor();
    const { folder } = await a.rpc.call<{ folder: string }>('project.current');
    await a.app.killCore();
    await a.app.startCore();
    const rpc = await a.app.rpc();
    await rpc.call('project.open', { folder });
    const shapes = await rpc.call<Shape[]>('annotation.shapes', { itemId: item });
    expect(shapes).toHaveLength(1);
    expect(shapes[0]?.geometry).toMatchObject({ kind: 'box', x: near(100), y: near(60) });
  });

  it('one finger draws; two move and stretch the picture; beside a pen none does anything', async () => {
    const a = await Annotating.start(ui, two);
    const [item = 0] = a.itemIds;
    await a.open(item);
    await press(a.page, 'b');
    const [from, to, left, right] = await at(a, [
      [100, 60],
      [220, 150],
      [200, 160],
      [280, 160],
    ]);
    if (!from || !to || !left || !right) throw new Error('no places');
    const screen = await a.page.context().newCDPSession(a.page);
    const touch = async (type: 'Start' | 'Move' | 'End', ...points: Point[]): Promise<void> => {
      const touchPoints = points.map(({ x, y }, id) => ({ x, y, id }));
      await screen.send('Input.dispatchTouchEvent', { type: `touch${type}`, touchPoints });
    };
    await touch('Start', from);
    await touch('Move', { x: (from.x + to.x) / 2, y: (from.y + to.y) / 2 });
    await touch('Move', to);
    await touch('End');
    const [shape] = await a.shapesOnce(item, 1);
    drawings['box']?.check(shape?.geometry as Geometry);

    const zoom = (): Promise<string> => a.page.locator('button.zoom').innerText();
    const before = await zoom();
    await touch('Start', left);
    await touch('Start', left, right);
    for (const far of [10, 30, 60]) {
      await touch('Move', { x: left.x - far, y: left.y }, { x: right.x + far, y: right.y });
    }
    await touch('End');
    await eventually(zoom).not.toBe(before);
    expect(await a.shapes(item)).toHaveLength(1);

    await a.page.getByRole('button', { name: 'Fit the picture' }).click();
    await eventually(zoom).toBe(before);

    // A pen draws, whatever the hand that holds it touches: before, meanwhile, and just after.
    const [begin, end, palm] = await at(a, [
      [20, 20],
      [60, 45],
      [45, 30],
    ]);
    if (!begin || !end || !palm) throw new Error('no places');
    const pen = async (type: 'Pressed' | 'Moved' | 'Released', { x, y }: Point): Promise<void> => {
      const held = { button: 'left', buttons: type === 'Released' ? 0 : 1, clickCount: 1 } as const;
      const tip = { pointerType: 'pen', force: 0.4 } as const;
      await screen.send('Input.dispatchMouseEvent', {
        type: `mouse${type}`,
        x,
        y,
        ...held,
        ...tip,
      });
    };
    await touch('Start', palm);
    await pen('Pressed', begin);
    await touch('Move', { x: palm.x + 9, y: palm.y });
    await pen('Moved', palm);
    await touch('End');
    await touch('Start', { x: palm.x + 20, y: palm.y + 20 });
    await pen('Moved', end);
    await touch('Move', { x: palm.x + 40, y: palm.y + 30 });
    await pen('Released', end);
    await touch('End');
    await touch('Start', palm);
    await touch('Move', end);
    await touch('End');
    const drawn = (await a.shapesOnce(item, 2)).at(-1)?.geometry;
    expect(drawn).toMatchObject({ kind: 'box', x: near(20), y: near(20) });
    expect(drawn).toMatchObject({ width: near(40), height: near(25) });
  });
});
