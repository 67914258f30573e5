import { describe, expect, test } from 'vitest';
import {
  dateRange,
  filterKeys,
  filterValue,
  parseFilter,
} from '../../src-main/ipc/contract/library-filter.ts';
import type { FilterKey } from '../../src-main/ipc/contract/library-filter.ts';
import { compileFilter } from '../../src-main/store/filter-sql.ts';
import { countFacets, facetKeys, indexOf, listItems } from '../../src-main/store/item-list.ts';
import type { ListOrder } from '../../src-main/store/item-orders.ts';
import type { ProjectStore } from '../../src-main/store/project-store.ts';
import { itemValues, openStore } from './support.ts';

/** A small generator with a seed: the same cases each time. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const order: ListOrder = { sort: 'added', isDescending: false, seed: 1 };
const found = (store: ProjectStore, filter: string): number[] => [
  ...listItems(indexOf(store), { filter, view: 'library' }, order).ids,
];
const foundBySql = (store: ProjectStore, filter: string): number[] => {
  const { sql, values } = compileFilter(filter);
  return store
    .all(
      `SELECT id FROM items WHERE trashed_ms IS NULL AND ${sql} ORDER BY added_ms, id`,
      ...values,
    )
    .map((row) => Number(row['id']));
};

/** 120 items with everything that filters ask for. */
function populated(): ProjectStore {
  const store = openStore();
  const pick = random(7);
  store.journal.edit('library', 'Make', (edit) => {
    const tags = ['left lung', 'blurry', 'Ähre', '50%'].map((name) =>
      edit.insert('tags', { name }),
    );
    const labels = ['crack', 'Dent'].map((name, position) =>
      edit.insert('labels', { name, color: position, position }),
    );
    for (let n = 1; n <= 120; n += 1) {
      const isVideo = pick(4) === 0;
      const id = edit.insert(
        'items',
        itemValues(`IMG_${n}_${pick(3) === 0 ? 'Crack' : 'ok'}.jpg`, {
          kind: isVideo ? 'video' : 'image',
          format: isVideo ? 'mp4' : 'jpeg',
          size_bytes: pick(5_000_000),
          width: 100 + pick(4000),
          height: 100 + pick(3000),
          duration_ms: isVideo ? pick(30_000) : null,
          taken_ms: pick(3) === 0 ? null : Date.UTC(2025, pick(14), 1 + pick(27), 12),
          added_ms: Date.UTC(2026, pick(11), 1 + pick(27), 12),
          split: ['train', 'validation', 'test', null][pick(4)] ?? null,
          rating: pick(6),
          is_missing: pick(10) === 0 ? 1 : 0,
          trashed_ms: pick(12) === 0 ? 1 : null,
          notes: pick(5) === 0 ? 'a hairline crack at the edge' : '',
        }),
      );
      for (const tag of tags)
        if (pick(3) === 0) edit.insert('item_tags', { item_id: id, tag_id: tag });
      for (let mark = pick(4); mark > 0; mark -= 1) {
        edit.insert('shapes', {
          item_id: id,
          label_id: [...labels, null][pick(3)] ?? null,
          kind: 'point',
          geometry_json: '{"kind":"point","x":1,"y":1}',
          order: mark,
          is_draft: pick(5) === 0 ? 1 : 0,
        });
      }
      for (let sample = pick(3); sample > 0; sample -= 1) {
        const sampleId = edit.insert('samples', {
          kind: 'conversation',
          status: ['draft', 'reviewed', 'rejected'][pick(3)] ?? 'draft',
          position: sample,
          created_ms: 1,
          trashed_ms: pick(6) === 0 ? 1 : null,
        });
        edit.insert('sample_items', { sample_id: sampleId, item_id: id, position: 1 });
        edit.insert('turns', {
          sample_id: sampleId,
          role: 'assistant',
          content_json: JSON.stringify([{ type: 'text', text: `Part ${pick(9)} is whole.` }]),
          position: 1,
        });
      }
    }
  });
  return store;
}

