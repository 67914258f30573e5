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
  readonly brands?: readonly string[];
  /** Default gbrp, which keeps RGB as it is. */
  readonly pixelFormat?: string;
}

export const irot = (quarters: number) => box('irot', u8(quarters));
export const imir = (axis: number) => box('imir', u8(axis));
/** How colours are coded, as a property beside the transforms. */
export const nclx = (matrix: number, fullRange: boolean) =>
  box('colr', Buffer.from('nclx'), u16(1), u16(13), u16(matrix), u8(fullRange ? 128 : 0));
export const clap = (...fractions: number[]) => box('clap', ...fractions.map(u32));

/** Ids: the tiles from 1 on, then the grid. */
export async function makeHeic(recipe: HeicRecipe): Promise<Buffer> {
  const { tiles, columns = 1, width, height, transforms = [] } = recipe;
  const nals = units(await encode(tiles, recipe.pixelFormat ?? 'gbrp'));
  const slices = nals.filter((unit) => typeOf(unit) < 32);
  if (slices.length !== tiles.length) throw new Error(`${slices.length} slices`);
  const payloads = slices.map((unit) => Buffer.concat([u32(unit.length), unit]));
  const gridId = tiles.length + 1;
  const isGrid = tiles.length > 1;
  const primary = isGrid ? gridId : 1;
  const rows = tiles.length / columns;
  const grid = Buffer.concat([u8(0, 0, rows - 1, columns - 1), u16(width), u16(height)]);
  const ids = tiles.map((_, i) => i + 1);
  const items = [
    ...ids.map((id) => [id, 'hvc1'] as const),
    ...(isGrid ? [[gridId, 'grid'] as const] : []),
  ];
  const infe = items.map(([id, type]) =>
    fullBox('infe', 2, 0, u16(id), u16(0), Buffer.from(`${type}\0`)),
  );
  const ispe = (w: number, h: number) => fullBox('ispe', 0, 0, u32(w), u32(h));
  const { width: tileWidth, height: tileHeight } = tiles[0]!;
  const properties = [
    box('hvcC', configOf(nals)),
    ispe(tileWidth, tileHeight),
    ispe(width, height),
    ...transforms,
  ];
  const turns = transforms.map((_, i) => 0x80 | (4 + i));
  const own = (id: number) => (id === gridId ? [3, ...turns] : [0x81, 2, ...(isGrid ? [] : turns)]);
  const ipma = items.map(([id]) => Buffer.concat([u16(id), u8(own(id).length, ...own(id))]));
  const meta = (dataAt: number) => {
    let at = dataAt;
    const locations = ids.map((id, i) => {
      at += payloads[i]!.length;
      const extent = [u32(at - payloads[i]!.length), u32(payloads[i]!.length)];
      return Buffer.concat([u16(id), u16(0), u16(0), u16(1), ...extent]);
    });
    if (isGrid) {
      const extent = [u32(0), u32(grid.length)];
      locations.push(Buffer.concat([u16(gridId), u16(1), u16(0), u16(1), ...extent]));
    }
    return fullBox(
      'meta',
      0,
      0,
      fullBox('hdlr', 0, 0, u32(0), Buffer.from('pict'), Buffer.alloc(13)),
      fullBox('pitm', 0, 0, u16(primary)),
      fullBox('iinf', 0, 0, u16(items.length), ...infe),
      ...(isGrid
        ? [fullBox('iref', 0, 0, box('dimg', u16(gridId), u16(ids.length), ...ids.map(u16)))]
        : []),
      box('iprp', box('ipco', ...properties), fullBox('ipma', 0, 0, u32(ipma.length), ...ipma)),
      fullBox('iloc', 1, 0, u16(0x4400), u16(locations.length), ...locations),
      ...(isGrid ? [box('idat', grid)] : []),
    );
  };
  const [major = 'heic', ...others] = recipe.brands ?? ['heic', 'mif1'];
  const ftyp = box(
    'ftyp',
    Buffer.from(major),
    u32(0),
    ...others.map((brand) => Buffer.from(brand)),
  );
  const dataAt = ftyp.length + meta(0).length + 8;
  return Buffer.concat([ftyp, meta(dataAt), box('mdat', ...payloads)]);
}
