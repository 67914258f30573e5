import { rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { near, pictures, two, rows, at, only } from './support/annotate-fixtures.ts';
import { Annotating, eventually } from './support/annotating.ts';
import { useApp } from './support/app.ts';
import { draw, press } from './support/input.ts';
import { makeClip, makeLargeImage } from './support/media.ts';

const ui = useApp();

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

    // The strip shows where one is, also on the way back from another screen.
    await a.page.evaluate(() => (location.hash = '#/samples'));
    await a.page.getByRole('application').waitFor({ state: 'detached' });
    await a.open(a.itemIds[40] ?? 0);
    await eventually(async () => {
      const strip = await a.page.getByRole('navigation', { name: 'Items' }).boundingBox();
      const tile = await a.page.locator('nav a[aria-current="true"]').last().boundingBox();
      if (strip === null || tile === null) return false;
      return tile.x >= strip.x && tile.x + tile.width <= strip.x + strip.width;
    }).toBe(true);
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
    await a.page.getByRole('slider', { name: 'Playhead' }).waitFor();
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
