import { execFileSync } from 'node:child_process';
import { locateFfmpeg } from '../../src-main/media/ffmpeg.ts';
import type { RgbImage } from '../../src-main/media/decode-image.ts';

const u8 = (...values: number[]) => Buffer.from(values);
const u16 = (value: number) => u8(value >> 8, value & 255);
const u32 = (value: number) => Buffer.from(Uint32Array.of(value).buffer).swap32();

function box(type: string, ...parts: Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([u32(body.length + 8), Buffer.from(type, 'latin1'), body]);
}

const fullBox = (type: string, version: number, flags: number, ...parts: Uint8Array[]) =>
  box(type, u32(version * 2 ** 24 + flags), ...parts);

/** Encodes tiles of one size as HEVC pictures, each for itself, without loss beyond the pixel format. */
async function encode(tiles: readonly RgbImage[], pixelFormat: string): Promise<Buffer> {
  const { ffmpeg } = await locateFfmpeg();
  const { width, height } = tiles[0]!;
  return execFileSync(
    ffmpeg.path,
    [
      ...['-v', 'error', '-f', 'rawvideo', '-pix_fmt', 'rgb24', '-s', `${width}x${height}`],
      ...['-i', 'pipe:0', '-pix_fmt', pixelFormat, '-c:v', 'libx265'],
      ...['-x265-params', 'lossless=1:keyint=1:info=0:log-level=none', '-f', 'hevc', 'pipe:1'],
    ],
    { input: Buffer.concat(tiles.map(({ data }) => data)), maxBuffer: 1 << 26 },
  );
}

/** NAL units of a stream with start codes. */
function units(stream: Buffer): Buffer[] {
  const starts: number[] = [];
  for (let at = stream.indexOf('\0\0\x01'); at >= 0; at = stream.indexOf('\0\0\x01', at + 3)) {
    starts.push(at + 3);
  }
  return starts.map((from, i) => {
    let end = i + 1 < starts.length ? starts[i + 1]! - 3 : stream.length;
    while (stream[end - 1] === 0) end -= 1;
    return stream.subarray(from, end);
  });
}

const typeOf = (unit: Buffer) => (unit[0]! >> 1) & 63;

function configOf(sets: readonly Buffer[]): Buffer {
  const arrays = [32, 33, 34].map((type) => {
    const unit = sets.find((one) => typeOf(one) === type)!;
    return Buffer.concat([u8(0x80 | type), u16(1), u16(unit.length), unit]);
  });
  const header = Buffer.alloc(21);
  header[0] = 1;
  return Buffer.concat([header, u8(0xff, 3), ...arrays]);
}

export interface HeicRecipe {
  /** Row after row; one tile makes a file without a grid. */
  readonly tiles: readonly RgbImage[];
  readonly columns?: number;
  /** Of the whole picture. */
  readonly width: number;
  readonly height: number;
  /** Boxes irot, imir, clap of the picture, in order. */
  readonly transforms?: readonly Uint8Array[];
  /** Default gbrp, which keeps RGB as it is. */
  readonly pixelFormat?: string;
  /** A TIFF structure with EXIF tags. */
  readonly exif?: Uint8Array;
}

export const irot = (quarters: number) => box('irot', u8(quarters));
export const imir = (axis: number) => box('imir', u8(axis));
/** How colours are coded, as a property beside the transforms. */
export const nclx = (matrix: number, fullRange: boolean) =>
  box('colr', Buffer.from('nclx'), u16(1), u16(13), u16(matrix), u8(fullRange ? 128 : 0));
export const clap = (...fractions: number[]) => box('clap', ...fractions.map(u32));

interface Item {
  readonly id: number;
  readonly type: string;
  readonly data: Buffer;
  /** In the box of small data instead of behind all boxes; only one item may be. */
  readonly inBoxes?: boolean;
  readonly hidden?: boolean;
  /** Places in the list of properties, from 1; with 128 the essential ones. */
  readonly properties: readonly number[];
  readonly reference?: { readonly type: string; readonly to: readonly number[] };
}

