/** What chips stand for: marks by their names, pictures, and how they read in plain words. */
import type { Content } from '../../ipc/contract/content.ts';
import type { ItemReference, ShapeReference } from '../../ipc/contract/conversations.ts';
import type { Geometry } from '../../ipc/contract/shapes.ts';
import type { ProjectStore } from '../../store/project-store.ts';
import { readSampleMedia, shapesOfItems } from '../../store/sample-media.ts';
import type { ReferredShapeRow } from '../../store/sample-media.ts';
import { boundsOf } from './shape-bounds.ts';
import { writeTime } from './write-reference.ts';

/** Marks of these items that a chip may stand for, named so that they can be told apart. */
export function shapeReferences(store: ProjectStore, itemIds: readonly number[]): ShapeReference[] {
  const rows = shapesOfItems(store, itemIds);
  const names = namesOf(rows);
  return rows.map((row, index) => ({
    shapeId: row.id,
    itemId: row.itemId,
    name: names[index] ?? '',
    color: row.labelColor,
    kind: row.kind,
    text: row.text,
    bounds: [...(boundsOf(JSON.parse(row.geometryJson) as Geometry) ?? ([0, 0, 0, 0] as const))],
  }));
}

/** The label, or what kind of mark it is; numbered where a picture has several of the same. */
function namesOf(rows: readonly ReferredShapeRow[]): string[] {
  const base = (row: ReferredShapeRow): string => row.labelName ?? row.kind.replace('-', ' ');
  const keys = rows.map((row) => `${row.itemId} ${base(row)}`);
  const seen = new Map<string, number>();
  return rows.map((row, index) => {
    const key = keys[index] ?? '';
    const isAlone = keys.indexOf(key) === keys.lastIndexOf(key);
    const number = (seen.get(key) ?? 0) + 1;
    seen.set(key, number);
    return isAlone ? base(row) : `${base(row)} ${number}`;
  });
}

export function itemReferences(store: ProjectStore, itemIds: readonly number[]): ItemReference[] {
  const byId = new Map(readSampleMedia(store, itemIds).map((row) => [row.id, row]));
  return itemIds.flatMap((id) => {
    const row = byId.get(id);
    if (row === undefined) return [];
    const { name, kind, hash, width, height, durationMs, isMissing } = row;
    return [{ itemId: id, name, kind, hash, width, height, durationMs, isMissing }];
  });
}

const longestSummary = 300;

/** A turn in plain words for lists; marks by their labels. */
export function plainText(content: Content, nameOf: (shapeId: number) => string): string {
  let text = '';
  for (const part of content) {
    if (part.type === 'text') text += part.text.slice(0, longestSummary);
    else if (part.type === 'region') text += `‹${nameOf(part.shapeId)}›`;
    else if (part.type === 'item') text += '▣';
    else text += writeTime(part.fromMs, part.toMs);
    if (text.length >= longestSummary) break;
  }
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length > longestSummary ? `${line.slice(0, longestSummary)}…` : line;
}
