/** What chips look like, and what @ offers. */
import type { ContentPart } from '../../../src-main/ipc/contract/content.ts';
import type {
  ItemReference,
  ShapeReference,
} from '../../../src-main/ipc/contract/conversations.ts';
import { formatClock } from '../../ui/format.ts';

export type ReferencePart = Exclude<ContentPart, { type: 'text' }>;

export interface References {
  readonly shapes: readonly ShapeReference[];
  readonly items: readonly ItemReference[];
}

export const noReferences: References = { shapes: [], items: [] };

export interface ChipLook {
  readonly kind: ReferencePart['type'];
  readonly text: string;
  /** Entry of the label palette; null: none. */
  readonly color: number | null;
  /** It refers to what is not there. */
  readonly isMissing: boolean;
}

export function lookOf(part: ReferencePart, { shapes, items }: References): ChipLook {
  switch (part.type) {
    case 'region': {
      const shape = shapes.find(({ shapeId }) => shapeId === part.shapeId);
      return {
        kind: 'region',
        text: shape?.name ?? 'deleted mark',
        color: shape?.color ?? null,
        isMissing: shape === undefined,
      };
    }
    case 'time':
      return {
        kind: 'time',
        text: timeText(part.fromMs, part.toMs),
        color: null,
        isMissing: false,
      };
    case 'item': {
      const item = items.find(({ itemId }) => itemId === part.itemId);
      return {
        kind: 'item',
        text: item?.name ?? 'not in this sample',
        color: null,
        isMissing: item === undefined,
      };
    }
  }
}

export function timeText(fromMs: number, toMs: number | null): string {
  const from = formatClock(fromMs / 1000);
  return toMs === null ? from : `${from} – ${formatClock(toMs / 1000)}`;
}

/** A line of the menu behind @ or /. */
export interface Suggestion {
  readonly id: string;
  readonly group: string;
  readonly label: string;
  readonly detail?: string;
  readonly color?: number | null;
  readonly insert: { readonly part: ReferencePart } | { readonly text: string };
}

/** Marks, moments of videos, and the pictures themselves. */
export function mentionsOf({ shapes, items }: References, currentMs: number | null): Suggestion[] {
  const named = new Map(items.map(({ itemId, name }) => [itemId, name]));
  const isMany = items.length > 1;
  const marks = shapes.map(({ shapeId, itemId, name, color, text }): Suggestion => {
    const detail = [text, isMany ? named.get(itemId) : ''].filter(Boolean).join(' · ');
    return {
      id: `region-${shapeId}`,
      group: 'Marks',
      label: name,
      color,
      insert: { part: { type: 'region', shapeId } },
      ...(detail === '' ? {} : { detail }),
    };
  });
  const moments = items
    .filter(({ kind }) => kind === 'video')
    .flatMap(({ itemId, name, durationMs }): Suggestion[] => {
      const fromMs = Math.round(currentMs ?? 0);
      const end = durationMs ?? 0;
      const moment = { type: 'time' as const, itemId, fromMs, toMs: null };
      const whole = { type: 'time' as const, itemId, fromMs: 0, toMs: Math.round(end) };
      const detail = isMany ? { detail: name } : {};
      return [
        {
          ...{ id: `time-${itemId}`, group: 'Times', label: `Now, ${timeText(fromMs, null)}` },
          ...{ insert: { part: moment }, ...detail },
        },
        ...(end > 0
          ? [
              {
                ...{ id: `whole-${itemId}`, group: 'Times' },
                ...{
                  label: `Whole video, ${timeText(0, end)}`,
                  insert: { part: whole },
                  ...detail,
                },
              },
            ]
          : []),
      ];
    });
  const pictures = items.map(({ itemId, name, kind }): Suggestion => ({
    id: `item-${itemId}`,
    group: kind === 'video' ? 'Place the video here' : 'Place the picture here',
    label: name,
    insert: { part: { type: 'item', itemId } },
  }));
  return [...marks, ...moments, ...pictures];
}
