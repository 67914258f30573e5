/** What chips look like. */
import type { ContentPart } from '../../../src-main/ipc/contract/content.ts';
import type { References } from '../../../src-main/ipc/contract/conversations.ts';
import { formatClock } from '../../ui/format.ts';
import { coverOf, cropOf } from './crop.ts';
import type { Crop } from './crop.ts';
import { texts } from './texts/index.ts';

export type { References } from '../../../src-main/ipc/contract/conversations.ts';
export type ReferencePart = Exclude<ContentPart, { type: 'text' }>;

export const noReferences: References = {
  shapes: [],
  segments: [],
  events: [],
  tracks: [],
  items: [],
};

export interface ChipLook {
  readonly kind: ReferencePart['type'];
  readonly text: string;
  /** Entry of the label palette; null: none. */
  readonly color: number | null;
  /** null: it refers to what is not there. */
  readonly itemId: number | null;
  /** What it shows in small; null: nothing but a sign. */
  readonly crop: Crop | null;
}

const chipPx = 16;

export function lookOf(part: ReferencePart, references: References): ChipLook {
  const { shapes, segments, events, tracks, items } = references;
  const gone = (): ChipLook => ({
    ...{ kind: part.type, text: texts().deletedMark, color: null, itemId: null, crop: null },
  });
  const mark = (
    found: { readonly itemId: number; readonly name: string; readonly color: number | null },
    text: string,
    crop: Crop | null = null,
  ): ChipLook => ({ kind: part.type, text, color: found.color, itemId: found.itemId, crop });
  switch (part.type) {
    case 'region': {
      const shape = shapes.find(({ shapeId }) => shapeId === part.shapeId);
      if (shape === undefined) return gone();
      const item = items.find(({ itemId }) => itemId === shape.itemId);
      return mark(shape, shape.name, item === undefined ? null : cropOf(shape, item, chipPx));
    }
    case 'segment': {
      const segment = segments.find(({ segmentId }) => segmentId === part.segmentId);
      if (segment === undefined) return gone();
      return mark(segment, `${segment.name} ${timeText(segment.fromMs, segment.toMs)}`);
    }
    case 'event': {
      const event = events.find(({ eventId }) => eventId === part.eventId);
      if (event === undefined) return gone();
      return mark(event, `${event.name} ${timeText(event.atMs, null)}`);
    }
    case 'track': {
      const track = tracks.find(({ trackId }) => trackId === part.trackId);
      if (track === undefined) return gone();
      return mark(track, texts().trackAt(track.name, timeText(part.atMs, null)));
    }
    case 'time': {
      const { itemId } = part;
      const text = timeText(part.fromMs, part.toMs);
      return { kind: 'time', text, color: null, itemId, crop: null };
    }
    case 'item': {
      const item = items.find(({ itemId }) => itemId === part.itemId);
      if (item === undefined) return { ...gone(), text: texts().notInSample };
      const { itemId, name } = item;
      return { kind: 'item', text: name, color: null, itemId, crop: coverOf(item) };
    }
  }
}

export function timeText(fromMs: number, toMs: number | null): string {
  const from = formatClock(fromMs / 1000);
  return toMs === null ? from : `${from} – ${formatClock(toMs / 1000)}`;
}

/** Where a chip leads in its video; null: to no moment. */
export function momentOf(
  part: ReferencePart,
  { segments, events, tracks }: References,
): { readonly itemId: number; readonly ms: number } | null {
  switch (part.type) {
    case 'time':
      return { itemId: part.itemId, ms: part.fromMs };
    case 'segment': {
      const found = segments.find(({ segmentId }) => segmentId === part.segmentId);
      return found === undefined ? null : { itemId: found.itemId, ms: found.fromMs };
    }
    case 'event': {
      const found = events.find(({ eventId }) => eventId === part.eventId);
      return found === undefined ? null : { itemId: found.itemId, ms: found.atMs };
    }
    case 'track': {
      const found = tracks.find(({ trackId }) => trackId === part.trackId);
      return found === undefined ? null : { itemId: found.itemId, ms: part.atMs };
    }
    case 'region':
    case 'item':
      return null;
  }
}

/** The chips of a sample that mean an item: what becomes plain words when it goes. */
export function chipsOf(
  turns: readonly {
    readonly content: readonly ContentPart[];
    readonly rejected: readonly ContentPart[] | null;
  }[],
  itemId: number,
  references: References,
): ChipLook[] {
  return turns
    .flatMap(({ content, rejected }) => [...content, ...(rejected ?? [])])
    .flatMap((part) => (part.type === 'text' ? [] : [lookOf(part, references)]))
    .filter((look) => look.itemId === itemId);
}
