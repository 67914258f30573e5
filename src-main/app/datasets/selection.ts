/** The samples that a dataset selects, and those that it leaves out. */
import type {
  DatasetPreview,
  DatasetSettings,
  DatasetSpec,
  SplitName,
} from '../../ipc/contract/datasets.ts';
import { candidateItems, candidateSamples } from '../../store/datasets.ts';
import type { CandidateItem, CandidateSample } from '../../store/datasets.ts';
import type { OpenProject } from '../project/open-project.ts';
import { Breather } from './breather.ts';
import type { DuplicateFinder, DuplicateGroups } from './groups.ts';
import { leaksOf, splitByItems, splitByShares } from './split.ts';

export interface SelectedSample {
  readonly id: number;
  readonly status: 'draft' | 'reviewed';
  readonly split: SplitName;
  readonly itemIds: readonly number[];
  readonly answers: number;
}

export type LeftOut = { readonly [K in keyof DatasetPreview['leftOut']]: readonly number[] };

export interface Selection {
  /** How many the filter names. */
  readonly itemCount: number;
  /** Samples all of whose items the filter names, whatever their status. */
  readonly sampleCount: number;
  readonly samples: readonly SelectedSample[];
  /** Ids of samples by why they do not count. */
  readonly leftOut: LeftOut;
  readonly duplicates: DuplicateGroups;
  /** Near-duplicates on different sides, by item id. */
  readonly leaks: readonly (readonly number[])[];
}

/**
 * A sample counts when the filter names all its items; one without items only when nothing is
 * filtered.
 * @throws library/bad-filter
 */
export async function selectSamples(
  { store }: Pick<OpenProject, 'store'>,
  { filter, settings }: DatasetSpec,
  finder: DuplicateFinder,
): Promise<Selection> {
  const breather = new Breather();
  const list = await gathered(candidateItems(store, filter), breather);
  const items = new Map(list.map((item) => [item.id, item]));
  const isOpen = filter.trim() === '';
  const named = (await gathered(candidateSamples(store), breather)).filter(({ itemIds }) =>
    itemIds.length === 0 ? isOpen : itemIds.every((id) => items.has(id)),
  );
  await breather.rest();
  const duplicates = await finder.groupsOf(list);
  const reasons = named.map((sample) => [sample, whyNot(sample, items, settings)] as const);
  const sound = reasons.flatMap(([sample, why]) => (why === null ? [sample] : []));
  await breather.rest();
  const sides =
    settings.split.by === 'items'
      ? splitByItems(sound, items)
      : await splitByShares(sound, items, duplicates, settings.split);
  await breather.rest();
  const samples = sound.flatMap((sample): SelectedSample[] => {
    const split = sides.get(sample.id) ?? null;
    return split === null ? [] : [{ ...sample, status: sample.status as 'draft', split }];
  });
  await breather.rest();
  const straddling = sound.filter(({ id }) => sides.get(id) === null).map(({ id }) => id);
  const sideOfItem = new Map(
    samples.flatMap(({ itemIds, split }) => itemIds.map((id) => [id, split])),
  );
  await breather.rest();
  const because = (wanted: Reason): number[] =>
    reasons.flatMap(([{ id }, why]) => (why === wanted ? [id] : []));
  return {
    itemCount: list.length,
    sampleCount: named.length,
    samples,
    leftOut: {
      draft: because('draft'),
      reviewed: because('reviewed'),
      rejected: because('rejected'),
      noAnswer: because('noAnswer'),
      missingMedia: because('missingMedia'),
      straddling,
    },
    duplicates,
    leaks: leaksOf(duplicates, sideOfItem),
  };
}

async function gathered<T>(batches: Iterable<readonly T[]>, breather: Breather): Promise<T[]> {
  const all: T[] = [];
  for (const batch of batches) {
    for (const one of batch) all.push(one);
    if (breather.isDue) await breather.rest();
  }
  return all;
}

type Reason = Exclude<keyof DatasetPreview['leftOut'], 'straddling'>;

function whyNot(
  { status, answers, itemIds }: CandidateSample,
  items: ReadonlyMap<number, CandidateItem>,
  { statuses }: DatasetSettings,
): Reason | null {
  if (status === 'rejected') return 'rejected';
  if (!statuses.includes(status)) return status;
  if (answers === 0) return 'noAnswer';
  return itemIds.some((id) => items.get(id)?.isMissing) ? 'missingMedia' : null;
}
