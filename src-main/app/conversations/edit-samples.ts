/** What a person does with whole samples; every act is one step of undo. */
import type { NewSample, Sample, SampleItem } from '../../ipc/contract/conversations.ts';
import type { Content, Role } from '../../ipc/contract/content.ts';
import type { Edit } from '../../store/journal.ts';
import type { ProjectStore } from '../../store/project-store.ts';
import {
  findSamples,
  lastSamplePosition,
  readSamples,
  sampleIdsOfItem,
} from '../../store/samples.ts';
import { positionAt } from './positions.ts';
import { readSample } from './read-samples.ts';
import { scopeOf } from './scope.ts';

interface NewTurn {
  readonly role: Role;
  readonly content: Content;
  readonly rejected?: Content | null | undefined;
}

/** A sample to be written inside an edit of the caller's. */
export interface SampleToInsert extends Pick<NewSample, 'kind'> {
  readonly items: readonly SampleItem[];
  readonly turns: readonly NewTurn[];
  readonly source: string;
  readonly position: number;
  readonly createdMs: number;
  readonly status?: Sample['status'];
  readonly notes?: string;
  readonly rating?: number;
}

/** @returns the sample's id */
export function insertSample(edit: Edit, sample: SampleToInsert): number {
  const id = edit.insert('samples', {
    kind: sample.kind,
    status: sample.status ?? 'draft',
    rating: sample.rating ?? 0,
    notes: sample.notes ?? '',
    source: sample.source,
    position: sample.position,
    created_ms: sample.createdMs,
  });
  for (const [position, { itemId, sampling }] of sample.items.entries()) {
    edit.insert('sample_items', {
      sample_id: id,
      item_id: itemId,
      sampling_json: sampling === null ? null : JSON.stringify(sampling),
      position,
    });
  }
  for (const [position, { role, content, rejected = null }] of sample.turns.entries()) {
    edit.insert('turns', {
      sample_id: id,
      role,
      content_json: JSON.stringify(content),
      rejected_json: rejected === null ? null : JSON.stringify(rejected),
      position,
    });
  }
  return id;
}

const names: Readonly<Record<Sample['kind'], string>> = {
  conversation: 'New conversation',
  description: 'New description',
  reasoning: 'New reasoning',
  free: 'New sample',
};

/** @returns the sample's id */
export function createSample(
  store: ProjectStore,
  now: () => number,
  { kind, items, turns, source = 'person' }: NewSample,
): number {
  const position = lastSamplePosition(store) + 1;
  return store.journal.edit(scopeOf(items), names[kind], (edit) =>
    insertSample(edit, { kind, items, turns, source, position, createdMs: now() }),
  );
}

/** A copy right after the sample, a draft again. @returns its id */
export function duplicateSample(store: ProjectStore, now: () => number, sampleId: number): number {
  const sample = readSample({ store }, sampleId);
  return store.journal.edit(scopeOf(sample.items), 'Duplicate sample', (edit) => {
    const { kind, items, turns, source, notes, rating } = sample;
    const [siblings, index] = placeAmongSiblings(store, sample);
    const position = positionAt(edit, 'samples', siblings, index + 1);
    const createdMs = now();
    return insertSample(edit, { kind, items, turns, source, notes, rating, position, createdMs });
  });
}

/** Before another sample of the same picture, or to the end. */
export function moveSample(store: ProjectStore, sampleId: number, beforeId: number | null): void {
  const sample = readSample({ store }, sampleId);
  store.journal.edit(scopeOf(sample.items), 'Move sample', (edit) => {
    const [all] = placeAmongSiblings(store, sample);
    const siblings = all.filter(({ id }) => id !== sampleId);
    const found = siblings.findIndex(({ id }) => id === beforeId);
    const index = found < 0 ? siblings.length : found;
    edit.update('samples', sampleId, {
      position: positionAt(edit, 'samples', siblings, index),
    });
  });
}

/** The samples of its first picture (of a sample without one: all), and its place among them. */
function placeAmongSiblings(store: ProjectStore, { id, items }: Sample) {
  const first = items[0]?.itemId;
  const ids = first === undefined ? allIds(store) : sampleIdsOfItem(store, first);
  const siblings = readSamples(store, ids);
  return [siblings, siblings.findIndex((row) => row.id === id)] as const;
}

function allIds(store: ProjectStore): number[] {
  const everything = {
    items: null,
    text: '',
    kinds: [],
    statuses: [],
    minRating: 0,
    inTrash: false,
  };
  return findSamples(store, everything).reverse();
}

/** Facts of one or many samples; those that are not given stay. */
export interface SampleFacts {
  readonly kind?: Sample['kind'] | undefined;
  readonly status?: Sample['status'] | undefined;
  readonly rating?: number | undefined;
  readonly notes?: string | undefined;
  readonly trashedMs?: number | null | undefined;
}

export function updateSamples(
  store: ProjectStore,
  sampleIds: readonly number[],
  label: string,
  { trashedMs, ...facts }: SampleFacts,
): void {
  const rows = readSamples(store, sampleIds);
  const scopes = new Set(rows.map(({ items }) => scopeOf(items)));
  const [only = 'library'] = scopes;
  const values = Object.fromEntries(
    Object.entries({ ...facts, trashed_ms: trashedMs }).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value]],
    ),
  );
  store.journal.edit(scopes.size === 1 ? only : 'library', label, (edit) => {
    for (const { id } of rows) edit.update('samples', id, values);
  });
}
