import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Random } from '../../src-main/base/random.ts';
import type { Committed } from '../../src-main/store/journal.ts';
import { editableTables } from '../../src-main/store/schema.ts';
import type { ProjectStore } from '../../src-main/store/project-store.ts';
import { itemValues, openStore, temporaryFolder } from './support.ts';

function addItem(store: ProjectStore, name: string): number {
  return store.journal.edit('library', `Add ${name}`, (edit) =>
    edit.insert('items', itemValues(name)),
  );
}

/** Every editable row there is, to compare whole states. */
function contents(store: ProjectStore): unknown {
  return editableTables.map((table) => store.all(`SELECT * FROM ${table} ORDER BY id`));
}

const rating = (store: ProjectStore, id: number): unknown =>
  store.get('SELECT rating FROM items WHERE id = ?', id)?.['rating'];

describe('the journal', () => {
  it('takes inserts, updates and deletes back and does them again', () => {
    const store = openStore();
    const states = [contents(store)];
    const id = addItem(store, 'a.png');
    states.push(contents(store));
    store.journal.edit('library', 'Rate', (edit) => edit.update('items', id, { rating: 4 }));
    states.push(contents(store));
    store.journal.edit('library', 'Delete', (edit) => edit.delete('items', id));
    states.push(contents(store));
    for (const state of states.slice(0, -1).reverse()) {
      store.journal.undo('library');
      expect(contents(store)).toEqual(state);
    }
    for (const state of states.slice(1)) {
      store.journal.redo('library');
      expect(contents(store)).toEqual(state);
    }
  });

  it('names what undo and redo would do, by scope', () => {
    const store = openStore();
    const id = addItem(store, 'a.png');
    store.journal.edit(`item:${id}`, 'Rate', (edit) => edit.update('items', id, { rating: 1 }));
    expect(store.journal.state('library')).toEqual({ undo: 'Add a.png', redo: null });
    expect(store.journal.undo(`item:${id}`)).toEqual({ undo: null, redo: 'Rate' });
    expect(store.journal.state('library').undo).toBe('Add a.png');
  });

  it('survives a restart', () => {
    const path = join(temporaryFolder(), 'project.lensmith');
    const before = openStore(path);
    const id = addItem(before, 'a.png');
    before.journal.edit('library', 'Rate', (edit) => edit.update('items', id, { rating: 2 }));
    before.journal.undo('library');
    before[Symbol.dispose]();
    const after = openStore(path);
    expect(after.journal.state('library')).toEqual({ undo: 'Add a.png', redo: 'Rate' });
    after.journal.redo('library');
    expect(rating(after, id)).toBe(2);
  });

  it('drops what could be redone when something new is done', () => {
    const store = openStore();
    const id = addItem(store, 'a.png');
    store.journal.edit('library', 'Rate 2', (edit) => edit.update('items', id, { rating: 2 }));
    store.journal.undo('library');
    store.journal.edit('library', 'Rate 3', (edit) => edit.update('items', id, { rating: 3 }));
    expect(store.journal.state('library')).toEqual({ undo: 'Rate 3', redo: null });
    expect(() => store.journal.redo('library')).toThrow(
      expect.objectContaining({ code: 'store/nothing-to-undo' }),
    );
  });

  it('takes all transactions of one act back together, and no other', () => {
    const store = openStore();
    const first = addItem(store, 'first.png');
    for (const name of ['a.png', 'b.png']) {
      store.journal.edit(
        'library',
        'Import',
        (edit) => edit.insert('items', itemValues(name)),
        'import-1',
      );
    }
    store.journal.undo('library');
    expect(store.all('SELECT id FROM items').map(({ id }) => id)).toEqual([first]);
    store.journal.redo('library');
    expect(store.all('SELECT id FROM items')).toHaveLength(3);
  });

  it('writes nothing of an act that fails half way', () => {
    const store = openStore();
    const id = addItem(store, 'a.png');
    const before = contents(store);
    expect(() =>
      store.journal.edit('library', 'Half', (edit) => {
        edit.update('items', id, { rating: 5 });
        edit.delete('items', 4711);
      }),
    ).toThrow(expect.objectContaining({ code: 'store/row-missing' }));
    expect(contents(store)).toEqual(before);
    expect(store.journal.state('library').undo).toBe('Add a.png');
  });

  it('writes nothing when nothing changes', () => {
    const commits: Committed[] = [];
    const store = openStore(undefined, (committed) => commits.push(committed));
    const id = addItem(store, 'a.png');
    store.journal.edit('library', 'Same', (edit) => edit.update('items', id, { name: 'a.png' }));
    expect(commits).toHaveLength(1);
    expect(store.journal.state('library').undo).toBe('Add a.png');
  });

  it('refuses to take back what a later change of another scope builds on, and changes nothing', () => {
    const store = openStore();
    const id = addItem(store, 'a.png');
    store.journal.edit(`item:${id}`, 'Draw', (edit) =>
      edit.insert('shapes', { item_id: id, kind: 'point', geometry_json: '{}', order: 1 }),
    );
    store.journal.edit('library', 'Rate', (edit) => edit.update('items', id, { rating: 2 }));
    store.journal.edit(`item:${id}`, 'Rate', (edit) => edit.update('items', id, { rating: 3 }));
    const before = contents(store);
    expect(() => store.journal.undo('library')).toThrow(
      expect.objectContaining({ code: 'store/undo-conflict' }),
    );
    expect(contents(store)).toEqual(before);
  });

  it('lists the acts that touched a row, newest first', () => {
    const store = openStore();
    const id = addItem(store, 'a.png');
    addItem(store, 'b.png');
    store.journal.edit('library', 'Rate', (edit) => edit.update('items', id, { rating: 2 }));
    const history = store.journal.history('items', id);
    expect(history.map(({ label }) => label)).toEqual(['Rate', 'Add a.png']);
    expect(history[0]?.changes).toEqual([
      { table: 'items', id, before: { rating: 0 }, after: { rating: 2 } },
    ]);
  });

  it('keeps any order of random edits, undos and redos consistent', () => {
    const store = openStore();
    const random = new Random(7);
    const done: unknown[] = [contents(store)];
    let at = 0;
    for (let step = 0; step < 300; step++) {
      const choice = random.below(4);
      if (choice === 0 && at > 0) {
        store.journal.undo('library');
        expect(contents(store)).toEqual(done[--at]);
      } else if (choice === 1 && at < done.length - 1) {
        store.journal.redo('library');
        expect(contents(store)).toEqual(done[++at]);
      } else {
        const ids = store.all('SELECT id FROM items').map(({ id }) => Number(id));
        store.journal.edit('library', `step ${step}`, (edit) => {
          const id = ids.length > 0 ? random.pick(ids) : 0;
          if (id === 0 || choice === 2) edit.insert('items', itemValues(`${step}.png`));
          else if (random.below(3) === 0) edit.delete('items', id);
          else edit.update('items', id, { rating: step, notes: `note ${step}` });
        });
        done.splice(++at, Infinity, contents(store));
      }
    }
  });
});

