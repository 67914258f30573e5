import { LensmithError } from '../base/errors.ts';

export type ImageFormat = 'jpeg' | 'png' | 'webp' | 'gif' | 'tiff' | 'avif' | 'bmp' | 'heic';

interface Signature {
  readonly format: ImageFormat;
  readonly offset: number;
  readonly text: string;
}

const SIGNATURES: readonly Signature[] = [
  { format: 'jpeg', offset: 0, text: '\xff\xd8\xff' },
  { format: 'png', offset: 0, text: '\x89PNG\r\n\x1a\n' },
  { format: 'gif', offset: 0, text: 'GIF87a' },
  { format: 'gif', offset: 0, text: 'GIF89a' },
  { format: 'webp', offset: 8, text: 'WEBP' },
  { format: 'tiff', offset: 0, text: 'II*\0' },
  { format: 'tiff', offset: 0, text: 'MM\0*' },
  { format: 'tiff', offset: 0, text: 'II+\0' },
  { format: 'tiff', offset: 0, text: 'MM\0+' },
];

/** Brands of the HEIF family whose pictures are coded as AV1 or as HEVC. */
const AVIF_BRANDS = ['avif', 'avis'];
const HEIC_BRANDS = ['heic', 'heix', 'heim', 'heis', 'hevc', 'hevx', 'hevm', 'hevs'];
/** Brands that say only that there are pictures; the compatible brands say how they are coded. */
const HEIF_BRANDS = ['mif1', 'mif2', 'msf1', 'miaf'];
const HEAD_BYTES = 512;

/** Names of what people try most, so that the error can say what to do. */
const FOREIGN: readonly {
  readonly name: string;
  readonly offset: number;
  readonly text: string;
}[] = [
  { name: 'a video', offset: 4, text: 'ftyp' },
  { name: 'a video', offset: 0, text: '\x1a\x45\xdf\xa3' },
  { name: 'a video', offset: 8, text: 'AVI ' },
  { name: 'SVG', offset: 0, text: '<svg' },
  { name: 'XML or SVG', offset: 0, text: '<?xml' },
  { name: 'PDF', offset: 0, text: '%PDF' },
  { name: 'a ZIP archive', offset: 0, text: 'PK\x03\x04' },
  { name: 'a Git LFS pointer', offset: 0, text: 'version https://git-lfs' },
  { name: 'a web page', offset: 0, text: '<!DOCTYPE' },
];

/** Major and compatible brands of a file of the ISO base media family. */
function brandsOf(text: string, head: Buffer): string[] {
  if (text.slice(4, 8) !== 'ftyp') return [];
  const end = Math.min(head.readUInt32BE(0), text.length);
  const brands = [text.slice(8, 12)];
  for (let at = 16; at + 4 <= end; at += 4) brands.push(text.slice(at, at + 4));
  return brands;
}

function heifFormat(brands: readonly string[]): ImageFormat | undefined {
  const [major = '', ...others] = brands;
  const list = HEIF_BRANDS.includes(major) ? others : [major];
  if (list.some((brand) => AVIF_BRANDS.includes(brand))) return 'avif';
  return list.some((brand) => HEIC_BRANDS.includes(brand)) ? 'heic' : undefined;
}

/** "BM", and a header whose size is one that bitmaps have: two letters alone start many texts. */
function isBmp(text: string, head: Buffer): boolean {
  if (!text.startsWith('BM') || head.length < 18) return false;
  const headerBytes = head.readUInt32LE(14);
  return headerBytes === 12 || (headerBytes >= 40 && headerBytes <= 1024);
}

/**
 * The format by the file's first bytes, or undefined where they are of no picture that is read.
 */
export function imageFormatOf(bytes: Uint8Array): ImageFormat | undefined {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, HEAD_BYTES));
  const text = head.toString('latin1');
  const found = SIGNATURES.find((entry) => text.startsWith(entry.text, entry.offset));
  if (found) return found.format;
  if (isBmp(text, head)) return 'bmp';
  return heifFormat(brandsOf(text, head));
}

/** What unreadable contents are, for errors. */
export function foreignName(bytes: Uint8Array): string {
  if (bytes.length === 0) return 'an empty file';
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, HEAD_BYTES));
  const text = head.toString('latin1');
  const foreign = FOREIGN.find((entry) => text.startsWith(entry.text, entry.offset));
  return foreign?.name ?? 'unknown contents';
}

/**
 * The format by the file's first bytes, never by its name: only decoders for
 * plain pictures are reached (an SVG can refer to other files, a PDF can run long).
 * @throws media/image-unsupported
 */
export function sniffImageFormat(bytes: Uint8Array, name: string): ImageFormat {
  const format = imageFormatOf(bytes);
  if (format) return format;
  throw new LensmithError('media/image-unsupported', `${name} is not a picture that can be read.`, {
    expected: 'a JPEG, PNG, WebP, GIF, TIFF, AVIF, BMP or HEIC file',
    got: foreignName(bytes),
    hint: 'Convert it to PNG or JPEG.',
  });
}
