/** A way through a chat as models read it. */
import { resolve } from 'node:path';
import type { Message } from '../../formats/sample.ts';
import { readItems } from '../../store/items.ts';
import { renderSample } from '../conversations/render-sample.ts';
import type { OpenProject } from '../project/open-project.ts';
import type { HistoryTurn } from './conversation-tree.ts';

/** What the model reads: pictures by their files. */
export function messagesFor(project: OpenProject, history: readonly HistoryTurn[]): Message[] {
  const ids = itemsOf(history);
  const items = new Map(
    readItems(project.store, ids).map((item) => [
      item.id,
      { ...item, path: resolve(project.folder, item.path) },
    ]),
  );
  const sources = {
    item: (id: number) => items.get(id),
    // Questions speak of no marks; see the contract.
    mark: () => undefined,
  };
  const sample = { items: ids.map((itemId) => ({ itemId, sampling: null })), turns: history };
  return renderSample(sample, sources, 'normalized-box');
}

/** Each once, in their order. */
export function itemsOf(history: readonly HistoryTurn[]): number[] {
  const ids = history.flatMap(({ content }) =>
    content.flatMap((part) => (part.type === 'item' ? [part.itemId] : [])),
  );
  return [...new Set(ids)];
}
