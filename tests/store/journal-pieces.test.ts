import { describe, expect, it } from 'vitest';
import { ItemIndex } from '../../src-main/store/item-index.ts';
import { indexOf } from '../../src-main/store/item-list.ts';
import type { Committed, Edit } from '../../src-main/store/journal.ts';
import type { ProjectStore } from '../../src-main/store/project-store.ts';
import { addTag, removeTag } from '../../src-main/store/tags.ts';
import { itemValues, openStore } from './support.ts';

function addItems(store: ProjectStore, count: number): number[] {
  return store.journal.edit('library', 'Import', (edit) =>
    Array.from({ length: count }, (_, n) => edit.insert('items', itemValues(`${n}.png`))),
  );
}

const ratings = (store: ProjectStore): unknown[] =>
  store.all('SELECT rating FROM items ORDER BY id').map((row) => row['rating']);

/** Rates all, two items a transaction. */
function rateAll(store: ProjectStore, ids: readonly number[], rating: number): Promise<void> {
  const pairs = ids.flatMap((_, at) => (at % 2 === 0 ? [ids.slice(at, at + 2)] : []));
  return store.journal.editInPieces(
    'library',
    'Rate',
    pairs.map((pair) => (edit) => void edit.updateAll('items', pair, { rating })),
  );
}

describe('an act in pieces', () => {
  it('is told once, and moved as one, also while others edit in between', async () => {
    const told: (readonly [Committed, readonly number[]])[] = [];
    const store = openStore(undefined, (...heard) => told.push(heard));
    const ids = addItems(store, 9);
    const other = store.journal.edit('library', 'Add', (edit) =>
      edit.insert('items', itemValues('other.png')),
    );
    told.length = 0;
    await rateAll(store, ids, 3);
    expect(told.map(([{ cause }, itemIds]) => [cause, itemIds])).toEqual([['edit', ids]]);

    const undone = store.journal.moveInPieces('library', 'undo');
    await Promise.resolve();
    store.journal.edit('library', 'Rate other', (edit) =>
      edit.update('items', other, { rating: 5 }),
    );
    expect((await undone).redo).toBe('Rate');
    expect(ratings(store)).toEqual([...ids.map(() => 0), 5]);
    expect(told.map(([{ cause }]) => cause)).toEqual(['edit', 'edit', 'undo']);

    await store.journal.moveInPieces('library', 'redo');
    expect(ratings(store)).toEqual([...ids.map(() => 3), 5]);
  });

  it('is not begun when a part of it cannot be taken back', async () => {
    const store = openStore();
    const ids = addItems(store, 6);
    await rateAll(store, ids, 2);
    store.journal.edit(`item:${ids[0]}`, 'Rate', (edit) =>
      edit.update('items', ids[0] as number, { rating: 4 }),
    );
    await expect(store.journal.moveInPieces('library', 'undo')).rejects.toMatchObject({
      code: 'store/undo-conflict',
    });
    expect(ratings(store)).toEqual([4, 2, 2, 2, 2, 2]);
    expect(store.journal.state('library')).toEqual({ undo: 'Rate', redo: null });
  });

  it('keeps what was written before a piece that fails, as an act that one undo takes back', async () => {
    const store = openStore();
    const ids = addItems(store, 3);
    const works = ids.map((id, at) => (edit: Edit) => {
      if (at === 2) throw new Error('no more');
      edit.update('items', id, { rating: 1 });
    });
    await expect(store.journal.editInPieces('library', 'Rate', works)).rejects.toThrow('no more');
    expect(ratings(store)).toEqual([1, 1, 0]);
    await store.journal.moveInPieces('library', 'undo');
    expect(ratings(store)).toEqual([0, 0, 0]);
  });
});

describe('the index of the library', () => {
  it('follows acts and their undo as if it had been read anew', async () => {
    const store = openStore();
    const ids = addItems(store, 8);
    const index = indexOf(store);
    const isAsNew = (): void => {
      const byId = [...index.items].sort(([a], [b]) => a - b);
      const sortedTags = (items: typeof byId) =>
        items.map(([id, item]) => [id, { ...item, tags: [...item.tags].sort() }]);
      const anew = new ItemIndex(store);
      expect(sortedTags(byId)).toEqual(sortedTags([...anew.items]));
      expect(index.tagNames).toEqual(anew.tagNames);
    };
    isAsNew();
    const acts: ((edit: Edit) => unknown)[] = [
      (edit) => edit.updateAll('items', ids, { rating: 4, split: 'test' }),
      (edit) => addTag(store, edit, 'blurry', ids.slice(0, 5)),
      (edit) => removeTag(store, edit, 'blurry', ids.slice(2, 4)),
      (edit) => edit.updateAll('items', ids.slice(3), { trashed_ms: 5, notes: 'x', name: 'y' }),
      (edit) => edit.updateAll('items', ids.slice(0, 2), { width: 99 }),
      (edit) => edit.insert('items', itemValues('late.png')),
    ];
    for (const act of acts) {
      store.journal.edit('library', 'Act', act);
      isAsNew();
    }
    for (const move of ['undo', 'redo'] as const) {
      for (let at = 0; at < acts.length; at += 1) {
        await store.journal.moveInPieces('library', move);
        isAsNew();
      }
    }
  });
});
