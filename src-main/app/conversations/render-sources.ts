/** All that samples refer to, read at once. */
import { resolve } from 'node:path';
import { isMarkPart } from '../../ipc/contract/content.ts';
import type { MarkPart } from '../../ipc/contract/content.ts';
import type { Sample } from '../../ipc/contract/conversations.ts';
import type { Geometry } from '../../ipc/contract/shapes.ts';
import { boxAt } from '../../ipc/contract/track-box.ts';
import type { Keyframe } from '../../ipc/contract/video-marks.ts';
import { readReferredVideoMarks } from '../../store/referred-video-marks.ts';
import { readReferredShapes, readSampleMedia } from '../../store/sample-media.ts';
import type { OpenProject } from '../project/open-project.ts';
import type { RenderItem, RenderMark, RenderSources } from './render-sample.ts';

export interface SourcesOfSamples {
  readonly sources: RenderSources;
  /** Of each item; null: none is chosen. */
  readonly splits: ReadonlyMap<number, string | null>;
}

export function sourcesOf(
  { store, folder }: Pick<OpenProject, 'store' | 'folder'>,
  samples: readonly Sample[],
): SourcesOfSamples {
  const marks = new ReferredMarks(store, marksIn(samples));
  const itemIds = new Set(samples.flatMap(({ items }) => items.map(({ itemId }) => itemId)));
  for (const itemId of marks.itemIds) itemIds.add(itemId);
  const items = new Map<number, RenderItem>();
  const splits = new Map<number, string | null>();
  for (const row of readSampleMedia(store, [...itemIds])) {
    const { kind, width, height } = row;
    items.set(row.id, { kind, path: resolve(folder, row.path), width, height });
    splits.set(row.id, row.split);
  }
  return { sources: { item: (id) => items.get(id), mark: (part) => marks.find(part) }, splits };
}

function marksIn(samples: readonly Sample[]): MarkPart[] {
  return samples
    .flatMap(({ turns }) => turns.flatMap(({ content, rejected }) => [content, rejected ?? []]))
    .flatMap((content) => content.filter(isMarkPart));
}

class ReferredMarks {
  readonly #shapes: ReadonlyMap<number, { itemId: number; geometry: Geometry }>;
  readonly #segments: ReadonlyMap<number, { startSeconds: number; endSeconds: number }>;
  readonly #events: ReadonlyMap<number, { seconds: number }>;
  readonly #tracks: ReadonlyMap<number, { itemId: number; keyframes: readonly Keyframe[] }>;

  constructor(store: OpenProject['store'], parts: readonly MarkPart[]) {
    const ids = (idOf: (part: MarkPart) => number[]): number[] => [...new Set(parts.flatMap(idOf))];
    const shapes = readReferredShapes(
      store,
      ids((part) => (part.type === 'region' ? [part.shapeId] : [])),
    );
    const marks = readReferredVideoMarks(store, {
      segments: ids((part) => (part.type === 'segment' ? [part.segmentId] : [])),
      events: ids((part) => (part.type === 'event' ? [part.eventId] : [])),
      tracks: ids((part) => (part.type === 'track' ? [part.trackId] : [])),
    });
    // What is parsed here was checked by the contract when it was written.
    const geometryOf = (json: string): Geometry => JSON.parse(json) as Geometry;
    this.#shapes = new Map(
      shapes.map(({ id, itemId, geometryJson }) => [
        id,
        { itemId, geometry: geometryOf(geometryJson) },
      ]),
    );
    this.#segments = byId(marks.segments);
    this.#events = byId(marks.events);
    this.#tracks = byId(marks.tracks);
  }

  /** Items whose size is needed to write marks on them. */
  get itemIds(): number[] {
    return [...this.#shapes.values(), ...this.#tracks.values()].map(({ itemId }) => itemId);
  }

  find(part: MarkPart): RenderMark | undefined {
    switch (part.type) {
      case 'region':
        return this.#shapes.get(part.shapeId);
      case 'segment': {
        const segment = this.#segments.get(part.segmentId);
        if (segment === undefined) return undefined;
        return { fromMs: segment.startSeconds * 1000, toMs: segment.endSeconds * 1000 };
      }
      case 'event': {
        const event = this.#events.get(part.eventId);
        return event && { fromMs: event.seconds * 1000, toMs: null };
      }
      case 'track': {
        const track = this.#tracks.get(part.trackId);
        const box = track && boxAtMoment(track.keyframes, part.atMs / 1000);
        if (track === undefined || !box) return undefined;
        const { x, y, width, height } = box;
        return { itemId: track.itemId, geometry: { kind: 'box', x, y, width, height } };
      }
    }
  }
}

/** At a moment that need not be the beginning of a frame; null: what it follows is not in sight. */
function boxAtMoment(keyframes: readonly Keyframe[], seconds: number) {
  const from = keyframes.findLast((keyframe) => keyframe.seconds <= seconds);
  if (from === undefined) return null;
  // Half a frame on where the moment lies behind the keyframe.
  return boxAt(keyframes, from.frame + (from.seconds < seconds ? 0.5 : 0), seconds);
}

function byId<T extends { readonly id: number }>(rows: readonly T[]): Map<number, T> {
  return new Map(rows.map((row) => [row.id, row]));
}
