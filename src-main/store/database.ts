/** Opening a project's file: checks, pragmas, migrations with a backup before them. */
import { accessSync, constants, existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { LensmithError } from '../base/errors.ts';
import { migrations } from './schema.ts';
import { readOnly, storeError } from './sqlite-error.ts';

/** "LnsM": tells our files from other SQLite files (PRAGMA application_id). */
const applicationId = 0x4c6e734d;

export interface OpenOptions {
  /** What the file should be brought to; tests open older versions. */
  readonly migrations?: readonly string[];
}

/**
 * Opens a project's file, or makes it. Only one process may have it open.
 * WAL with full synchronisation: what a command answered for survives kill -9 and loss of power.
 * @throws project/read-only, project/newer-version, project/not-a-project, and the codes of storeError
 */
export function openDatabase(path: string, options: OpenOptions = {}): DatabaseSync {
  requireWritable(path);
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { enableForeignKeyConstraints: true, timeout: 2000 });
    database.exec('PRAGMA locking_mode = EXCLUSIVE');
    checkIdentity(database, path);
    database.exec(
      'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -65536',
    );
    migrate(database, path, options.migrations ?? migrations);
    return database;
  } catch (error) {
    database?.close();
    throw storeError(error, path);
  }
}

/** SQLite opens what it cannot write and fails later, by many codes: better said now. */
function requireWritable(path: string): void {
  try {
    accessSync(dirname(path), constants.W_OK);
    if (existsSync(path)) accessSync(path, constants.W_OK);
  } catch (cause) {
    throw readOnly(path, cause);
  }
}

function numberOf(database: DatabaseSync, pragma: string): number {
  const row = database.prepare(`PRAGMA ${pragma}`).get() as Record<string, number> | undefined;
  return row === undefined ? 0 : (Object.values(row)[0] ?? 0);
}

function checkIdentity(database: DatabaseSync, path: string): void {
  const id = numberOf(database, 'application_id');
  const isEmpty =
    numberOf(database, 'page_count') <= 1 && numberOf(database, 'schema_version') === 0;
  if (id === applicationId || isEmpty) return;
  throw new LensmithError('project/not-a-project', `${path} is no Lensmith project.`, {
    expected: 'a project file made by Lensmith',
    got: 'another SQLite database',
  });
}

function migrate(database: DatabaseSync, path: string, steps: readonly string[]): void {
  const version = numberOf(database, 'user_version');
  if (version > steps.length) {
    throw new LensmithError('project/newer-version', `${path} was made by a newer Lensmith.`, {
      expected: `project version ${steps.length} or older`,
      got: `version ${version}`,
      hint: 'Install the newer Lensmith to open it; nothing in it was changed.',
    });
  }
  if (version === steps.length) return;
  if (version > 0) backUp(database, path, version);
  inTransaction(database, () => {
    for (const step of steps.slice(version)) database.exec(step);
    database.exec(
      `PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${steps.length}`,
    );
  });
}

/** The file as it was before a migration, whole, beside it. */
function backUp(database: DatabaseSync, path: string, version: number): void {
  let copy = `${path}.version-${version}.backup`;
  for (let n = 2; existsSync(copy); n++) copy = `${path}.version-${version}.backup-${n}`;
  database.prepare('VACUUM INTO ?').run(copy);
}

/** All of `work` is written, or nothing. */
export function inTransaction<T>(database: DatabaseSync, work: () => T): T {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}
