import { readFileSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { LensmithError } from '../../src-main/base/errors.ts';

export const fixturesDirectory = join(import.meta.dirname, '..', 'fixtures');

export function readJson<T>(...path: string[]): T {
  return JSON.parse(readFileSync(join(fixturesDirectory, ...path), 'utf8')) as T;
}

/** A fresh folder with these files; objects are written as JSON. */
export async function modelFolder(files: { readonly [name: string]: unknown }): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'lensmith-model-'));
  for (const [name, content] of Object.entries(files)) {
    const text = typeof content === 'string' ? content : JSON.stringify(content);
    await writeFile(join(directory, name), text);
  }
  return directory;
}

/** The error that `work` throws; fails when it throws none of ours. */
export async function errorOf(work: () => unknown): Promise<LensmithError> {
  try {
    await work();
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(LensmithError);
    return thrown as LensmithError;
  }
  throw new Error('nothing was thrown');
}

/** A repeatable sequence in [0, 1). */
export function sequence(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 16807) % 2147483647) / 2147483647;
}
