import { describe, expect, it } from 'vitest';
import type { Geometry, Shape } from '../../src-main/ipc/contract/shapes.ts';
import { at, only, rows, two } from './support/annotate-fixtures.ts';
import { Annotating, eventually } from './support/annotating.ts';
import { useApp } from './support/app.ts';
import { press } from './support/input.ts';
import { makeLargeImage } from './support/media.ts';
import { screenshot } from './support/screenshot.ts';

const ui = useApp();

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

  it('have a menu under the right button, and so has the ground', async () => {
    const a = await Annotating.start(ui, two);
    const [item = 0] = a.itemIds;
    const crack = await a.createLabel('crack', 1);
    const [low = 0, high = 0] = await a.add(item, [
      { kind: 'box', x: 20, y: 20, width: 100, height: 80 },
      { kind: 'box', x: 60, y: 40, width: 200, height: 180 },
    ]);
    await a.open(item);
    await rows(a.page).nth(1).waitFor();
    const [inLow, ground] = await at(a, [
      [30, 30],
      [420, 280],
    ]);
    if (!inLow || !ground) throw new Error('no places');
    const choose = async (place: typeof inLow, ...names: string[]): Promise<void> => {
      await a.page.mouse.click(place.x, place.y, { button: 'right' });
      for (const name of names) await a.page.getByRole('menuitem', { name }).first().click();
    };
    const lowNow = async (): Promise<Shape | undefined> =>
      (await a.shapes(item)).find(({ id }) => id === low);

    await a.page.mouse.click(inLow.x, inLow.y, { button: 'right' });
    await a.page.getByRole('menuitem', { name: 'Label' }).click();
    await a.page.getByRole('menuitemcheckbox', { name: 'crack' }).click();
    await eventually(async () => (await lowNow())?.labelId).toBe(crack);
    await choose(inLow, 'Order', 'Bring to front');
    await eventually(async () => (await a.shapes(item)).map(({ id }) => id)).toEqual([high, low]);
    await choose(inLow, 'Lock');
    await eventually(async () => (await lowNow())?.isLocked).toBe(true);
    await choose(inLow, 'Unlock');
    await eventually(async () => (await lowNow())?.isLocked).toBe(false);
    await choose(inLow, 'Copy');
    await choose(ground, 'Paste marks');
    await a.shapesOnce(item, 3);
    await choose(ground, 'Select all marks');
    await a.page.mouse.click(inLow.x, inLow.y, { button: 'right' });
    await screenshot(a.page, 'annotate-menu');
    await a.page.getByRole('menuitem', { name: 'Delete' }).click();
    await a.shapesOnce(item, 0);
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
