/** Items that look alike: offered after an import, and kept together when a dataset is split. */
import { perceptualHashes } from '../../store/item-files.ts';
import { readCards } from '../../store/items.ts';
import type { ItemCardRow } from '../../store/items.ts';
import type { AppContext } from '../core/context.ts';
import type { OpenProject } from '../project/open-project.ts';

/**
 * Groups of near-duplicates among all items outside the trash. No two items of different groups are
 * within the distance that the settings name, so a split that keeps groups whole is clean.
 * @returns groups of two and more ids
 * @throws job/cancelled, worker/ended
 */
export async function groupLookalikes(
  { workers, settings }: AppContext,
  project: OpenProject,
  signal?: AbortSignal,
): Promise<number[][]> {
  const { ids, hashes } = perceptualHashes(project.store);
  if (ids.length < 2) return [];
  const bits = Math.min(settings.values.nearDuplicateBits, mostBits);
  const groups = await workers.media.run('nearDuplicates', { hashes, bits }, { signal });
  return groups.map((places) => places.map((place) => ids[place] as number));
}

/** As groupNearDuplicates has it; more would join what is different. */
const mostBits = 12;
const mostGroups = 500;

/** Groups as the panel shows them: with one of `itemIds`, the largest and best rated item first. */
export async function lookalikeCards(
  context: AppContext,
  project: OpenProject,
  itemIds: readonly number[] | undefined,
  signal: AbortSignal,
): Promise<ItemCardRow[][]> {
  const wanted = itemIds === undefined ? null : new Set(itemIds);
  const groups = (await groupLookalikes(context, project, signal)).filter(
    (group) => wanted === null || group.some((id) => wanted.has(id)),
  );
  return groups
    .slice(0, mostGroups)
    .map((group) =>
      readCards(project.store, group).sort(
        (a, b) => b.rating - a.rating || b.width * b.height - a.width * a.height || a.id - b.id,
      ),
    );
}
