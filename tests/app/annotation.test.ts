import { describe, expect, test } from 'vitest';
import type { Geometry, NewShape } from '../../src-main/ipc/contract/shapes.ts';
import type { ProjectChange } from '../../src-main/ipc/contract/project.ts';
import { TestCore } from './conversations-support.ts';

function drawn(geometry: Geometry, more: Partial<NewShape> = {}): NewShape {
  return {
    ...{ labelId: null, geometry, attributes: {}, isLocked: false, isHidden: false },
    ...{ isDraft: false, source: 'person', text: '', ...more },
  };
}

const box = (x: number): Geometry => ({ kind: 'box', x, y: 20, width: 30, height: 40 });

/** One of each kind. */
const geometries: readonly Geometry[] = [
  box(10.25),
  { kind: 'rotated-box', centerX: 90, centerY: 80, width: 40, height: 20, angleDegrees: -36.87 },
  {
    kind: 'polygon',
    points: [
      [0, 0],
      [10.5, 0],
      [10, 10],
    ],
  },
  {
    kind: 'freehand',
    points: [
      [1, 2],
      [3, 4],
    ],
  },
  { kind: 'point', x: 999.99, y: 0 },
  {
    kind: 'skeleton',
    points: [
      { x: 1, y: 2, visibility: 2 },
      { x: 0, y: 0, visibility: 0 },
    ],
  },
  { kind: 'mask', x: 3, y: 4, width: 4, height: 2, counts: [1, 3, 4] },
];

describe('marks', () => {
  test('of every kind come back as they were drawn, and go and come by undo and redo', async () => {
    const core = await TestCore.start();
    const itemId = core.addItem('a.png');
    const ids = await core.call('annotation.create', {
      ...{ itemId, shapes: geometries.map((geometry) => drawn(geometry)), act: 'Draw' },
    });
    const stored = await core.call('annotation.shapes', { itemId });
    expect(stored.map(({ geometry }) => geometry)).toEqual(geometries);
    expect(stored.map(({ id }) => id)).toEqual(ids);

    const scope = `item:${itemId}`;
    await core.call('edits.undo', { scope });
    expect(await core.call('annotation.shapes', { itemId })).toEqual([]);
    await core.call('edits.redo', { scope });
    expect(await core.call('annotation.shapes', { itemId })).toEqual(stored);
  });

  test('are written to the item that is named, or not at all', async () => {
    const core = await TestCore.start();
    const [first, second] = [core.addItem('a.png'), core.addItem('b.png')];
    const [id = 0] = await core.call('annotation.create', {
      ...{ itemId: first, shapes: [drawn(box(1))], act: 'Draw box' },
    });
    const foreign = { code: 'annotation/foreign-shape' };
    await expect(
      core.call('annotation.change', {
        ...{ itemId: second, changes: [{ id, geometry: box(5) }], act: 'Move box' },
      }),
    ).rejects.toMatchObject(foreign);
    await expect(
      core.call('annotation.remove', { itemId: second, ids: [id] }),
    ).rejects.toMatchObject(foreign);
    await expect(
      core.call('annotation.stack', { itemId: second, ids: [id], move: 'front' }),
    ).rejects.toMatchObject(foreign);
    await expect(
      core.call('annotation.create', { itemId: 999, shapes: [drawn(box(1))], act: 'Draw box' }),
    ).rejects.toMatchObject({ code: 'annotation/no-item' });
    expect(await core.call('annotation.shapes', { itemId: second })).toEqual([]);
    expect(await core.call('annotation.shapes', { itemId: first })).toMatchObject([
      { id, geometry: box(1) },
    ]);
  });

  test('tell the windows whose they are, also when they come back', async () => {
    const core = await TestCore.start();
    const itemId = core.addItem('a.png');
    const told: ProjectChange[] = [];
    core.context.events.listen((event, payload) => {
      if (event === 'project.changed') told.push(payload as ProjectChange);
    });
    await core.call('annotation.create', { itemId, shapes: [drawn(box(1))], act: 'Draw box' });
    await core.call('edits.undo', { scope: `item:${itemId}` });
    const facts = { scope: `item:${itemId}`, tables: ['shapes'], itemIds: [itemId], isMany: false };
    expect(told).toEqual([
      { ...facts, label: 'Draw box', cause: 'edit' },
      { ...facts, label: 'Draw box', cause: 'undo' },
    ]);
  });

  test('that do not hold together are refused, and nothing of the act is kept', async () => {
    const core = await TestCore.start();
    const itemId = core.addItem('a.png');
    const torn: Geometry = { kind: 'mask', x: 0, y: 0, width: 4, height: 2, counts: [1, 3] };
    await expect(
      core.call('annotation.create', { itemId, shapes: [drawn(box(1)), drawn(torn)], act: 'Draw' }),
    ).rejects.toMatchObject({ code: 'annotation/bad-mask' });
    await expect(
      core.call('annotation.create', {
        ...{ itemId, shapes: [drawn(box(1), { labelId: 77 })], act: 'Draw box' },
      }),
    ).rejects.toMatchObject({ code: 'annotation/no-label' });
    const vast: Geometry = { kind: 'mask', x: 0, y: 0, width: 1e7, height: 1e7, counts: [1e14] };
    await expect(
      core.call('annotation.create', { itemId, shapes: [drawn(vast)], act: 'Draw' }),
    ).rejects.toMatchObject({ code: 'annotation/bad-mask' });
    await expect(
      core.call('annotation.create', { itemId, shapes: [drawn(box(1e308))], act: 'Draw' }),
    ).rejects.toMatchObject({ code: 'annotation/out-of-reach' });
    expect(await core.call('annotation.shapes', { itemId })).toEqual([]);
    expect(await core.call('edits.state', { scope: `item:${itemId}` })).toMatchObject({
      undo: null,
    });
  });

  test('are locked, hidden, accepted and written on without their place being touched', async () => {
    const core = await TestCore.start();
    const itemId = core.addItem('a.png');
    const [id = 0] = await core.call('annotation.create', {
      ...{ itemId, shapes: [drawn(box(1), { isDraft: true })], act: 'Suggest' },
    });
    const [before] = await core.call('annotation.shapes', { itemId });
    const change = {
      ...{ isLocked: true, isHidden: true, isDraft: false, text: '<b>4711</b>' },
      attributes: { grade: 'II', sure: true, score: 0.5 },
    };
    await core.call('annotation.change', { itemId, changes: [{ id, ...change }], act: 'Change' });
    expect(await core.call('annotation.shapes', { itemId })).toEqual([{ ...before, ...change }]);
  });
});

