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
import { Breather } from '../core/breather.ts';
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
  const list: CandidateItem[] = [];
  const items = new Map<number, CandidateItem>();
  for (const item of flat(candidateItems(store, filter))) {
    if (breather.isDue) await breather.rest();
    list.push(item);
    items.set(item.id, item);
  }
  const isOpen = filter.trim() === '';
  const sound: CandidateSample[] = [];
  const leftOut = noneLeftOut();
  let sampleCount = 0;
  for (const sample of flat(candidateSamples(store))) {
    if (breather.isDue) await breather.rest();
    const { id, itemIds } = sample;
    if (!(itemIds.length === 0 ? isOpen : itemIds.every((item) => items.has(item)))) continue;
    sampleCount += 1;
    const why = whyNot(sample, items, settings);
    if (why === null) sound.push(sample);
    else leftOut[why].push(id);
  }
  const duplicates = await finder.groupsOf(list);
  const sides =
    settings.split.by === 'items'
      ? splitByItems(sound, items)
      : await splitByShares(sound, items, duplicates, settings.split);
  const samples: SelectedSample[] = [];
  const sideOfItem = new Map<number, SplitName>();
  for (const { id, status, itemIds, answers } of sound) {
    if (breather.isDue) await breather.rest();
    const split = sides.get(id) ?? null;
    if (split === null) leftOut.straddling.push(id);
    else {
      samples.push({ id, status: status as SelectedSample['status'], itemIds, answers, split });
      for (const itemId of itemIds) sideOfItem.set(itemId, split);
    }
  }
  const leaks = leaksOf(duplicates, sideOfItem);
  return { itemCount: list.length, sampleCount, samples, leftOut, duplicates, leaks };
}

function* flat<T>(batches: Iterable<readonly T[]>): Generator<T> {
  for (const batch of batches) yield* batch;
}

const noneLeftOut = (): Record<keyof LeftOut, number[]> => ({
  draft: [],
  reviewed: [],
  rejected: [],
  noAnswer: [],
  missingMedia: [],
  straddling: [],
});

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
