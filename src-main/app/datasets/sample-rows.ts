/** Samples of a dataset in short, for lists. */
import type { Content } from '../../ipc/contract/content.ts';
import type { DatasetSample } from '../../ipc/contract/datasets.ts';
import { readSampleMedia } from '../../store/sample-media.ts';
import { readSamples } from '../../store/samples.ts';
import type { SampleRow } from '../../store/samples.ts';
import type { OpenProject } from '../project/open-project.ts';
import type { SelectedSample } from './selection.ts';

const longestText = 400;

export function sampleRows(
  { store }: Pick<OpenProject, 'store'>,
  selected: readonly SelectedSample[],
): DatasetSample[] {
  const rows = new Map(
    readSamples(
      store,
      selected.map(({ id }) => id),
    ).map((row) => [row.id, row]),
  );
  const media = new Map(
    readSampleMedia(store, [...new Set(selected.flatMap(({ itemIds }) => itemIds))]).map((row) => [
      row.id,
      row,
    ]),
  );
  return selected.flatMap(({ id, split, status }) => {
    const row = rows.get(id);
    if (row === undefined) return [];
    const items = row.items.flatMap(({ itemId }) => {
      const item = media.get(itemId);
      return item === undefined
        ? []
        : [{ id: itemId, hash: item.hash, kind: item.kind, name: item.name }];
    });
    const texts = { question: turnText(row, 'user', 0), answer: turnText(row, 'assistant', 0) };
    return [{ sampleId: id, split, status, items, turns: row.turns.length, ...texts }];
  });
}

/** The words of the n-th turn of a role; references are a mark. */
export function turnText({ turns }: SampleRow, role: string, n: number): string {
  const turn = turns.filter((one) => one.role === role)[n];
  if (turn === undefined) return '';
  const text = (JSON.parse(turn.contentJson) as Content)
    .map((part) => (part.type === 'text' ? part.text : part.type === 'item' ? '' : '▢'))
    .join('')
    .trim();
  return text.length > longestText ? `${text.slice(0, longestText)}…` : text;
}
