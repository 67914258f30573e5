import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect } from 'vitest';
import { LensmithError } from '../../src-main/base/errors.ts';

/** A folder for one test file's cases; emptied after each case. */
export function temporaryFolder(): { path: (name: string) => string } {
  let folder: string | undefined;
  afterEach(() => {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
    folder = undefined;
  });
  return {
    path(name) {
      folder ??= mkdtempSync(join(tmpdir(), 'lensmith-formats-'));
      return join(folder, name);
    },
  };
}

export function writeText(path: string, text: string | Uint8Array): string {
  writeFileSync(path, text);
  return path;
}

/** Asserts that a promise fails with this code, and gives the error. */
export async function failure(promise: Promise<unknown>, code: string): Promise<LensmithError> {
  const error: unknown = await promise.then(
    () => new Error('it succeeded'),
    (thrown: unknown) => thrown,
  );
  expect(error, String(error)).toBeInstanceOf(LensmithError);
  expect((error as LensmithError).code).toBe(code);
  return error as LensmithError;
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
