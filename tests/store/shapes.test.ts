import { describe, expect, it } from 'vitest';
import type { NewShape } from '../../src-main/ipc/contract/shapes.ts';
import { deleteLabel, insertLabel, listLabels, orderLabels } from '../../src-main/store/labels.ts';
import type { ProjectStore } from '../../src-main/store/project-store.ts';
import {
  insertShapes,
  requireOnItem,
  restacked,
  shapesOfItem,
  stackShapes,
  updateShape,
} from '../../src-main/store/shapes.ts';
import { itemValues, openStore } from './support.ts';

function box(x: number, more: Partial<NewShape> = {}): NewShape {
  return {
    labelId: null,
    geometry: { kind: 'box', x, y: 0.1, width: 1 / 3, height: 2 },
    attributes: {},
    isLocked: false,
    isHidden: false,
    isDraft: false,
    source: 'person',
    text: '',
    ...more,
  };
}

function setUp() {
  const store = openStore();
  const [first = 0, second = 0] = store.journal.edit('library', 'Import', (edit) =>
    ['a.png', 'b.png'].map((name) => edit.insert('items', itemValues(name))),
  );
  const draw = (item: number, ...shapes: NewShape[]): number[] =>
    store.journal.edit(`item:${item}`, 'Draw', (edit) => insertShapes(store, edit, item, shapes));
  return { store, first, second, draw };
}

const stackOf = (store: ProjectStore, item: number): number[] =>
  shapesOfItem(store, item).map(({ id }) => id);

describe('marks', () => {
  it('come back as they were drawn, to the last digit, in the order of the stack', () => {
    const { store, first, draw } = setUp();
    const shapes = [
      box(0.1 + 0.2),
      box(7, { text: '‮<b>', attributes: { grade: 'II', sure: true } }),
    ];
    const ids = draw(first, ...shapes);
    expect(shapesOfItem(store, first)).toEqual(
      shapes.map((shape, i) => ({ ...shape, id: ids[i], itemId: first, order: i + 1 })),
    );
  });

  it('change in what is given, and come back by undo on their picture alone', () => {
    const { store, first, second, draw } = setUp();
    const [one = 0] = draw(first, box(1));
    draw(second, box(2));
    store.journal.edit(`item:${first}`, 'Lock', (edit) =>
      updateShape(edit, { id: one, isLocked: true }),
    );
    expect(shapesOfItem(store, first)).toMatchObject([{ isLocked: true, geometry: { x: 1 } }]);
    store.journal.undo(`item:${first}`);
    expect(shapesOfItem(store, first)).toMatchObject([{ isLocked: false }]);
    store.journal.undo(`item:${first}`);
    expect([stackOf(store, first).length, stackOf(store, second).length]).toEqual([0, 1]);
  });

  it('of another picture are refused', () => {
    const { store, first, second, draw } = setUp();
    const [one = 0] = draw(first, box(1));
    expect(() => requireOnItem(store, first, [one])).not.toThrow();
    expect(() => requireOnItem(store, second, [one])).toThrow(
      expect.objectContaining({ code: 'annotation/foreign-shape' }),
    );
  });

  it('move within their stack, and undo puts them back', () => {
    const { store, first, draw } = setUp();
    const ids = draw(first, box(1), box(2), box(3));
    store.journal.edit(`item:${first}`, 'Bring to front', (edit) =>
      stackShapes(store, edit, first, [ids[0] as number], 'front'),
    );
    expect(stackOf(store, first)).toEqual([ids[1], ids[2], ids[0]]);
    store.journal.undo(`item:${first}`);
    expect(stackOf(store, first)).toEqual(ids);
  });

  it.each([
    ['front', [2, 4], [1, 3, 5, 2, 4]],
    ['back', [2, 4], [2, 4, 1, 3, 5]],
    ['forward', [2, 3], [1, 4, 2, 3, 5]],
    ['forward', [4, 5], [1, 2, 3, 4, 5]],
    ['backward', [1, 3], [1, 3, 2, 4, 5]],
    ['backward', [4, 5], [1, 2, 4, 5, 3]],
  ] as const)('sent %s, %j give %j', (move, chosen, stack) => {
    expect(restacked([1, 2, 3, 4, 5], new Set(chosen), move)).toEqual(stack);
  });
});

describe('labels', () => {
  const facts = (name: string) => ({ name, color: 0, attributes: [], skeleton: null });

  it('count their marks, keep their order, and leave marks behind without a label', () => {
    const { store, first, draw } = setUp();
    const [crack = 0, dent = 0] = ['crack', 'dent'].map((name) =>
      store.journal.edit('library', 'Add', (edit) => insertLabel(store, edit, facts(name))),
    );
    draw(first, box(1, { labelId: crack }), box(2, { labelId: crack, isDraft: true }));
    store.journal.edit('library', 'Order', (edit) => orderLabels(edit, [dent, crack]));
    expect(listLabels(store)).toMatchObject([
      { name: 'dent', shapes: 0 },
      { name: 'crack', shapes: 1 },
    ]);
    store.journal.edit('library', 'Delete', (edit) => deleteLabel(store, edit, crack, null));
    expect(shapesOfItem(store, first)).toMatchObject([{ labelId: null }, { labelId: null }]);
    store.journal.undo('library');
    expect(shapesOfItem(store, first)).toMatchObject([{ labelId: crack }, { labelId: crack }]);
  });

  it('that marks bear by a later act do not vanish by undo', () => {
    const { store, first, draw } = setUp();
    const crack = store.journal.edit('library', 'Add', (edit) =>
      insertLabel(store, edit, facts('crack')),
    );
    draw(first, box(1, { labelId: crack }));
    expect(() => store.journal.undo('library')).toThrow(
      expect.objectContaining({ code: 'store/undo-conflict' }),
    );
    expect(listLabels(store)).toHaveLength(1);
  });
});
