import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openDatabase } from '../../src-main/store/database.ts';
import { ProjectStore } from '../../src-main/store/project-store.ts';
import { migrations } from '../../src-main/store/schema.ts';
import { applyVideoEdit, videoMarksOf } from '../../src-main/store/video-marks.ts';
import { itemValues, steppingClock, temporaryFolder } from './support.ts';

describe('a project of version 1', () => {
  it('opens with what it held, and takes marks of videos from then on', () => {
    const path = join(temporaryFolder(), 'project.lensmith');
    const old = openDatabase(path, { migrations: migrations.slice(0, 1) });
    old.exec(`INSERT INTO items (kind, path, name, hash, format, size_bytes, modified_ms, width, height, added_ms)
      VALUES ('video', '/clips/a.mp4', 'a.mp4', 'h', 'mp4', 1, 0, 4, 3, 0);
      INSERT INTO labels (name, color, position) VALUES ('gust', 1, 1);
      INSERT INTO shapes (item_id, label_id, kind, geometry_json, "order") VALUES (1, 1, 'point', '{}', 1);`);
    old.close();

    using store = new ProjectStore(path, { now: steppingClock() });
    expect(store.get('SELECT name FROM items')).toMatchObject({ name: 'a.mp4' });
    store.journal.edit('item:1', 'Mark', (edit) =>
      applyVideoEdit(store, edit, 1, {
        kind: 'add-event',
        event: { frame: 3, seconds: 0.12, labelId: 1, attributes: {}, text: 'first' },
      }),
    );
    expect(videoMarksOf(store, 1).events).toHaveLength(1);
    expect(store.get('SELECT count(*) AS n FROM marks')).toEqual({ n: 2 });
    const backup = new DatabaseSync(`${path}.version-1.backup`, { readOnly: true });
    expect(backup.prepare('SELECT count(*) AS n FROM shapes').get()).toEqual({ n: 1 });
    backup.close();
  });
});

describe('keyframes', () => {
  it('go with their track, and come back with it', () => {
    const path = join(temporaryFolder(), 'project.lensmith');
    using store = new ProjectStore(path, { now: steppingClock() });
    const item = store.journal.edit('library', 'Import', (edit) =>
      edit.insert('items', itemValues('a.mp4', { kind: 'video' })),
    );
    const scope = `item:${item}`;
    const box = { x: 1 / 3, y: 2, width: 0.1 + 0.2, height: 4, isOutside: false };
    const at = (frame: number) => ({ ...box, frame, seconds: frame / 30, isOccluded: frame > 5 });
    const facts = { labelId: null, attributes: {}, text: '', isHidden: false, isLocked: false };
    const id = store.journal.edit(scope, 'Draw', (edit) =>
      applyVideoEdit(store, edit, item, {
        kind: 'add-track',
        track: { ...facts, keyframes: [at(9), at(2)] },
      }),
    );
    const drawn = { id, itemId: item, ...facts, keyframes: [at(2), at(9)] };
    expect(videoMarksOf(store, item).tracks).toEqual([drawn]);
    store.journal.edit(scope, 'Delete', (edit) =>
      applyVideoEdit(store, edit, item, { kind: 'remove-track', id: id ?? 0 }),
    );
    expect(videoMarksOf(store, item).tracks).toEqual([]);
    expect(store.get('SELECT count(*) AS n FROM track_keyframes')).toEqual({ n: 0 });
    store.journal.undo(scope);
    expect(videoMarksOf(store, item).tracks).toEqual([drawn]);
  });
});
