/** Which pictures and videos a sample is about, and what becomes of chips that refer to those that go. */
import type { Content, ContentPart } from '../../ipc/contract/content.ts';
import type { References, SampleItem } from '../../ipc/contract/conversations.ts';
import type { Edit } from '../../store/journal.ts';
import type { ProjectStore } from '../../store/project-store.ts';
import type { SampleItemRow, TurnRow } from '../../store/samples.ts';
import { requireSampleRow } from './read-samples.ts';
import { referencesOf } from './references.ts';
import { scopeOf } from './scope.ts';
import { writeTime } from './write-reference.ts';

/**
 * Sets items and their order in one act. What refers to an item that goes becomes plain words: a mark
 * its name, a time its seconds; the place of the item goes without a word. The act is undone where the
 * sample then is: with its new first item.
 * @throws conversations/sample-missing
 */
export function setSampleItems(
  store: ProjectStore,
  sampleId: number,
  items: readonly SampleItem[],
): void {
  const { items: before, turns } = requireSampleRow(store, sampleId);
  const kept = new Set(items.map(({ itemId }) => itemId));
  const gone = before.flatMap(({ itemId }) => (kept.has(itemId) ? [] : [itemId]));
  const scope = scopeOf(items.length > 0 ? items : before);
  store.journal.edit(scope, labelOf(before, items, gone), (edit) => {
    writeItems(edit, sampleId, before, items);
    if (gone.length > 0) writeOutReferences(store, edit, turns, gone);
  });
}

function labelOf(
  before: readonly SampleItemRow[],
  items: readonly SampleItem[],
  gone: readonly number[],
): string {
  if (gone.length > 0) return 'Take pictures out of the sample';
  if (items.length > before.length) return 'Add pictures to the sample';
  const isOrdered = items.every(({ itemId }, at) => before[at]?.itemId === itemId);
  return isOrdered ? 'Choose frames' : 'Order pictures';
}

function writeItems(
  edit: Edit,
  sampleId: number,
  before: readonly SampleItemRow[],
  items: readonly SampleItem[],
): void {
  const left = new Map(before.map((item) => [item.itemId, item]));
  for (const [position, { itemId, sampling }] of items.entries()) {
    const samplingJson = sampling === null ? null : JSON.stringify(sampling);
    const values = { sampling_json: samplingJson, position };
    const known = left.get(itemId);
    if (known !== undefined) edit.update('sample_items', known.id, values);
    else edit.insert('sample_items', { sample_id: sampleId, item_id: itemId, ...values });
    left.delete(itemId);
  }
  for (const { id } of left.values()) edit.delete('sample_items', id);
}

function writeOutReferences(
  store: ProjectStore,
  edit: Edit,
  turns: readonly TurnRow[],
  gone: readonly number[],
): void {
  const wordsFor = wordsOf(referencesOf(store, gone), new Set(gone));
  const worded = (json: string): string => {
    // What is parsed here was checked by the contract when it was written.
    const content = JSON.parse(json) as Content;
    const said = content.map((part) => {
      const plain = wordsFor(part);
      return plain === null ? part : words(plain);
    });
    const isSame = said.every((part, at) => part === content[at]);
    return isSame ? json : JSON.stringify(joined(said));
  };
  for (const { id, contentJson, rejectedJson } of turns) {
    edit.update('turns', id, {
      content_json: worded(contentJson),
      rejected_json: rejectedJson === null ? null : worded(rejectedJson),
    });
  }
}

/** What a part leaves behind when its item goes; null: it refers to nothing that goes. */
function wordsOf(
  { shapes, segments, events, tracks }: References,
  gone: ReadonlySet<number>,
): (part: ContentPart) => string | null {
  return (part) => {
    switch (part.type) {
      case 'text':
        return null;
      case 'item':
        return gone.has(part.itemId) ? '' : null;
      case 'time':
        return gone.has(part.itemId) ? writeTime(part.fromMs, part.toMs) : null;
      case 'region':
        return shapes.find(({ shapeId }) => shapeId === part.shapeId)?.name ?? null;
      case 'track':
        return tracks.find(({ trackId }) => trackId === part.trackId)?.name ?? null;
      case 'segment': {
        const found = segments.find(({ segmentId }) => segmentId === part.segmentId);
        return found === undefined ? null : writeTime(found.fromMs, found.toMs);
      }
      case 'event': {
        const found = events.find(({ eventId }) => eventId === part.eventId);
        return found === undefined ? null : writeTime(found.atMs, null);
      }
    }
  };
}

const words = (text: string): ContentPart => ({ type: 'text', text });

function joined(parts: readonly ContentPart[]): ContentPart[] {
  const result: ContentPart[] = [];
  for (const part of parts) {
    const last = result.at(-1);
    if (part.type === 'text' && part.text === '') continue;
    if (part.type === 'text' && last?.type === 'text') {
      result[result.length - 1] = words(last.text + part.text);
    } else result.push(part);
  }
  return result;
}
