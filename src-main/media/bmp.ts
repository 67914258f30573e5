import { brokenImage, imageTooLarge, oddImage } from './image-errors.ts';

/** Pixels of a bitmap, rows from the top. */
export interface BmpPixels {
  readonly width: number;
  readonly height: number;
  /** [height, width, 3] u8 */
  readonly data: Uint8Array;
  /** By its header; what stands there is dropped, since many writers leave it zero. */
  readonly hadAlpha: boolean;
}

interface Header {
  readonly width: number;
  readonly height: number;
  readonly fromTop: boolean;
  readonly bits: number;
  readonly pixelsAt: number;
  readonly rowBytes: number;
  readonly paletteAt: number;
  readonly paletteSize: number;
  readonly paletteEntryBytes: number;
  /** Bit masks of red, green, blue and alpha; all 0 where there are none. */
  readonly masks: readonly [number, number, number, number];
}

const FILE_HEADER_BYTES = 14;
const CORE_HEADER_BYTES = 12;
const INFO_HEADER_BYTES = 40;
const BITS = [1, 4, 8, 16, 24, 32];
const COMPRESSIONS = ['none', 'RLE8', 'RLE4', 'bit fields', 'JPEG', 'PNG', 'bit fields'];
const MASKS_555 = [0x7c00, 0x3e0, 0x1f, 0] as const;
const MASKS_888 = [0xff0000, 0xff00, 0xff, 0] as const;

function masksOf(view: DataView, headerBytes: number, fields: boolean, bits: number) {
  if (!fields) return bits === 16 ? MASKS_555 : MASKS_888;
  const at = FILE_HEADER_BYTES + INFO_HEADER_BYTES;
  const mask = (i: number) => view.getUint32(at + i * 4, true);
  // The short header is followed by three masks; longer ones hold four.
  return [mask(0), mask(1), mask(2), headerBytes >= INFO_HEADER_BYTES + 16 ? mask(3) : 0] as const;
}

/** The header, with every figure checked against the size of the file. */
function readHeader(bytes: Uint8Array, name: string, maxPixels: number): Header {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerBytes = view.getUint32(FILE_HEADER_BYTES, true);
  const core = headerBytes === CORE_HEADER_BYTES;
  if (!core && (headerBytes < INFO_HEADER_BYTES || headerBytes > 1024)) {
    throw oddImage(name, 'a BMP header of 12 or of 40 and more bytes', `${headerBytes} bytes`);
  }
  const width = core ? view.getUint16(18, true) : view.getInt32(18, true);
  const signedHeight = core ? view.getUint16(20, true) : view.getInt32(22, true);
  const height = Math.abs(signedHeight);
  if (width <= 0 || height === 0) throw brokenImage(name, `a size of ${width}×${height} pixels`);
  if (width * height > maxPixels) {
    throw imageTooLarge(name, `at most ${maxPixels} pixels`, `${width}×${height} pixels`);
  }
  const bits = view.getUint16(core ? 24 : 28, true);
  if (!BITS.includes(bits)) throw oddImage(name, `${BITS.join(', ')} bits a pixel`, String(bits));
  const compression = core ? 0 : view.getUint32(30, true);
  const fields = compression === 3 || compression === 6;
  if ((compression !== 0 && !fields) || (fields && bits !== 16 && bits !== 32)) {
    const found = COMPRESSIONS[compression] ?? `method ${compression}`;
    throw oddImage(name, 'a BMP without compression', `${found} with ${bits} bits a pixel`);
  }
  const pixelsAt = view.getUint32(10, true);
  const rowBytes = Math.ceil((width * bits) / 32) * 4;
  // The last row may lack its padding.
  const needed = pixelsAt + rowBytes * (height - 1) + Math.ceil((width * bits) / 8);
  if (pixelsAt < FILE_HEADER_BYTES + headerBytes || needed > bytes.length) {
    throw brokenImage(name, `${bytes.length} bytes where ${needed} are needed`);
  }
  const paletteAt = FILE_HEADER_BYTES + headerBytes;
  const paletteEntryBytes = core ? 3 : 4;
  const declared = core ? 0 : view.getUint32(46, true);
  const room = Math.floor((pixelsAt - paletteAt) / paletteEntryBytes);
  const full = bits <= 8 ? 2 ** bits : 0;
  return {
    ...{ width, height, bits, pixelsAt, rowBytes, paletteAt, paletteEntryBytes },
    fromTop: signedHeight < 0,
    paletteSize: Math.min(declared === 0 ? full : declared, room, full),
    masks: masksOf(view, headerBytes, fields, bits),
  };
}