/** The boxes that describe the items; those with data behind the boxes have it from `dataAt` on. */
function metaBox(items: readonly Item[], primary: number, properties: Buffer[], dataAt: number) {
  const infe = items.map(({ id, type, hidden }) =>
    fullBox('infe', 2, hidden ? 1 : 0, u16(id), u16(0), Buffer.from(`${type}\0`)),
  );
  const references = items.flatMap(({ id, reference }) =>
    reference
      ? [box(reference.type, u16(id), u16(reference.to.length), ...reference.to.map(u16))]
      : [],
  );
  const ipma = items.map((item) =>
    Buffer.concat([u16(item.id), u8(item.properties.length, ...item.properties)]),
  );
  let at = dataAt;
  const locations = items.map(({ id, data, inBoxes }) => {
    const from = inBoxes ? 0 : at;
    if (!inBoxes) at += data.length;
    const extent = [u32(from), u32(data.length)];
    return Buffer.concat([u16(id), u16(inBoxes ? 1 : 0), u16(0), u16(1), ...extent]);
  });
  const boxes = [
    fullBox('hdlr', 0, 0, u32(0), Buffer.from('pict'), Buffer.alloc(13)),
    fullBox('pitm', 0, 0, u16(primary)),
    fullBox('iinf', 0, 0, u16(items.length), ...infe),
    ...(references.length > 0 ? [fullBox('iref', 0, 0, ...references)] : []),
    box('iprp', box('ipco', ...properties), fullBox('ipma', 0, 0, u32(ipma.length), ...ipma)),
    fullBox('iloc', 1, 0, u16(0x4400), u16(locations.length), ...locations),
    box('idat', ...items.filter(({ inBoxes }) => inBoxes).map(({ data }) => data)),
  ];
  return fullBox('meta', 0, 0, ...boxes);
}

/** The items: tiles from 1 on, the grid of several, EXIF data. Properties 1 to 3 are of all files. */
function itemsOf(
  recipe: HeicRecipe,
  slices: readonly Buffer[],
): { items: Item[]; primary: number } {
  const { columns = 1, width, height, transforms = [], exif } = recipe;
  const turns = transforms.map((_, i) => 0x80 | (4 + i));
  const isGrid = slices.length > 1;
  const items: Item[] = slices.map((unit, i) => ({
    id: i + 1,
    type: 'hvc1',
    data: Buffer.concat([u32(unit.length), unit]),
    // Tiles are no pictures of their own.
    hidden: isGrid,
    properties: [0x81, 2, ...(isGrid ? [] : turns)],
  }));
  const primary = isGrid ? slices.length + 1 : 1;
  if (isGrid) {
    const layout = u8(0, 0, slices.length / columns - 1, columns - 1);
    items.push({
      ...{ id: primary, type: 'grid', inBoxes: true, properties: [3, ...turns] },
      data: Buffer.concat([layout, u16(width), u16(height)]),
      reference: { type: 'dimg', to: items.map(({ id }) => id) },
    });
  }
  if (exif) {
    items.push({
      ...{ id: 1000, type: 'Exif', hidden: true, properties: [] },
      data: Buffer.concat([u32(0), exif]),
      reference: { type: 'cdsc', to: [primary] },
    });
  }
  return { items, primary };
}

export async function makeHeic(recipe: HeicRecipe): Promise<Buffer> {
  const { tiles, width, height, transforms = [] } = recipe;
  const nals = units(await encode(tiles, recipe.pixelFormat ?? 'gbrp'));
  const slices = nals.filter((unit) => typeOf(unit) < 32);
  if (slices.length !== tiles.length) throw new Error(`${slices.length} slices`);
  const { items, primary } = itemsOf(recipe, slices);
  const ispe = (size: { width: number; height: number }) =>
    fullBox('ispe', 0, 0, u32(size.width), u32(size.height));
  const properties = [
    box('hvcC', configOf(nals)),
    ispe(tiles[0]!),
    ispe({ width, height }),
    ...transforms.map((bytes) => Buffer.from(bytes)),
  ];
  const ftyp = box('ftyp', Buffer.from('heic'), u32(0), Buffer.from('mif1heic'));
  const dataAt = ftyp.length + metaBox(items, primary, properties, 0).length + 8;
  const data = items.filter(({ inBoxes }) => !inBoxes).map((item) => item.data);
  return Buffer.concat([ftyp, metaBox(items, primary, properties, dataAt), box('mdat', ...data)]);
}
