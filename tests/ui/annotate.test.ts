import { rmSync } from 'node:fs';
import type { Locator, Page } from 'playwright-core';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import type { Geometry, Label, Shape } from '../../src-main/ipc/contract/shapes.ts';
import { Annotating, eventually } from './support/annotating.ts';
import { useApp } from './support/app.ts';
import { clickAll, draw, press } from './support/input.ts';
import { makeClip, makeImage, makeLargeImage } from './support/media.ts';
import { screenshot } from './support/screenshot.ts';

const ui = useApp();
/** Of the pictures that makeImage writes. */
const size = { width: 480, height: 320 };
/** A press is aimed at whole pixels of the window, which are parts of a pixel of the picture. */
const near = (value: number, by = 0.8) => expect.closeTo(value, by >= 1 ? -1 : 0) as number;

async function pictures(folder: string, count: number, kind = 'png'): Promise<string[]> {
  const made = [];
  for (let at = 1; at <= count; at += 1) made.push(await makeImage(folder, at, kind));
  return made.map(({ path }) => path);
}

const two = (folder: string): Promise<string[]> => pictures(folder, 2);
const marks = (page: Page): Locator => page.getByRole('listbox', { name: 'Marks' });
const rows = (page: Page): Locator => marks(page).getByRole('option');

/** What a press near (x, y) may come to. */
function close(actual: number | undefined, expected: number): void {
  expect(Math.abs((actual ?? Infinity) - expected)).toBeLessThan(1.5);
}

interface Drawing {
  readonly key: string;
  readonly draw: (a: Annotating) => Promise<void>;
  readonly check: (geometry: Geometry) => void;
}

const at = (a: Annotating, points: readonly (readonly [number, number])[]) =>
  a.places(size, points);

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

const chain = {
  skeleton: {
    joints: ['a', 'b', 'c'],
    bones: [
      [0, 1],
      [1, 2],
    ],
  },
};