const words: Readonly<Record<FilterKey, readonly string[]>> = {
  type: ['image', 'video', 'VIDEO'],
  format: ['jpeg', 'mp4', 'nothing'],
  tag: ['left lung', 'BLURRY', 'none', 'Ähre', '50%', "o'clock"],
  label: ['crack', 'dent', 'none'],
  split: ['train', 'validation', 'test', 'none'],
  annotated: ['yes', 'no'],
  status: ['draft', 'reviewed', 'rejected', 'none'],
  rating: ['0', '3', '2..4', '..2', '4..'],
  samples: ['0', '1', '1..'],
  marks: ['0', '2', '1..3'],
  width: ['2000', '1000..3000'],
  height: ['500', '..1500'],
  size: ['1MB', '100k..2.5MB'],
  duration: ['10', '5s..20s'],
  added: ['2026', '2026-03', '2026-02..2026-05', '..2026-06-15'],
  taken: ['2025', '2025-12-24', '2025-06..', '2026-01'],
  name: ['crack', 'IMG_1', '_ok', '%', 'ok.jpg'],
  missing: ['yes', 'no'],
  id: ['1..50', '7'],
  text: ['crack', 'hair', 'whole', 'lung'],
};
const ordered = ['number', 'size', 'seconds', 'date'];

function randomTerm(pick: (below: number) => number): string {
  const keys = Object.keys(words) as FilterKey[];
  const key = keys[pick(keys.length)] as FilterKey;
  const value = (): string => words[key][pick(words[key].length)] as string;
  const minus = pick(4) === 0 ? '-' : '';
  if (key === 'text') return `${minus}${pick(2) === 0 ? value() : `text:"${value()}"`}`;
  const isCompared = ordered.includes(filterKeys[key].kind) && pick(2) === 0;
  if (isCompared)
    return `${minus}${key}${['>', '>=', '<', '<='][pick(4)]}${value().split('..').find(Boolean) ?? ''}`;
  const values = Array.from({ length: 1 + pick(2) }, () => filterValue(value()));
  return `${minus}${key}:${values.join(',')}`;
}

describe('the filter language', () => {
  test('reads terms, quotes, negation, lists, comparisons, and where each stands', () => {
    const text = 'type:image tag:"left lung",x -tag:blurry rating>=3 "a b" crack text:"c"';
    const { terms, problems } = parseFilter(text);
    expect(problems).toEqual([]);
    expect(
      terms.map(({ key, isNegated, comparison, values }) => [key, isNegated, comparison, values]),
    ).toEqual([
      ['type', false, '=', ['image']],
      ['tag', false, '=', ['left lung', 'x']],
      ['tag', true, '=', ['blurry']],
      ['rating', false, '>=', ['3']],
      ['text', false, '=', ['a b']],
      ['text', false, '=', ['crack']],
      ['text', false, '=', ['c']],
    ]);
    for (const { from, to } of terms) expect(text.slice(from, to)).not.toMatch(/^\s|\s$/u);
  });

  test.each([
    ['type:photo', 'type: is one of image, video.', 0],
    ['crack ratng>3', 'There is no key ratng:.', 6],
    ['stat:draft', 'There is no key stat:. Did you mean status:?', 0],
    ['rating:x', 'rating: x is not a number.', 0],
    ['a tag:"b', 'A quotation mark is not closed.', 2],
    ['tag:', 'tag: needs a value.', 0],
    ['type>image', 'type cannot be compared; write type:value.', 0],
    ['taken:2025-13', 'taken: 2025-13 is not a date, e.g. 2026, 2026-11 or 2026-01..2026-06.', 0],
  ])('says what is wrong with %s', (text, message, from) => {
    expect(parseFilter(text).problems).toMatchObject([{ message, from }]);
    expect(() => compileFilter(text)).toThrow(message);
  });

  test('dates span what they name, in local time', () => {
    const month = dateRange('2026-11');
    expect(month).toEqual({
      fromMs: new Date(2026, 10, 1).getTime(),
      toMs: new Date(2026, 11, 1).getTime(),
    });
    expect(dateRange('2026-02-30')).toBeNull();
    expect(dateRange('2025-12..2026-01')?.toMs).toBe(new Date(2026, 1, 1).getTime());
  });

  test('never throws, and values written by filterValue come back', () => {
    const pick = random(3);
    const letters = [...'ab:,"\\-<>= .%\'()*…'];
    for (let round = 0; round < 3000; round += 1) {
      const text = Array.from({ length: pick(24) }, () => letters[pick(letters.length)]).join('');
      const { terms, problems } = parseFilter(text);
      for (const { from, to } of [...terms, ...problems]) {
        expect(from).toBeGreaterThanOrEqual(0);
        expect(to).toBeLessThanOrEqual(text.length);
      }
      expect(parseFilter(`tag:${filterValue(text)}`)).toMatchObject({
        terms: [{ key: 'tag', values: [text] }],
        problems: [],
      });
    }
  });
});

