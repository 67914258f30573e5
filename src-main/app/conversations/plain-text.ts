/** Turns in plain words: for lists, and for what a chip leaves behind. */
import { isMarkPart } from '../../ipc/contract/content.ts';
import type { Content, MarkPart } from '../../ipc/contract/content.ts';
import type { ProjectStore } from '../../store/project-store.ts';
import { readReferredVideoMarks } from '../../store/referred-video-marks.ts';
import { readReferredShapes } from '../../store/sample-media.ts';
import { writeTime } from './write-reference.ts';

const longestSummary = 300;

/** A turn in a line; marks by their labels, pictures as a sign. */
export function plainText(content: Content, nameOf: (part: MarkPart) => string): string {
  let text = '';
  for (const part of content) {
    if (part.type === 'text') text += part.text.slice(0, longestSummary);
    else if (part.type === 'item') text += '▣';
    else if (part.type === 'time') text += writeTime(part.fromMs, part.toMs);
    else text += `‹${nameOf(part)}›`;
    if (text.length >= longestSummary) break;
  }
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length > longestSummary ? `${line.slice(0, longestSummary)}…` : line;
}

/** Names of all marks that contents speak of: their labels, or what they are; `?`: gone. */
export function markNames(
  store: ProjectStore,
  contents: readonly Content[],
): (part: MarkPart) => string {
  const parts = contents.flatMap((content) => content.filter(isMarkPart));
  if (parts.length === 0) return () => '?';
  const ids = (type: MarkPart['type']): number[] =>
    parts.flatMap((part) => (part.type === type ? [idOf(part)] : []));
  const marks = readReferredVideoMarks(store, {
    segments: ids('segment'),
    events: ids('event'),
    tracks: ids('track'),
  });
  const names = new Map<string, string>();
  const add = (type: MarkPart['type'], rows: readonly NamedMark[]): void => {
    for (const { id, labelName, kind } of rows) {
      names.set(`${type} ${id}`, labelName ?? kind ?? type);
    }
  };
  add('region', readReferredShapes(store, ids('region')));
  add('segment', marks.segments);
  add('event', marks.events);
  add('track', marks.tracks);
  return (part) => names.get(`${part.type} ${idOf(part)}`) ?? '?';
}

interface NamedMark {
  readonly id: number;
  readonly labelName: string | null;
  readonly kind?: string;
}

function idOf(part: MarkPart): number {
  switch (part.type) {
    case 'region':
      return part.shapeId;
    case 'segment':
      return part.segmentId;
    case 'event':
      return part.eventId;
    case 'track':
      return part.trackId;
  }
}