/** Where a mark stands, so that a move shows. */
function leftOf(geometry: Geometry): number {
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

async function only(a: Annotating, itemId: number): Promise<Shape> {
  const [shape] = await a.shapesOnce(itemId, 1);
  if (shape === undefined) throw new Error('no mark');
  return shape;
}

describe('drawing', () => {
  it.each(Object.keys(drawings))('%s: draw, move, undo, redo, reload', async (name) => {
    const { key, draw: drawIt, check } = drawings[name] as Drawing;
    const a = await Annotating.start(ui, two);
    const [item = 0, other = 0] = a.itemIds;
    const labelId = await a.createLabel('joint', 2, chain);
    await a.open(item);
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
});

describe('marks', () => {
  it('are locked, hidden, ordered, duplicated and deleted by key', async () => {
    const a = await Annotating.start(ui, two);
    const [item = 0] = a.itemIds;
    const [low = 0, high = 0] = await a.add(item, [
      { kind: 'box', x: 20, y: 20, width: 100, height: 80 },
      { kind: 'box', x: 200, y: 100, width: 100, height: 80 },
    ]);
    await a.open(item);
    await rows(a.page).nth(1).waitFor();
    const order = async (): Promise<number[]> => (await a.shapes(item)).map(({ id }) => id);
    const shape = async (id: number): Promise<Shape | undefined> =>
      (await a.shapes(item)).find((one) => one.id === id);

    await press(a.page, 'Tab', 'PageUp');
    await eventually(order).toEqual([high, low]);
    await press(a.page, 'Control+[');
    await eventually(order).toEqual([low, high]);
    await press(a.page, 'l');
    await eventually(async () => (await shape(low))?.isLocked).toBe(true);
    await press(a.page, 'Delete', 'ArrowRight');
    await a.page.getByText('It is locked. Press L to unlock it.').first().waitFor();
    expect(await shape(low)).toMatchObject({ geometry: { x: 20 } });
    await press(a.page, 'l', 'h');
    await eventually(async () => (await shape(low))?.isHidden).toBe(true);
    await press(a.page, 'Alt+h');
    await eventually(async () => (await shape(low))?.isHidden).toBe(false);
    await press(a.page, 'Control+d');
    const [, , copy] = await a.shapesOnce(item, 3);
    expect(copy?.geometry).toMatchObject({ width: 100, height: 80 });
    await eventually(() => rows(a.page).first().getAttribute('aria-selected')).toBe('true');
    await press(a.page, 'Delete');
    await a.shapesOnce(item, 2);
    expect(await order()).toEqual([low, high]);
  });

  it('are copied across pictures with their coordinates, moved into a smaller one', async () => {
    const a = await Annotating.start(ui, async (folder) => [
      ...(await two(folder)),
      (await makeLargeImage(folder, { width: 1600, height: 1200 })).path,
    ]);
    const ids = await Promise.all(
      a.itemIds.map(async (id) => ({
        id,
        width: (await a.rpc.call<{ width: number }>('library.item', { itemId: id })).width,
      })),
    );
    const large = ids.find(({ width }) => width === 1600)?.id ?? 0;
    const [small = 0, other = 0] = ids.filter(({ width }) => width === 480).map(({ id }) => id);
    const labelId = await a.createLabel('nut', 3);
    await a.add(small, [{ kind: 'box', x: 40, y: 50, width: 60, height: 70 }], { labelId });
    await a.add(large, [{ kind: 'box', x: 1400, y: 1000, width: 100, height: 60 }]);

    await a.open(small);
    await rows(a.page).first().waitFor();
    await press(a.page, 'Control+a', 'Control+c');
    await a.open(other);
    await press(a.page, 'Control+v');
    expect(await only(a, other)).toMatchObject({
      labelId,
      geometry: { kind: 'box', x: 40, y: 50, width: 60, height: 70 },
    });
    expect(await a.shapes(small)).toHaveLength(1);

    await a.open(large);
    await rows(a.page).first().waitFor();
    await press(a.page, 'Control+a', 'Control+c');
    await a.open(other);
    await press(a.page, 'Control+v');
    const [, pasted] = await a.shapesOnce(other, 2);
    expect(pasted?.geometry).toEqual({ kind: 'box', x: 380, y: 260, width: 100, height: 60 });
  });

  it('follow what another window does, and the selection stays', async () => {
    const a = await Annotating.start(ui, two);
    const [item = 0] = a.itemIds;
    const [first = 0] = await a.add(item, [{ kind: 'box', x: 20, y: 20, width: 100, height: 80 }]);
    await a.open(item);
    await rows(a.page).first().waitFor();
    await press(a.page, 'Tab');
    await eventually(() => rows(a.page).first().getAttribute('aria-selected')).toBe('true');
    await a.add(item, [{ kind: 'point', x: 300, y: 200 }]);
    const geometry = { kind: 'box', x: 50, y: 30, width: 100, height: 80 };
    await a.rpc.call('annotation.change', {
      ...{ itemId: item, changes: [{ id: first, geometry }], act: 'Move box' },
    });
    await eventually(() => rows(a.page).count()).toBe(2);
    await eventually(() => rows(a.page).nth(1).getAttribute('aria-selected')).toBe('true');
    await press(a.page, 'ArrowRight');
    await eventually(
      async () => (await a.shapes(item)).find(({ id }) => id === first)?.geometry,
    ).toEqual({ ...geometry, x: 51 });
  });

  it('a refused edit is put back and said', async () => {
    const a = await Annotating.start(ui, two);
    const [item = 0] = a.itemIds;
    await a.add(item, [{ kind: 'box', x: 20, y: 20, width: 100, height: 80 }]);
    await a.page.routeWebSocket(/rpc/, (page) => {
      const core = page.connectToServer();
      page.onMessage((message) => {
        const { id, command } = JSON.parse(String(message)) as { id: number; command?: string };
        if (command !== 'annotation.change') return core.send(message);
        const error = { code: 'io/disk-full', message: 'The disk is full.' };
        page.send(JSON.stringify({ id, error }));
      });
    });
    await a.page.reload();
    await a.open(item);
    await rows(a.page).first().click();
    await a.page.getByRole('application').focus();
    await press(a.page, 'l');
    await a.page.getByText('Not saved, and put back: The disk is full.').waitFor();
    await rows(a.page).first().getByRole('button', { name: 'Lock', exact: true }).waitFor();
    expect(await only(a, item)).toMatchObject({ isLocked: false });
  });

  it('that are read too late are not shown on the next picture', async () => {
    const a = await Annotating.start(ui, two);
    const [first = 0, second = 0] = a.itemIds;
    await a.add(first, [{ kind: 'point', x: 20, y: 20 }]);
    await a.add(second, [
      { kind: 'point', x: 30, y: 30 },
      { kind: 'point', x: 60, y: 60 },
    ]);
    let answerLate = (): void => undefined;
    await a.page.routeWebSocket(/rpc/, (page) => {
      const core = page.connectToServer();
      const held = new Set<number>();
      page.onMessage((message) => {
        const frame = JSON.parse(String(message)) as {
          id: number;
          command?: string;
          input?: { itemId?: number };
        };
        if (frame.command === 'annotation.shapes' && frame.input?.itemId === first) {
          held.add(frame.id);
        }
        core.send(message);
      });
      core.onMessage((message) => {
        const { id } = JSON.parse(String(message)) as { id?: number };
        if (id === undefined || !held.has(id)) return page.send(message);
        answerLate = () => page.send(message);
      });
    });
    await a.page.reload();
    await a.open(first);
    await press(a.page, ']');
    await eventually(() => rows(a.page).count()).toBe(2);
    answerLate();
    await a.atRest();
    expect(await rows(a.page).count()).toBe(2);
    await press(a.page, 'Control+a', 'Delete');
    await a.shapesOnce(second, 0);
    expect(await a.shapes(first)).toHaveLength(1);
  });

  it('a thousand of them: the list holds only the lines in sight', async () => {
    const a = await Annotating.start(ui, two);
    const [item = 0] = a.itemIds;
    const many = Array.from({ length: 1000 }, (_, at): Geometry => ({
      kind: 'box',
      x: (at % 40) * 12,
      y: Math.floor(at / 40) * 12,
      width: 10,
      height: 10,
    }));
    await a.add(item, many);
    await a.open(item);
    await a.page.getByRole('heading', { name: 'Marks 1,000' }).waitFor();
    expect(await rows(a.page).count()).toBeLessThan(60);
    await press(a.page, 'Control+a', 'Shift+ArrowDown');
    await eventually(
      async () =>
        (await a.shapes(item)).filter(({ geometry }) => {
          return geometry.kind === 'box' && geometry.y % 12 === 10;
        }).length,
    ).toBe(1000);
  });
});

describe('going through items', () => {
  it('never shows or writes marks of one on another, however fast', async () => {
    const a = await Annotating.start(ui, (folder) => pictures(folder, 50));
    await a.open(a.itemIds[0] ?? 0);
    await press(a.page, 'b');
    const drawnOn = new Map<number, number>();
    for (let step = 0; step < a.itemIds.length; step += 1) {
      const here = Number((await a.page.evaluate(() => location.hash)).split('/').pop());
      if (step % 4 === 0) {
        // A box whose place says which item it was drawn on.
        const x = 10 + step * 8;
        const [from, to] = await at(a, [
          [x, 100],
          [x + 30, 150],
        ]);
        if (from === undefined || to === undefined) throw new Error('no places');
        await a.page.mouse.move(from.x, from.y);
        await a.page.mouse.down();
        await a.page.mouse.move(to.x, to.y);
        await a.page.mouse.up();
        drawnOn.set(here, x);
      }
      // No wait for anything: the next item comes while the box is on its way.
      await press(a.page, ']');
    }
    await a.atRest();
    const found = new Map<number, number>();
    for (const itemId of a.itemIds) {
      const shapes = await a.shapes(itemId);
      if (shapes.length > 0) expect(shapes).toHaveLength(1);
      const [shape] = shapes;
      if (shape?.geometry.kind === 'box') found.set(itemId, Math.round(shape.geometry.x / 8) * 8);
    }
    expect([...found.keys()].sort()).toEqual([...drawnOn.keys()].sort());
    for (const [itemId, x] of drawnOn)
      expect(Math.abs((found.get(itemId) ?? 0) - x)).toBeLessThan(8);

    // And back: each item shows its own marks alone.
    for (const itemId of a.itemIds.slice(0, 8)) {
      await a.open(itemId);
      await eventually(() => rows(a.page).count()).toBe(drawnOn.has(itemId) ? 1 : 0);
    }
  });

  it('a gesture that the next item interrupts is written nowhere', async () => {
    const a = await Annotating.start(ui, two);
    const [first = 0, second = 0] = a.itemIds;
    await a.open(first);
    await press(a.page, 'b');
    const [from, to] = await at(a, [
      [50, 50],
      [200, 200],
    ]);
    if (from === undefined || to === undefined) throw new Error('no places');
    await a.page.mouse.move(from.x, from.y);
    await a.page.mouse.down();
    await a.page.mouse.move(to.x, to.y, { steps: 3 });
    await press(a.page, ']');
    await eventually(() => a.page.evaluate(() => location.hash)).toBe(`#/annotate/${second}`);
    await a.page.mouse.move(to.x + 30, to.y + 30);
    await a.page.mouse.up();
    await a.atRest();
    expect(await a.shapes(first)).toEqual([]);
    expect(await a.shapes(second)).toEqual([]);
  });

  it('leads past videos, files that are gone and pictures that are broken', async () => {
    const a = await Annotating.start(ui, async (folder) => {
      const [one = '', two = ''] = await pictures(folder, 2);
      return [one, two, (await makeClip(folder, 3)).path];
    });
    const details = await Promise.all(
      a.itemIds.map((itemId) =>
        a.rpc.call<{ id: number; kind: string; path: string }>('library.item', { itemId }),
      ),
    );
    const video = details.find(({ kind }) => kind === 'video');
    const gone = details.find(({ kind }) => kind === 'image');
    rmSync(gone?.path ?? '');
    a.app.watch.expect(/404/);
    await a.page.evaluate((id) => (location.hash = `#/annotate/${id}`), video?.id ?? 0);
    await a.page.getByText('Marks on videos, with their timeline').waitFor();
    expect(await a.page.getByRole('toolbar', { name: 'Tools' }).count()).toBe(0);
    await a.page.evaluate((id) => (location.hash = `#/annotate/${id}`), gone?.id ?? 0);
    await a.page.getByText('The file is not there').waitFor();
    await a.page.getByRole('button', { name: 'Find missing files…' }).waitFor();
    await a.page.getByRole('button', { name: 'Next item' }).click();
    await eventually(() => a.page.evaluate(() => location.hash)).not.toBe(
      `#/annotate/${gone?.id ?? 0}`,
    );
  });

  it('says what to do while there is nothing to go through', async () => {
    const a = await Annotating.start(ui, () => Promise.resolve([]));
    await a.page.evaluate(() => (location.hash = '#/annotate'));
    await a.page.getByRole('heading', { name: 'Nothing to mark yet' }).waitFor();
    await a.page.getByRole('button', { name: 'Go to the library' }).click();
    await eventually(() => a.page.evaluate(() => location.hash)).toBe('#/library');
  });

  it('asks for all pixels of a large picture only when they are looked at', async () => {
    const large = { width: 4000, height: 3000 };
    const a = await Annotating.start(ui, async (folder) => [
      (await makeLargeImage(folder, large)).path,
    ]);
    const [item = 0] = a.itemIds;
    const asked = (kind: string): boolean =>
      a.app.watch.requests.some((url) => url.includes(`/media/${item}/${kind}`));
    await a.open(item);
    await eventually(() => asked('preview')).toBe(true);
    expect(asked('full')).toBe(false);
    const middle = await a.at(large, 2000, 1500);
    await a.page.mouse.move(middle.x, middle.y);
    for (let turn = 0; turn < 12; turn += 1) await a.page.mouse.wheel(0, -240);
    await eventually(() => asked('full')).toBe(true);
    await press(a.page, 'b');
    await draw(a.page, [middle, { x: middle.x + 40, y: middle.y + 40 }]);
    const { geometry } = await only(a, item);
    expect(geometry).toMatchObject({ x: near(2000, 2), y: near(1500, 2) });
  });
});

describe('the screen', () => {
  const bolts = [
    [60, 40, 90, 70],
    [200, 60, 80, 80],
    [330, 180, 100, 90],
  ] as const;

  it.each(['light', 'dark'] as const)('is there to be looked at, %s', async (theme) => {
    const a = await Annotating.start(ui, (folder) => pictures(folder, 14), { theme });
    const [item = 0, next = 0] = a.itemIds;
    const labelIds = [
      await a.createLabel('bolt', 0, {
        attributes: [
          { name: 'rusty', kind: 'flag', options: [] },
          { name: 'thread', kind: 'choice', options: ['M4', 'M5', 'M6'] },
        ],
      }),
      await a.createLabel('nut', 1),
      await a.createLabel('scratch', 5),
    ];
    for (const [index, [x, y, width, height]] of bolts.entries()) {
      const labelId = labelIds[index % 2] ?? null;
      await a.add(item, [{ kind: 'box', x, y, width, height }], { labelId });
      await a.add(next, [{ kind: 'box', x, y, width, height }], { labelId });
    }
    await a.add(
      item,
      [
        {
          kind: 'freehand',
          points: [
            [40, 250],
            [120, 230],
            [200, 280],
          ],
        },
      ],
      {
        labelId: labelIds[2] ?? null,
        text: 'a fine one',
      },
    );
    await a.open(item);
    await press(a.page, '2', 'm');
    await draw(
      a.page,
      await at(a, [
        [220, 230],
        [290, 270],
      ]),
      10,
    );
    await a.shapesOnce(item, 5);
    await press(a.page, 'v', 'Escape');
    await rows(a.page).nth(4).click();
    await a.page.mouse.move(0, 0);
    await screenshot(a.page, `annotate-${theme}`);
    await a.page.getByRole('button', { name: 'Let a model suggest' }).click();
    await a.page.getByRole('menuitem', { name: 'Read text' }).waitFor();
    await screenshot(a.page, `annotate-suggest-${theme}`);
    await press(a.page, 'Escape');
    await a.page.getByRole('button', { name: 'Brush, masks, snapping' }).click();
    await a.page.getByText('Snap to edges and corners').waitFor();
    await screenshot(a.page, `annotate-settings-${theme}`);
  });
});

describe('labels', () => {
  const labels = (a: Annotating): Promise<(Label & { shapes: number })[]> =>
    a.rpc.call('annotation.labels');

  it('are made, chosen by digit for the next mark or for the selection', async () => {
    const a = await Annotating.start(ui, two);
    const [item = 0] = a.itemIds;
    await a.open(item);
    const field = a.page.getByRole('textbox', { name: 'New label' });
    for (const name of ['bolt', 'nut']) {
      await field.fill(name);
      await field.press('Enter');
      await a.page.getByRole('button', { name, exact: true }).waitFor();
    }
    const [bolt, nut] = await labels(a);
    expect([bolt?.name, nut?.name]).toEqual(['bolt', 'nut']);
    expect(bolt?.color).not.toBe(nut?.color);
    await a.page.getByRole('application').focus();
    await press(a.page, '1', 'b');
    await draw(
      a.page,
      await at(a, [
        [40, 40],
        [120, 120],
      ]),
    );
    await a.shapesOnce(item, 1);
    await rows(a.page).first().waitFor();
    await press(a.page, '2');
    await draw(
      a.page,
      await at(a, [
        [200, 40],
        [280, 120],
      ]),
    );
    const [one, other] = await a.shapesOnce(item, 2);
    expect([one?.labelId, other?.labelId]).toEqual([bolt?.id, nut?.id]);
    await eventually(() => rows(a.page).count()).toBe(2);
    await press(a.page, 'v');
    await rows(a.page).first().click();
    await press(a.page, '1');
    await eventually(async () => (await a.shapes(item)).map(({ labelId }) => labelId)).toEqual([
      bolt?.id,
      bolt?.id,
    ]);
  });

  it('are renamed, recoloured, given attributes and a skeleton', async () => {
    const a = await Annotating.start(ui, two);
    const [item = 0] = a.itemIds;
    await a.createLabel('person', 0);
    await a.open(item);
    await a.page.getByRole('button', { name: 'person', exact: true }).hover();
    await a.page.getByRole('button', { name: 'More of person' }).click();
    await a.page.getByRole('menuitem', { name: 'Edit…' }).click();
    const dialog = a.page.getByRole('dialog', { name: 'Label “person”' });
    await dialog.getByRole('textbox', { name: 'Name', exact: true }).fill('walker');
    await dialog.getByRole('radio', { name: 'Colour 6' }).check({ force: true });
    await dialog.getByRole('button', { name: 'Add an attribute' }).click();
    await dialog.getByRole('textbox', { name: 'Name of the attribute' }).fill('occluded');
    await dialog.getByRole('button', { name: 'Ready-made…' }).click();
    await a.page.getByRole('menuitem', { name: 'Person, 17 joints (COCO)' }).click();
    await screenshot(a.page, 'annotate-label');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await eventually(() => labels(a)).toMatchObject([
      {
        name: 'walker',
        color: 5,
        attributes: [{ name: 'occluded', kind: 'flag' }],
        skeleton: { joints: { length: 17 } },
      },
    ]);
    const [label] = await labels(a);
    await a.add(item, [{ kind: 'box', x: 20, y: 20, width: 100, height: 80 }], {
      labelId: label?.id ?? null,
    });
    await rows(a.page).first().click();
    await a.page.getByRole('switch', { name: 'occluded' }).check({ force: true });
    await eventually(async () => (await only(a, item)).attributes).toEqual({ occluded: true });
  });

  it('are deleted with another in their place, and undo brings them back', async () => {
    const a = await Annotating.start(ui, two);
    const [item = 0] = a.itemIds;
    const old = await a.createLabel('bolt', 0);
    const other = await a.createLabel('nut', 1);
    await a.add(item, [{ kind: 'point', x: 20, y: 20 }], { labelId: old });
    await a.open(item);
    await a.page.getByRole('button', { name: 'bolt', exact: true }).click({ button: 'right' });
    await a.page.getByRole('menuitem', { name: 'Delete…' }).click();
    const dialog = a.page.getByRole('dialog', { name: 'Delete the label “bolt”' });
    await dialog.getByLabel('1 mark bears it and will get').selectOption('nut');
    await dialog.getByRole('button', { name: 'Delete' }).click();
    await eventually(async () => (await only(a, item)).labelId).toBe(other);
    await a.page.getByRole('button', { name: 'Undo' }).click();
    await eventually(async () => (await only(a, item)).labelId).toBe(old);
    await a.page.getByRole('button', { name: 'bolt', exact: true }).waitFor();
  });
});
