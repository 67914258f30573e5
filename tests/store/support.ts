import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Committed } from '../../src-main/store/journal.ts';
import { ProjectStore } from '../../src-main/store/project-store.ts';

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'lensmith-store-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A clock that moves a millisecond each time it is read. */
export function steppingClock(): () => number {
  let ms = 1_700_000_000_000;
  return () => ms++;
}

export function openStore(
  path = join(temporaryFolder(), 'project.lensmith'),
  onCommitted?: (committed: Committed, itemIds: readonly number[]) => void,
): ProjectStore {
  const store = new ProjectStore(path, {
    now: steppingClock(),
    ...(onCommitted === undefined ? {} : { onCommitted }),
  });
  onTestFinished(() => {
    try {
      store[Symbol.dispose]();
    } catch {
      // a test may have closed it
    }
  });
  return store;
}

/** The columns that every item needs. */
export function itemValues(name: string, more: Record<string, string | number | null> = {}) {
  return {
    kind: 'image',
    path: `/pictures/${name}`,
    name,
    hash: `hash of ${name}`,
    format: 'png',
    size_bytes: 10,
    modified_ms: 0,
    width: 4,
    height: 3,
    added_ms: 0,
    ...more,
  };
}