describe('finding items', () => {
  test('the index and SQL find the same for any filter', () => {
    const store = populated();
    const pick = random(11);
    let some = 0;
    for (let round = 0; round < 600; round += 1) {
      const filter = Array.from({ length: 1 + pick(3) }, () => randomTerm(pick)).join(' ');
      const ids = foundBySql(store, filter);
      expect(found(store, filter), filter).toEqual(ids);
      if (ids.length > 0) some += 1;
    }
    expect(some).toBeGreaterThan(200);
  });

  test('hostile values are values: nothing of them is SQL or a query of the word index', () => {
    const store = populated();
    for (const value of [
      ...['IMG_', 'img', '[a', '(', '$&', String.raw`\d`, 'Ä', 'a|b', '😀'],
      `'; DROP TABLE items; --`,
      '" OR 1',
      'NEAR(a b)',
      '*',
      'a*b^',
      'name:crack',
    ]) {
      for (const key of ['tag', 'name', 'text', 'label', 'format']) {
        const filter = `${key}:${filterValue(value)}`;
        expect(found(store, filter), filter).toEqual(foundBySql(store, filter));
      }
    }
    expect(found(store, '').length).toBeGreaterThan(90);
  });

  test('words are found by their beginnings, in quotes whole; not the JSON around them', () => {
    const store = openStore();
    const id = store.journal.edit('library', 'Make', (edit) => {
      const item = edit.insert('items', itemValues('pic.png', { notes: 'hairline crack' }));
      const sample = edit.insert('samples', { kind: 'free', position: 1, created_ms: 1 });
      edit.insert('sample_items', { sample_id: sample, item_id: item, position: 1 });
      const content = JSON.stringify([{ type: 'text', text: 'A broken flange.' }]);
      edit.insert('turns', { sample_id: sample, role: 'user', content_json: content, position: 1 });
      return item;
    });
    for (const filter of ['hair', 'flan', '"hairline crack"', 'text:"broken flange"', 'pic']) {
      expect(found(store, filter), filter).toEqual([id]);
    }
    for (const filter of ['airline', '"crack hairline"', '"hairl"', 'type', '-flange']) {
      expect(found(store, filter), filter).toEqual([]);
    }
  });

  test('the index follows what is doubted', () => {
    const store = openStore();
    const add = (name: string): number =>
      store.journal.edit('library', 'Add', (edit) => edit.insert('items', itemValues(name)));
    const [a, b] = [add('IMG_10.png'), add('IMG_9.png')];
    expect(found(store, '')).toEqual([a, b]);
    store.journal.edit('library', 'Rate', (edit) => edit.update('items', b, { rating: 5 }));
    indexOf(store).doubt([b]);
    expect(found(store, 'rating:5')).toEqual([b]);
    const c = add('IMG_1.png');
    store.journal.edit('library', 'Delete', (edit) => edit.delete('items', a));
    indexOf(store).doubt([a, c]);
    const query = { filter: '', view: 'library' } as const;
    const byName = listItems(indexOf(store), query, { ...order, sort: 'name' });
    expect([...byName.ids]).toEqual([c, b]);
    expect([...byName.aspects]).toEqual([1333, 1333]);
    const shuffled = (seed: number): number[] => [
      ...listItems(indexOf(store), query, { sort: 'random', isDescending: false, seed }).ids,
    ];
    expect(shuffled(5)).toEqual(shuffled(5));
  });

  test('counts of a key leave its own terms out of account', () => {
    const store = populated();
    const query = { filter: 'type:image rating>=2', view: 'library' } as const;
    const facets = countFacets(indexOf(store), query);
    const count = (filter: string): number => foundBySql(store, filter).length;
    expect(Object.fromEntries(facets.type.map((one) => [one.value, one.count]))).toEqual({
      image: count('type:image rating>=2'),
      video: count('type:video rating>=2'),
    });
    for (const key of facetKeys) {
      if (key === 'type' || key === 'rating') continue;
      for (const { value, count: items } of facets[key]) {
        expect(items, `${key} ${value}`).toBe(
          count(`${query.filter} ${key}:${filterValue(value)}`),
        );
      }
    }
    for (const { value, count: items } of facets.rating) {
      expect(items, `rating ${value}`).toBe(count(`type:image rating:${value}`));
    }
    expect(facets.rating.some(({ value }) => value === '0')).toBe(true);
  });
});
