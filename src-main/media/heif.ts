import { ByteCursor } from './byte-cursor.ts';
import { oddImage } from './image-errors.ts';

/** A coded picture: the decoder's configuration and its data, as the file holds them. */
export interface CodedPicture {
  /** HEVCDecoderConfigurationRecord */
  readonly config: Uint8Array;
  readonly data: Uint8Array;
}

/** What is done to the decoded picture. */
export type HeifTransform =
  /** Quarter turns counter-clockwise. */
  | { readonly kind: 'rotate'; readonly quarters: number }
  | { readonly kind: 'mirror'; readonly swap: 'rows' | 'columns' }
  /** Width, height and the offset of the centre, as eight 32-bit numbers: four fractions. */
  | { readonly kind: 'crop'; readonly aperture: readonly number[] };

/** The primary picture of a file: one coded picture, or a grid of them, row after row. */
export interface HeifPicture {
  readonly width: number;
  readonly height: number;
  readonly columns: number;
  readonly rows: number;
  readonly tileWidth: number;
  readonly tileHeight: number;
  readonly tiles: readonly CodedPicture[];
  /** In the order in which they apply. */
  readonly transforms: readonly HeifTransform[];
  /** How colours are coded, where the container says so: matrix by ITU-T H.273, full range. */
  readonly colour: { readonly matrix: number; readonly fullRange: boolean } | undefined;
}

const MAX_EXTENTS = 100_000;
const MAX_TRANSFORMS = 4;

interface Box {
  readonly type: string;
  readonly body: ByteCursor;
}

function boxesIn(cursor: ByteCursor): Box[] {
  const boxes: Box[] = [];
  while (cursor.left >= 8) {
    const size32 = cursor.unsigned(4);
    const type = cursor.text(4);
    const size = size32 === 1 ? cursor.unsigned(8) - 16 : size32 - 8;
    boxes.push({ type, body: cursor.part(size32 === 0 ? cursor.left : size) });
  }
  return boxes;
}

function bodyOf(boxes: readonly Box[], type: string): ByteCursor {
  const box = boxes.find((one) => one.type === type);
  if (!box) throw new Error(`no box "${type}"`);
  return box.body.again();
}

const versionOf = (body: ByteCursor) => {
  const version = body.unsigned(1);
  return { version, flags: body.unsigned(3) };
};

/** Types of the items, by id. */
function itemTypes(body: ByteCursor): Map<number, string> {
  const { version } = versionOf(body);
  body.unsigned(version === 0 ? 2 : 4);
  const types = new Map<number, string>();
  for (const { type, body: entry } of boxesIn(body)) {
    if (type !== 'infe') continue;
    const { version: entryVersion } = versionOf(entry);
    if (entryVersion < 2) continue;
    const id = entry.unsigned(entryVersion === 2 ? 2 : 4);
    entry.unsigned(2);
    types.set(id, entry.text(4));
  }
  return types;
}

/** Data of the items, by id, gathered from their extents in the file or in the box of small data. */
function itemData(
  body: ByteCursor,
  file: Uint8Array,
  small: Uint8Array | undefined,
): Map<number, () => Uint8Array> {
  const { version } = versionOf(body);
  const sizes = body.unsigned(2);
  const [offsetSize, lengthSize, baseSize, indexSize] = [12, 8, 4, 0].map(
    (bit) => (sizes >> bit) & 15,
  );
  const items = new Map<number, () => Uint8Array>();
  let extentsLeft = MAX_EXTENTS;
  for (let n = body.unsigned(version < 2 ? 2 : 4); n > 0; n -= 1) {
    const id = body.unsigned(version < 2 ? 2 : 4);
    const inSmall = version > 0 && (body.unsigned(2) & 15) === 1;
    body.unsigned(2);
    const base = body.unsigned(baseSize!);
    const extents: (readonly [number, number])[] = [];
    // Their fields may be of no bytes at all, so the file's end does not stop them.
    const count = body.unsigned(2);
    extentsLeft -= count;
    if (extentsLeft < 0) throw new Error('items in too many pieces');
    for (let extent = 0; extent < count; extent += 1) {
      if (version > 0) body.unsigned(indexSize!);
      extents.push([base + body.unsigned(offsetSize!), body.unsigned(lengthSize!)]);
    }
    const source = inSmall ? small : file;
    items.set(id, () => gather(source ?? new Uint8Array(), extents));
  }
  return items;
}

function gather(source: Uint8Array, extents: readonly (readonly [number, number])[]): Uint8Array {
  let total = 0;
  const parts = extents.map(([from, length]) => {
    const end = length === 0 ? source.length : from + length;
    total += end - from;
    // Extents may overlap; in sum they cannot be more than there is.
    if (from > end || end > source.length || total > source.length) {
      throw new Error('an item leads out of the file: it is cut short');
    }
    return source.subarray(from, end);
  });
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
}

/** The items that an item is put together from, in order. */
function partsOf(body: ByteCursor, id: number): number[] {
  const { version } = versionOf(body);
  const idSize = version === 0 ? 2 : 4;
  for (const { type, body: reference } of boxesIn(body)) {
    if (type !== 'dimg' || reference.unsigned(idSize) !== id) continue;
    return Array.from({ length: reference.unsigned(2) }, () => reference.unsigned(idSize));
  }
  return [];
}

