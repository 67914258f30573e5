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

/** Items outside the trash that a filter names, by id. @throws library/bad-filter */
export function candidateItems(store: ProjectStore, filter: string): CandidateItem[] {
  const { sql, values } = compileFilter(filter);
  return store
    .all(
      `SELECT id, hash, perceptual_hash, split, is_missing FROM items
       WHERE trashed_ms IS NULL AND (${sql}) ORDER BY id`,
      ...values,
    )
    .map((row) => ({
      id: Number(row['id']),
      hash: String(row['hash']),
      perceptualHash: row['perceptual_hash'] === null ? null : String(row['perceptual_hash']),
      split: row['split'] as CandidateItem['split'],
      isMissing: row['is_missing'] === 1,
    }));
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

/** All samples outside the trash, in the order in which they are shown. */
export function candidateSamples(store: ProjectStore): CandidateSample[] {
  const rows = store.all(
    `SELECT id, status,
       (SELECT group_concat(item_id) FROM sample_items WHERE sample_id = samples.id) AS item_ids,
       (SELECT count(*) FROM turns WHERE sample_id = samples.id AND role = 'assistant'
        AND length(content_json) > ?) AS answers
     FROM samples WHERE trashed_ms IS NULL ORDER BY position, id`,
    emptyTurnLength,
  );
  return rows.map((row) => ({
    id: Number(row['id']),
    status: row['status'] as CandidateSample['status'],
    itemIds: row['item_ids'] === null ? [] : String(row['item_ids']).split(',').map(Number),
    answers: Number(row['answers']),
  }));
}