describe('labels', () => {
  const facts = { color: 1, attributes: [], skeleton: null };

  test('have names of their own', async () => {
    const core = await TestCore.start();
    await core.call('annotation.createLabel', { ...facts, name: 'bolt' });
    const nut = await core.call('annotation.createLabel', { ...facts, name: 'nut' });
    const exists = { code: 'annotation/label-exists' };
    await expect(
      core.call('annotation.createLabel', { ...facts, name: 'bolt' }),
    ).rejects.toMatchObject(exists);
    await expect(
      core.call('annotation.changeLabel', { id: nut, name: 'bolt' }),
    ).rejects.toMatchObject(exists);
    await core.call('annotation.changeLabel', { id: nut, name: 'nut', color: 4 });
    expect(await core.call('annotation.labels', {})).toMatchObject([
      { name: 'bolt', color: 1 },
      { name: 'nut', color: 4 },
    ]);
  });

  test('are refused where they do not hold together', async () => {
    const core = await TestCore.start();
    const grade = { name: 'grade', kind: 'text' as const, options: [] };
    const bones = (from: number, to: number) => ({
      skeleton: { joints: ['a', 'b'], bones: [[from, to] as [number, number]] },
    });
    const id = await core.call('annotation.createLabel', { ...facts, name: 'nut', ...bones(0, 1) });
    for (const wrong of [
      { name: '  ' },
      { attributes: [grade, { ...grade, kind: 'number' as const }] },
      bones(0, 2),
      bones(0.5, 1),
      bones(1, 1),
    ]) {
      const refused = { code: 'annotation/bad-label' };
      await expect(
        core.call('annotation.createLabel', { ...facts, name: 'bolt', ...wrong }),
      ).rejects.toMatchObject(refused);
      await expect(core.call('annotation.changeLabel', { id, ...wrong })).rejects.toMatchObject(
        refused,
      );
    }
    expect(await core.call('annotation.labels', {})).toMatchObject([{ name: 'nut' }]);
  });

  test('leave their marks to another when they go, and take them back by undo', async () => {
    const core = await TestCore.start();
    const itemId = core.addItem('a.png');
    const bolt = await core.call('annotation.createLabel', { ...facts, name: 'bolt' });
    const nut = await core.call('annotation.createLabel', { ...facts, name: 'nut' });
    const shapes = [drawn(box(1), { labelId: bolt })];
    await core.call('annotation.create', { itemId, shapes, act: 'Draw box' });
    await core.call('annotation.removeLabel', { id: bolt, replacement: nut });
    expect(await core.call('annotation.labels', {})).toMatchObject([{ id: nut, shapes: 1 }]);
    expect(await core.call('annotation.shapes', { itemId })).toMatchObject([{ labelId: nut }]);
    await core.call('edits.undo', { scope: 'library' });
    expect(await core.call('annotation.shapes', { itemId })).toMatchObject([{ labelId: bolt }]);
    await expect(
      core.call('annotation.removeLabel', { id: bolt, replacement: 99 }),
    ).rejects.toMatchObject({ code: 'annotation/no-label' });
  });
});
