import { LensmithError } from '../base/errors.ts';

export type ImageFormat = 'jpeg' | 'png' | 'webp' | 'gif' | 'tiff' | 'avif';

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
  { format: 'avif', offset: 4, text: 'ftypavif' },
  { format: 'avif', offset: 4, text: 'ftypavis' },
];

/** Names of what people try most, so that the error can say what to do. */
const FOREIGN: readonly {
  readonly name: string;
  readonly offset: number;
  readonly text: string;
}[] = [
  { name: 'HEIC', offset: 4, text: 'ftyp' },
  { name: 'BMP', offset: 0, text: 'BM' },
  { name: 'SVG', offset: 0, text: '<svg' },
  { name: 'XML or SVG', offset: 0, text: '<?xml' },
  { name: 'PDF', offset: 0, text: '%PDF' },
  { name: 'a Git LFS pointer', offset: 0, text: 'version https://git-lfs' },
  { name: 'a web page', offset: 0, text: '<!DOCTYPE' },
];

/**
 * The format by the file's first bytes, never by its name: only decoders for
 * plain pictures are reached (an SVG can refer to other files, a PDF can run long).
 * @throws media/image-unsupported
 */
export function sniffImageFormat(bytes: Uint8Array, name: string): ImageFormat {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 64));
  const text = head.toString('latin1');
  const found = SIGNATURES.find((entry) => text.startsWith(entry.text, entry.offset));
  if (found) return found.format;
  const foreign = FOREIGN.find((entry) => text.startsWith(entry.text, entry.offset));
  throw new LensmithError('media/image-unsupported', `${name} is not a picture that can be read.`, {
    expected: 'a JPEG, PNG, WebP, GIF, TIFF or AVIF file',
    got: foreign?.name ?? (bytes.length === 0 ? 'an empty file' : 'unknown contents'),
    hint: 'Convert it to PNG or JPEG.',
  });
}