/** The properties of each item, in order. */
function itemProperties(body: ByteCursor): (id: number) => Box[] {
  const boxes = boxesIn(body);
  const properties = boxesIn(bodyOf(boxes, 'ipco'));
  const indices = new Map<number, number[]>();
  for (const { type, body: map } of boxes) {
    if (type !== 'ipma') continue;
    const { version, flags } = versionOf(map);
    for (let n = map.unsigned(4); n > 0; n -= 1) {
      const id = map.unsigned(version === 0 ? 2 : 4);
      const wide = (flags & 1) === 1;
      const list = Array.from({ length: map.unsigned(1) }, () =>
        wide ? map.unsigned(2) & 0x7fff : map.unsigned(1) & 0x7f,
      );
      indices.set(id, list);
    }
  }
  return (id) => (indices.get(id) ?? []).flatMap((index) => properties[index - 1] ?? []);
}

function sizeOf(properties: readonly Box[]): { width: number; height: number } {
  const body = bodyOf(properties, 'ispe');
  versionOf(body);
  return { width: body.unsigned(4), height: body.unsigned(4) };
}

function transformOf({ type, body }: Box): HeifTransform | undefined {
  const cursor = body.again();
  if (type === 'irot') return { kind: 'rotate', quarters: cursor.unsigned(1) & 3 };
  if (type === 'imir') {
    return { kind: 'mirror', swap: (cursor.unsigned(1) & 1) === 0 ? 'rows' : 'columns' };
  }
  if (type !== 'clap') return undefined;
  return { kind: 'crop', aperture: Array.from({ length: 8 }, () => cursor.unsigned(4) | 0) };
}

function colourOf(properties: readonly Box[]): HeifPicture['colour'] {
  for (const { type, body } of properties) {
    const cursor = body.again();
    if (type !== 'colr' || cursor.text(4) !== 'nclx') continue;
    cursor.unsigned(4);
    return { matrix: cursor.unsigned(2), fullRange: cursor.unsigned(1) >= 128 };
  }
  return undefined;
}

interface Grid {
  readonly columns: number;
  readonly rows: number;
  readonly width: number;
  readonly height: number;
}

function gridOf(data: Uint8Array): Grid {
  const body = new ByteCursor(data);
  body.unsigned(1);
  const size = (body.unsigned(1) & 1) === 0 ? 2 : 4;
  const rows = body.unsigned(1) + 1;
  const columns = body.unsigned(1) + 1;
  return { rows, columns, width: body.unsigned(size), height: body.unsigned(size) };
}

/**
 * Finds the primary picture of a HEIF file and what its decoder needs. Nothing is decoded, and no
 * offset or size is followed out of the file.
 *
 * @throws media/image-unsupported  coded otherwise than as HEVC
 * @throws Error with the reason in words, RangeError where the file ends too early
 * @source ISO/IEC 14496-12 (boxes), ISO/IEC 23008-12 (items, properties, grids)
 */
export function readHeif(bytes: Uint8Array, name: string): HeifPicture {
  const meta = bodyOf(boxesIn(new ByteCursor(bytes)), 'meta');
  versionOf(meta);
  const boxes = boxesIn(meta);
  const primary = bodyOf(boxes, 'pitm');
  const id = primary.unsigned(versionOf(primary).version === 0 ? 2 : 4);
  const types = itemTypes(bodyOf(boxes, 'iinf'));
  const small = boxes.find(({ type }) => type === 'idat')?.body.rest;
  const items = itemData(bodyOf(boxes, 'iloc'), bytes, small);
  const propertiesOf = itemProperties(bodyOf(boxes, 'iprp'));
  const dataOf = (item: number) => {
    const data = items.get(item);
    if (!data) throw new Error(`no data of item ${item}`);
    return data();
  };
  const isGrid = types.get(id) === 'grid';
  const tileIds = isGrid ? partsOf(bodyOf(boxes, 'iref'), id) : [id];
  const foreign = tileIds.find((tile) => types.get(tile) !== 'hvc1');
  if (foreign !== undefined) {
    throw oddImage(name, 'a HEIC picture coded as HEVC', `"${types.get(foreign) ?? 'nothing'}"`);
  }
  const [first] = tileIds;
  if (first === undefined) throw new Error('a grid without tiles');
  const tile = sizeOf(propertiesOf(first));
  const grid = isGrid ? gridOf(dataOf(id)) : { columns: 1, rows: 1, ...tile };
  checkGrid(grid, tile, tileIds.length);
  const tiles = tileIds.map((item) => ({
    config: bodyOf(propertiesOf(item), 'hvcC').rest,
    data: dataOf(item),
  }));
  // Many tiles may name the same large data.
  const total = tiles.reduce((sum, { config, data }) => sum + config.length + data.length, 0);
  if (total > 2 * bytes.length) throw new Error('tiles that share their data');
  const properties = propertiesOf(id);
  const transforms = properties.flatMap((property) => transformOf(property) ?? []);
  if (transforms.length > MAX_TRANSFORMS) throw new Error('too many turns');
  return {
    ...grid,
    tileWidth: tile.width,
    tileHeight: tile.height,
    tiles,
    transforms,
    colour: colourOf(properties) ?? colourOf(propertiesOf(first)),
  };
}

/** Tiles cover the picture, and each of them shows something of it. */
function checkGrid(grid: Grid, tile: { width: number; height: number }, tiles: number): void {
  const fits = (length: number, side: number, count: number) =>
    length > 0 && side * count >= length && side * (count - 1) < length;
  const { width, height, columns, rows } = grid;
  if (tiles !== columns * rows) throw new Error(`${tiles} tiles for ${columns}×${rows}`);
  if (!fits(width, tile.width, columns) || !fits(height, tile.height, rows)) {
    throw new Error(`tiles of ${tile.width}×${tile.height} for ${width}×${height} pixels`);
  }
}
