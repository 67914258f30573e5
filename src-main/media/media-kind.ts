import { LensmithError } from '../base/errors.ts';
import { foreignName, imageFormatOf } from './image-format.ts';
import type { ImageFormat } from './image-format.ts';

export type VideoFormat =
  'mp4' | 'mov' | 'webm' | 'mkv' | 'avi' | 'mpegts' | 'mpeg' | 'ogg' | 'flv' | 'asf';

export type MediaKind =
  | { readonly kind: 'image'; readonly format: ImageFormat }
  | { readonly kind: 'video'; readonly format: VideoFormat };

/** Enough of a file for its kind. */
export const KIND_BYTES = 4096;

/** First boxes of QuickTime files from before there were brands. */
const QUICKTIME_BOXES = ['moov', 'mdat', 'wide', 'free', 'skip', 'pnot'];
const TS_PACKET_BYTES = [188, 192];

function isTransportStream(head: Uint8Array): boolean {
  return TS_PACKET_BYTES.some((size) => {
    // Packets of 192 bytes carry a time of four bytes before each.
    const first = size - 188;
    return [0, 1, 2].every((k) => head[first + k * size] === 0x47);
  });
}

function videoFormatOf(head: Uint8Array): VideoFormat | undefined {
  const text = Buffer.from(head).toString('latin1');
  const box = text.slice(4, 8);
  if (box === 'ftyp') return text.startsWith('qt  ', 8) ? 'mov' : 'mp4';
  if (QUICKTIME_BOXES.includes(box)) return 'mov';
  // Matroska and WebM differ by the document type that their header names.
  if (text.startsWith('\x1a\x45\xdf\xa3')) return text.includes('webm') ? 'webm' : 'mkv';
  if (text.startsWith('RIFF') && text.startsWith('AVI ', 8)) return 'avi';
  if (text.startsWith('OggS')) return 'ogg';
  if (text.startsWith('FLV\x01')) return 'flv';
  if (text.startsWith('\x30\x26\xb2\x75\x8e\x66\xcf\x11')) return 'asf';
  if (text.startsWith('\0\0\x01\xba')) return 'mpeg';
  return isTransportStream(head) ? 'mpegts' : undefined;
}

/**
 * What a file is by its first bytes (KIND_BYTES of them), never by its name.
 * @throws media/file-empty, media/file-unsupported
 */
export function sniffMedia(head: Uint8Array, name: string): MediaKind {
  if (head.length === 0) {
    throw new LensmithError('media/file-empty', `${name} is empty.`, {
      expected: 'a picture or a video',
      got: '0 bytes',
      hint: 'Copying or downloading it did not finish.',
    });
  }
  const image = imageFormatOf(head);
  if (image) return { kind: 'image', format: image };
  const video = videoFormatOf(head);
  if (video) return { kind: 'video', format: video };
  throw new LensmithError('media/file-unsupported', `${name} is no picture or video.`, {
    expected: 'JPEG, PNG, WebP, AVIF, TIFF, GIF, BMP, HEIC; MP4, MOV, WebM, MKV, AVI',
    got: foreignName(head),
    hint: 'Its name does not matter, its contents do. Convert it to one of these formats.',
  });
}
