import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { openDatabase } from '../../src-main/store/database.ts';
import { migrations } from '../../src-main/store/schema.ts';
import { storeError } from '../../src-main/store/sqlite-error.ts';
import { temporaryFolder } from './support.ts';

const file = (): string => join(temporaryFolder(), 'project.lensmith');

describe('openDatabase', () => {
  it('makes a file with the tables, and opens it again', () => {
    const path = file();
    openDatabase(path).close();
    const database = openDatabase(path);
    expect(database.prepare('SELECT count(*) AS n FROM items').get()).toEqual({ n: 0 });
    expect(database.prepare('PRAGMA foreign_keys').get()).toEqual({ foreign_keys: 1 });
    expect(database.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' });
    database.close();
  });

  it('leaves a file of a newer version as it is', () => {
    const path = file();
    openDatabase(path, { migrations: [...migrations, 'CREATE TABLE later (id INTEGER)'] }).close();
    const before = readFileSync(path);
    expect(() => openDatabase(path)).toThrow(
      expect.objectContaining({ code: 'project/newer-version' }),
    );
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  it('backs a file up, whole, before it migrates it', () => {
    const path = file();
    const old = openDatabase(path);
    old.exec(`INSERT INTO tags (name) VALUES ('kept')`);
    old.close();
    const later = [...migrations, 'ALTER TABLE tags ADD COLUMN more TEXT'];
    openDatabase(path, { migrations: later }).close();
    const backup = `${path}.version-${migrations.length}.backup`;
    const database = openDatabase(backup);
    expect(database.prepare('SELECT name FROM tags').all()).toEqual([{ name: 'kept' }]);
    database.close();
  });

  it('leaves the old version in place when a migration fails', () => {
    const path = file();
    openDatabase(path).close();
    const broken = [...migrations, 'CREATE TABLE half (id INTEGER); SELECT nonsense'];
    expect(() => openDatabase(path, { migrations: broken })).toThrow(/nonsense/);
    const database = openDatabase(path);
    const tables = database.prepare(`SELECT name FROM sqlite_schema WHERE name = 'half'`).all();
    expect(tables).toEqual([]);
    database.close();
  });

  it('refuses other files and damaged ones by name', () => {
    const foreign = file();
    const other = new DatabaseSync(foreign);
    other.exec('CREATE TABLE theirs (id INTEGER)');
    other.close();
    expect(() => openDatabase(foreign)).toThrow(
      expect.objectContaining({ code: 'project/not-a-project' }),
    );
    const damaged = file();
    writeFileSync(damaged, 'this is no database, but long enough to be taken for one'.repeat(100));
    expect(() => openDatabase(damaged)).toThrow(
      expect.objectContaining({ code: 'project/damaged' }),
    );
  });

  it('lets only one process in', () => {
    const path = file();
    const database = openDatabase(path);
    database.exec(`INSERT INTO tags (name) VALUES ('mine')`);
    expect(() => openDatabase(path)).toThrow(expect.objectContaining({ code: 'project/in-use' }));
    database.close();
    openDatabase(path).close();
  });

  it('says when it may not write, and when the disk is full, and keeps what was there', (context) => {
    const folder = temporaryFolder();
    const path = join(folder, 'project.lensmith');
    context.skip(!mountSmall(folder), 'a small file system can only be mounted by root on Linux');
    try {
      const database = openDatabase(path);
      const { added, thrown } = fill(database);
      expect(storeError(thrown, path)).toMatchObject({ code: 'io/disk-full' });
      expect(database.prepare('SELECT count(*) AS n FROM tags').get()).toEqual({ n: added });
      database.close();
      execFileSync('mount', ['-o', 'remount,ro', folder]);
      expect(() => openDatabase(path)).toThrow(
        expect.objectContaining({ code: 'project/read-only' }),
      );
    } finally {
      execFileSync('umount', ['-l', folder]);
    }
  });
});

/** A file system of 2 MiB, or false where this user may not mount one. */
function mountSmall(folder: string): boolean {
  if (process.platform !== 'linux') return false;
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', folder], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Adds rows until there is no room. */
function fill(database: DatabaseSync): { added: number; thrown: unknown } {
  const add = database.prepare('INSERT INTO tags (name) VALUES (?)');
  for (let added = 0; ; added++) {
    try {
      add.run(`${added} ${'x'.repeat(20_000)}`);
    } catch (thrown) {
      return { added, thrown };
    }
  }
}
