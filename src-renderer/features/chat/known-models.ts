/** Models as they are chosen for a chat: a folder, or an adapter on the folder it goes on. */
import type { ModelRef } from '../../../src-main/ipc/contract/content.ts';
import type { ModelEntry } from '../../../src-main/ipc/contract/models.ts';

export const isUsable = ({ kind, baseDir, isMissing, error }: ModelEntry): boolean =>
  !isMissing && error === null && (kind === 'model' || baseDir !== null);

export function refOf({ kind, dir, baseDir }: ModelEntry): ModelRef {
  return kind === 'adapter' && baseDir !== null
    ? { dir: baseDir, adapter: dir }
    : { dir, adapter: null };
}

/** The folder by which a reference stands on the list. */
export const keyOf = ({ dir, adapter }: ModelRef): string => adapter ?? dir;

export function nameOf(entries: readonly ModelEntry[], model: ModelRef): string {
  const key = keyOf(model);
  const known = entries.find(({ dir }) => dir === key)?.name;
  return known ?? key.split(/[\\/]/).filter(Boolean).at(-1) ?? key;
}
