/** Datasets, and the rows that they select from. */
import { compileFilter } from './filter-sql.ts';
import type { Edit } from './journal.ts';
import type { ProjectStore, Row } from './project-store.ts';

export interface DatasetRow {
  readonly id: number;
  readonly name: string;
  readonly filter: string;
  readonly settingsJson: string;
  readonly createdMs: number;
}

function datasetOf(row: Row): DatasetRow {
  return {
    id: Number(row['id']),
    name: String(row['name']),
    filter: String(row['filter']),
    settingsJson: String(row['settings_json']),
    createdMs: Number(row['created_ms']),
  };
}

/** Oldest first. */
export function listDatasets(store: ProjectStore): DatasetRow[] {
  return store.all('SELECT * FROM datasets ORDER BY created_ms, id').map(datasetOf);
}

export function readDataset(store: ProjectStore, id: number): DatasetRow | undefined {
  const row = store.get('SELECT * FROM datasets WHERE id = ?', id);
  return row === undefined ? undefined : datasetOf(row);
}

export function insertDataset(edit: Edit, dataset: Omit<DatasetRow, 'id'>): number {
  const { name, filter, settingsJson, createdMs } = dataset;
  return edit.insert('datasets', {
    name,
    filter,
    settings_json: settingsJson,
    created_ms: createdMs,
  });
}

export function updateDataset(
  edit: Edit,
  id: number,
  part: Partial<Pick<DatasetRow, 'name' | 'filter' | 'settingsJson'>>,
): void {
  edit.update('datasets', id, {
    ...(part.name === undefined ? {} : { name: part.name }),
    ...(part.filter === undefined ? {} : { filter: part.filter }),
    ...(part.settingsJson === undefined ? {} : { settings_json: part.settingsJson }),
  });
}

/** An item as far as splits are concerned. */
export interface CandidateItem {
  readonly id: number;
  readonly hash: string;
  readonly perceptualHash: string | null;
  readonly split: 'train' | 'validation' | 'test' | null;
  readonly isMissing: boolean;
}

/** So many rows at a time, that reading them holds nobody up. */
const batchSize = 1000;

function* batches(ids: readonly number[]): Generator<string> {
  for (let from = 0; from < ids.length; from += batchSize) {
    yield JSON.stringify(ids.slice(from, from + batchSize));
  }
}

const among = 'IN (SELECT value FROM json_each(?))';

/** Items outside the trash that a filter names, by id, in batches. @throws library/bad-filter */
export function* candidateItems(store: ProjectStore, filter: string): Generator<CandidateItem[]> {
  const { sql, values } = compileFilter(filter);
  const ids = store
    .lists(`SELECT id FROM items WHERE trashed_ms IS NULL AND (${sql}) ORDER BY id`, ...values)
    .map(([id]) => Number(id));
  for (const batch of batches(ids)) {
    const rows = store.lists(
      `SELECT id, hash, perceptual_hash, split, is_missing FROM items WHERE id ${among} ORDER BY id`,
      batch,
    );
    yield rows.map(([id, hash, perceptualHash, split, isMissing]) => ({
      id: Number(id),
      hash: String(hash),
      perceptualHash: typeof perceptualHash === 'string' ? perceptualHash : null,
      split: split as CandidateItem['split'],
      isMissing: isMissing === 1,
    }));
  }
}

/** A sample as far as splits are concerned. */
export interface CandidateSample {
  readonly id: number;
  readonly status: 'draft' | 'reviewed' | 'rejected';
  readonly itemIds: readonly number[];
  /** Turns of the assistant with something in them. */
  readonly answers: number;
}

/** `[{"type":"text","text":""}]`, what an editor leaves of an answer that nobody wrote. */
const emptyTurnLength = JSON.stringify([{ type: 'text', text: '' }]).length;

/** All samples outside the trash, in the order in which they are shown, in batches. */
export function* candidateSamples(store: ProjectStore): Generator<CandidateSample[]> {
  const ids = store
    .lists('SELECT id FROM samples WHERE trashed_ms IS NULL ORDER BY position, id')
    .map(([id]) => Number(id));
  for (const batch of batches(ids)) {
    const statuses = new Map(
      store.lists(`SELECT id, status FROM samples WHERE id ${among}`, batch) as [number, string][],
    );
    const answers = new Map(
      store.lists(
        `SELECT sample_id, count(*) FROM turns WHERE sample_id ${among} AND role = 'assistant'
         AND length(content_json) > ? GROUP BY sample_id`,
        batch,
        emptyTurnLength,
      ) as [number, number][],
    );
    const items = itemsOfSamples(store, batch);
    // In the order of the ids; one that went meanwhile is left out.
    yield (JSON.parse(batch) as number[]).flatMap((id): CandidateSample[] => {
      const status = statuses.get(id) as CandidateSample['status'] | undefined;
      if (status === undefined) return [];
      return [{ id, status, itemIds: items.get(id) ?? [], answers: answers.get(id) ?? 0 }];
    });
  }
}

function itemsOfSamples(store: ProjectStore, sampleIds: string): Map<number, number[]> {
  const found = new Map<number, number[]>();
  const rows = store.lists(
    `SELECT sample_id, item_id FROM sample_items WHERE sample_id ${among} ORDER BY position, id`,
    sampleIds,
  ) as [number, number][];
  for (const [sampleId, itemId] of rows) {
    const list = found.get(sampleId);
    if (list === undefined) found.set(sampleId, [itemId]);
    else list.push(itemId);
  }
  return found;
}
