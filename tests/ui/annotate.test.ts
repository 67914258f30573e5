import { describe, expect, it } from 'vitest';
import type { Label } from '../../src-main/ipc/contract/shapes.ts';
import { pictures, two, rows, at, only } from './support/annotate-fixtures.ts';
import { Annotating, eventually } from './support/annotating.ts';
import { useApp } from './support/app.ts';
import { draw, press } from './support/input.ts';
import { screenshot } from './support/screenshot.ts';

const ui = useApp();

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
    // Dragged to the place of another.
    const key = (name: string) => a.page.getByRole('button', { name, exact: true });
    await key('nut').dragTo(key('bolt'));
    await eventually(async () => (await labels(a)).map(({ name }) => name)).toEqual([
      'nut',
      'bolt',
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
    await dialog.getByRole('button', { name: 'Add an attribute' }).click();
    await dialog.getByRole('textbox', { name: 'Name of the attribute' }).last().fill('wheels');
    await dialog.getByLabel('Kind', { exact: true }).last().selectOption('number');
    await dialog.getByRole('button', { name: 'Ready-made…' }).click();
    await a.page.getByRole('menuitem', { name: 'Person, 17 joints (COCO)' }).click();
    await screenshot(a.page, 'annotate-label');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await eventually(() => labels(a)).toMatchObject([
      {
        name: 'walker',
        color: 5,
        attributes: [
          { name: 'occluded', kind: 'flag' },
          { name: 'wheels', kind: 'number' },
        ],
        skeleton: { joints: { length: 17 } },
      },
    ]);
    const [label] = await labels(a);
    await a.add(item, [{ kind: 'box', x: 20, y: 20, width: 100, height: 80 }], {
      labelId: label?.id ?? null,
    });
    await rows(a.page).first().click();
    await a.page.getByRole('switch', { name: 'occluded' }).check({ force: true });
    const attributes = async (): Promise<object> => (await only(a, item)).attributes;
    await eventually(attributes).toEqual({ occluded: true });
    // None at all is said of it before, and 0 is something to say.
    const wheels = a.page.getByRole('textbox', { name: 'wheels' });
    expect(await wheels.inputValue()).toBe('');
    await wheels.fill('0');
    await wheels.press('Enter');
    await eventually(attributes).toEqual({ occluded: true, wheels: 0 });
    await wheels.fill('four');
    await wheels.press('Enter');
    await a.page.getByText('“four” is not a number.').waitFor();
    await wheels.fill('');
    await wheels.press('Enter');
    await eventually(attributes).toEqual({ occluded: true });
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
