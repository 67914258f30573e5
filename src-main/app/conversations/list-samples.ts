/** The list of all samples: which ones a filter means, and what a line shows of each. */
import type { SampleFilter, SampleSummary } from '../../ipc/contract/conversations.ts';
import { compileFilter } from '../../store/filter-sql.ts';
import type { ProjectStore } from '../../store/project-store.ts';
import { readSampleMedia } from '../../store/sample-media.ts';
import { readSamples } from '../../store/samples.ts';
import type { SampleQuery } from '../../store/samples.ts';
import { markNames, plainText } from './plain-text.ts';
import { sampleOfRow } from './read-samples.ts';

/** @throws library/bad-filter */
export function sampleQuery(filter: SampleFilter): SampleQuery {
  const { items, text, kinds, statuses, minRating, inTrash } = filter;
  return { items: itemsOf(items), text, kinds, statuses, minRating, inTrash };
}

/** Samples of trashed items count only where nothing is asked of the items: they still stand. */
function itemsOf(text: string): SampleQuery['items'] {
  if (text.trim() === '') return null;
  const { sql, values } = compileFilter(text);
  return { sql: `SELECT id FROM items WHERE trashed_ms IS NULL AND (${sql})`, values };
}

export function summarise(store: ProjectStore, sampleIds: readonly number[]): SampleSummary[] {
  const samples = readSamples(store, sampleIds).map(sampleOfRow);
  const nameOf = markNames(
    store,
    samples.flatMap(({ turns }) => turns.map(({ content }) => content)),
  );
  const firstIds = samples.flatMap(({ items }) => items[0]?.itemId ?? []);
  const media = new Map(readSampleMedia(store, [...new Set(firstIds)]).map((row) => [row.id, row]));
  return samples.map(({ id, kind, status, rating, source, items, turns }): SampleSummary => {
    const words = (role: string): string =>
      plainText(turns.find((turn) => turn.role === role)?.content ?? [], nameOf);
    const first = media.get(items[0]?.itemId ?? -1);
    return {
      id,
      kind,
      status,
      rating,
      source,
      turnCount: turns.length,
      itemCount: items.length,
      hasPair: turns.some(({ rejected }) => rejected !== null),
      question: words('user'),
      answer: words('assistant'),
      firstItem:
        first === undefined
          ? null
          : { itemId: first.id, name: first.name, kind: first.kind, hash: first.hash },
    };
  });
}