/** Writes one stored row of palette indices as RGB. An index beyond the palette is black. */
function paletteRow(header: Header, bytes: Uint8Array, from: number, to: Uint8Array): void {
  const { bits, width, paletteAt, paletteEntryBytes, paletteSize } = header;
  const perByte = 8 / bits;
  for (let x = 0; x < width; x += 1) {
    const shift = 8 - bits * ((x % perByte) + 1);
    const index = (bytes[from + Math.floor(x / perByte)]! >> shift) & (2 ** bits - 1);
    if (index >= paletteSize) continue;
    const entry = paletteAt + index * paletteEntryBytes;
    to[x * 3] = bytes[entry + 2]!;
    to[x * 3 + 1] = bytes[entry + 1]!;
    to[x * 3 + 2] = bytes[entry]!;
  }
}

interface Field {
  readonly mask: number;
  readonly divisor: number;
  readonly max: number;
}

/** A mask of adjacent bits; the value is scaled to 0…255 and rounded down, as the reference does. */
function fieldOf(mask: number, name: string): Field {
  const divisor = mask === 0 ? 1 : 2 ** (31 - Math.clz32(mask & -mask));
  const max = mask / divisor;
  if (!Number.isInteger(Math.log2(max + 1)) || max > 0xffff) {
    throw oddImage(name, 'masks of adjacent bits', `0x${mask.toString(16)}`);
  }
  return { mask, divisor, max };
}

const fieldValue = ({ mask, divisor, max }: Field, pixel: number): number =>
  max === 0 ? 0 : Math.floor((((pixel & mask) >>> 0) * 255) / divisor / max);

function bgrRow(bytes: Uint8Array, from: number, pixelBytes: number, to: Uint8Array): void {
  for (let x = 0, at = from; x < to.length; x += 3, at += pixelBytes) {
    to[x] = bytes[at + 2]!;
    to[x + 1] = bytes[at + 1]!;
    to[x + 2] = bytes[at]!;
  }
}

/**
 * Decodes a Windows or OS/2 bitmap without compression: 1, 4 and 8 bits by palette, 16 and 32 bits
 * by masks, 24 bits; rows from the bottom or from the top. Every size is checked against the file
 * before memory is taken.
 *
 * @throws media/image-unsupported  compressed, or odd headers and masks
 * @throws media/image-too-large, media/image-broken
 * @source BITMAPFILEHEADER, BITMAPINFOHEADER and BITMAPV4HEADER of the Windows API reference
 */
export function decodeBmp(bytes: Uint8Array, name: string, maxPixels: number): BmpPixels {
  const header = readHeader(bytes, name, maxPixels);
  const { width, height, bits, pixelsAt, rowBytes } = header;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const fields = header.masks.map((mask) => fieldOf(mask, name));
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y += 1) {
    const from = pixelsAt + rowBytes * (header.fromTop ? y : height - 1 - y);
    const row = data.subarray(y * width * 3, (y + 1) * width * 3);
    if (bits <= 8) paletteRow(header, bytes, from, row);
    else if (header.masks === MASKS_888) bgrRow(bytes, from, bits / 8, row);
    else maskedRow(view, header, fields, from, row);
  }
  return { width, height, data, hadAlpha: bits > 8 && header.masks[3] !== 0 };
}

function maskedRow(
  view: DataView,
  { bits, width }: Header,
  fields: readonly Field[],
  from: number,
  to: Uint8Array,
): void {
  for (let x = 0; x < width; x += 1) {
    const pixel =
      bits === 16 ? view.getUint16(from + x * 2, true) : view.getUint32(from + x * 4, true);
    for (let channel = 0; channel < 3; channel += 1) {
      to[x * 3 + channel] = fieldValue(fields[channel]!, pixel);
    }
  }
}
