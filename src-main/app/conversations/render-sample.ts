import { LensmithError } from '../../base/errors.ts';
import type { MediaPart, Message, Part } from '../../formats/sample.ts';
import type { ContentPart, Dialect, MarkPart, Role, Sampling } from '../../ipc/contract/content.ts';
import type { Geometry } from '../../ipc/contract/shapes.ts';
import { writeRegion, writeTime } from './write-reference.ts';

/** A sample as far as models are concerned. */
export interface RenderableSample {
  readonly items: readonly { readonly itemId: number; readonly sampling: Sampling }[];
  readonly turns: readonly { readonly role: Role; readonly content: readonly ContentPart[] }[];
}

/** What parts of samples refer to, as it is now. */
export interface RenderSources {
  readonly item: (itemId: number) => RenderItem | undefined;
  /** undefined: it is not there. */
  readonly mark: (part: MarkPart) => RenderMark | undefined;
}

export interface RenderItem {
  readonly kind: 'image' | 'video';
  /** Absolute. */
  readonly path: string;
  /** Of the upright picture, in pixels. */
  readonly width: number;
  readonly height: number;
}

/** Where a mark is, in a picture or in time. */
export type RenderMark =
  | { readonly itemId: number; readonly geometry: Geometry }
  | { readonly fromMs: number; readonly toMs: number | null };

/**
 * The messages that a model gets of a sample. Marks are written from where they are now (of a
 * track: its box at the moment), times in seconds; pictures and videos stand where a turn places them, and those that none places at the
 * beginning of the first user turn, in their order (in a user turn of their own where there is no
 * other). Empty turns at the end are not there yet, and left out.
 * @throws conversations/region-missing  a turn speaks of marks that were deleted or mark nothing
 * @throws conversations/item-missing    a picture or video is not in the library or not in the sample
 */
export function renderSample(
  sample: RenderableSample,
  sources: RenderSources,
  dialect: Dialect,
): Message[] {
  const media = mediaOf(sample, sources);
  const turns = sample.turns.slice(0, sample.turns.findLastIndex(isFilled) + 1);
  const faults: string[] = [];
  const messages = turns.map(({ role, content }, index): Message => {
    const parts = content.map((part): Part => {
      if (part.type === 'text') return part;
      if (part.type === 'item') return placed(media, part.itemId, index);
      if (part.type === 'time') return text(writeTime(part.fromMs, part.toMs));
      const written = writtenMark(part, sources, dialect);
      if (written === null) faults.push(`turn ${index + 1} (${markName(part)})`);
      return text(written ?? '');
    });
    return { role, content: joined(parts) };
  });
  if (faults.length > 0) throw regionMissing(faults);
  return withUnplaced(messages, unplaced(sample, turns, media));
}

/** Whether somebody wrote something in it. */
export function isFilled({ content }: { readonly content: readonly ContentPart[] }): boolean {
  return content.some((part) => part.type !== 'text' || part.text.trim() !== '');
}

const text = (words: string): Part => ({ type: 'text', text: words });

function mediaOf(sample: RenderableSample, sources: RenderSources): Map<number, MediaPart> {
  return new Map(
    sample.items.map(({ itemId, sampling }) => {
      const item = sources.item(itemId);
      if (item === undefined) throw itemMissing(`item ${itemId}`, 'is no longer in the library');
      const { kind, path } = item;
      const part: MediaPart =
        kind === 'image' ? { type: 'image', path } : { type: 'video', path, ...sampling };
      return [itemId, part];
    }),
  );
}

function placed(media: ReadonlyMap<number, MediaPart>, itemId: number, index: number): MediaPart {
  const part = media.get(itemId);
  if (part !== undefined) return part;
  throw itemMissing(`item ${itemId} in turn ${index + 1}`, 'is not among the items of the sample');
}

function writtenMark(part: MarkPart, sources: RenderSources, dialect: Dialect): string | null {
  const mark = sources.mark(part);
  if (mark === undefined) return null;
  if ('fromMs' in mark) return writeTime(mark.fromMs, mark.toMs);
  const item = sources.item(mark.itemId);
  return item === undefined ? null : writeRegion(mark.geometry, item, dialect);
}

function markName(part: MarkPart): string {
  switch (part.type) {
    case 'region':
      return `mark ${part.shapeId}`;
    case 'segment':
      return `segment ${part.segmentId}`;
    case 'event':
      return `event ${part.eventId}`;
    case 'track':
      return `track ${part.trackId} at ${writeTime(part.atMs, null)}`;
  }
}

/** Texts that touch are one: references are words of the sentence. */
function joined(parts: readonly Part[]): Part[] {
  const result: Part[] = [];
  for (const part of parts) {
    const last = result.at(-1);
    if (part.type === 'text' && last?.type === 'text') {
      result[result.length - 1] = text(last.text + part.text);
    } else if (part.type !== 'text' || part.text !== '') result.push(part);
  }
  return result;
}

function unplaced(
  sample: RenderableSample,
  turns: RenderableSample['turns'],
  media: ReadonlyMap<number, MediaPart>,
): MediaPart[] {
  const mentioned = new Set(
    turns.flatMap(({ content }) =>
      content.flatMap((part) => (part.type === 'item' ? [part.itemId] : [])),
    ),
  );
  return sample.items.flatMap(({ itemId }) => {
    const part = media.get(itemId);
    return part === undefined || mentioned.has(itemId) ? [] : [part];
  });
}

function withUnplaced(messages: readonly Message[], media: readonly MediaPart[]): Message[] {
  if (media.length === 0) return [...messages];
  const first = messages.findIndex(({ role }) => role === 'user');
  if (first >= 0) {
    return messages.map((message, index) =>
      index === first ? { ...message, content: [...media, ...message.content] } : message,
    );
  }
  const afterSystem = messages[0]?.role === 'system' ? 1 : 0;
  return messages.toSpliced(afterSystem, 0, { role: 'user', content: media });
}

function regionMissing(places: readonly string[]): LensmithError {
  return new LensmithError(
    'conversations/region-missing',
    'The sample speaks of marks that are not there.',
    {
      expected: 'every mark in its text to be on a picture of the library',
      got: places.join(', '),
      hint: 'Bring the marks back with undo, or take their chips out of the text.',
    },
  );
}

function itemMissing(what: string, why: string): LensmithError {
  return new LensmithError('conversations/item-missing', `A picture of the sample ${why}.`, {
    got: what,
    hint: 'Restore it from the trash, or take it out of the sample.',
  });
}