describe('the words of items', () => {
  const found = (store: ProjectStore, word: string): unknown[] =>
    store
      .all('SELECT rowid FROM item_words WHERE item_words MATCH ?', word)
      .map(({ rowid }) => rowid);

  it('follow edits, undo and redo', () => {
    const store = openStore();
    const id = addItem(store, 'left-lung.png');
    expect(found(store, 'lung')).toEqual([id]);
    store.journal.edit('library', 'Tag', (edit) => {
      const tag = edit.insert('tags', { name: 'Überblick' });
      edit.insert('item_tags', { item_id: id, tag_id: tag });
    });
    expect(found(store, 'uberblick')).toEqual([id]);
    store.journal.undo('library');
    expect(found(store, 'uberblick')).toEqual([]);
    store.journal.redo('library');
    expect(found(store, 'tags:uber*')).toEqual([id]);
  });

  it('hold what conversations say, and forget what is deleted', () => {
    const store = openStore();
    const id = addItem(store, 'a.png');
    const turn = store.journal.edit(`item:${id}`, 'Write', (edit) => {
      const sample = edit.insert('samples', { kind: 'free', position: 1, created_ms: 0 });
      edit.insert('sample_items', { sample_id: sample, item_id: id, position: 1 });
      const content_json = JSON.stringify([{ type: 'text', text: 'a hairline crack' }]);
      return edit.insert('turns', { sample_id: sample, role: 'user', content_json, position: 1 });
    });
    expect(found(store, 'hairline')).toEqual([id]);
    store.journal.edit(`item:${id}`, 'Delete turn', (edit) => edit.delete('turns', turn));
    expect(found(store, 'hairline')).toEqual([]);
  });
});
