import type { Sampling } from '../../ipc/contract/content.ts';
import type { ProjectStore } from '../../store/project-store.ts';
import { sampledItems } from '../../store/sample-media.ts';
import { scopeOf } from '../conversations/scope.ts';

/**
 * Has every conversation about a video take its frames this way, as one act of undo.
 * @returns how many were changed
 */
export function useSampling(store: ProjectStore, itemId: number, sampling: Sampling): number {
  const json = sampling === null ? null : JSON.stringify(sampling);
  const changed = sampledItems(store, itemId).filter(({ samplingJson }) => samplingJson !== json);
  if (changed.length === 0) return 0;
  const scopes = new Set(changed.map(({ firstItemId }) => scopeOf([{ itemId: firstItemId }])));
  const [only = 'library'] = scopes;
  store.journal.edit(scopes.size === 1 ? only : 'library', 'Choose frames', (edit) => {
    for (const { id } of changed) edit.update('sample_items', id, { sampling_json: json });
  });
  return changed.length;
}
