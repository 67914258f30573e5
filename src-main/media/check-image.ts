import sharp from 'sharp';
import { decodeImage } from './decode-image.ts';
import type { DecodedImage } from './decode-image.ts';
import { sniffImageFormat } from './image-format.ts';
import type { ImageFormat } from './image-format.ts';
import { openRegularFile } from './read-file.ts';

/** Enough for the header of nearly every picture; the others are decoded. */
const headBytes = 64 * 1024;
const tailBytes = 12;
/** Larger ones may be beyond the limits of decodeImage: it shall say so. */
const plainPixels = 2 ** 26;
const plainFileBytes = 2 ** 28;

interface Ends {
  readonly head: Uint8Array;
  readonly tail: Uint8Array;
  readonly size: number;
}

/**
 * Makes sure that a picture can be decoded, mostly without doing so: its header
 * and its end tell. In any doubt it is decoded, so nothing sound is refused;
 * damage in the middle of a file is not seen.
 * @param source path or bytes, as for decodeImage
 * @returns what decodeImage would say of it
 * @throws the errors of decodeImage
 */
export async function checkImage(
  source: string | Uint8Array,
): Promise<Pick<DecodedImage, 'isClipped'>> {
  if (await looksWhole(source).catch(() => false)) return { isClipped: false };
  const { isClipped } = await decodeImage(source);
  return { isClipped };
}

async function looksWhole(source: string | Uint8Array): Promise<boolean> {
  const ends = typeof source === 'string' ? await endsOfFile(source) : endsOfBytes(source);
  if (ends.size > plainFileBytes) return false;
  const format = sniffImageFormat(ends.head, 'The picture');
  if (!endsWell(format, ends)) return false;
  const header = await sharp(ends.head, { failOn: 'none', limitInputPixels: false }).metadata();
  const { width, height, depth, channels } = header;
  // Only its values tell whether 16-bit grey is clipped.
  const isPlain = depth === 'uchar' || (depth === 'ushort' && channels > 1);
  return width * height <= plainPixels && isPlain;
}

function endsOfBytes(bytes: Uint8Array): Ends {
  const head = bytes.subarray(0, headBytes);
  return { head, tail: bytes.subarray(-tailBytes), size: bytes.length };
}

async function endsOfFile(path: string): Promise<Ends> {
  const file = await openRegularFile(path);
  try {
    const stat = await file.stat();
    const read = async (from: number, length: number): Promise<Uint8Array> => {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, from);
      return buffer.subarray(0, bytesRead);
    };
    const head = await read(0, Math.min(headBytes, stat.size));
    const tailLength = Math.min(tailBytes, stat.size);
    return { head, tail: await read(stat.size - tailLength, tailLength), size: stat.size };
  } finally {
    await file.close();
  }
}

/** Whether the last bytes are those that such a file ends with. */
function endsWell(format: ImageFormat, { head, tail, size }: Ends): boolean {
  const last = Buffer.from(tail);
  switch (format) {
    case 'png':
      return last.subarray(-8, -4).toString('latin1') === 'IEND';
    case 'jpeg':
      return last.subarray(-2).toString('hex') === 'ffd9';
    case 'webp':
      // RIFF counts its bytes from behind its own 8.
      return Buffer.from(head).readUInt32LE(4) + 8 <= size;
    case 'gif':
    case 'tiff':
    case 'avif':
    case 'bmp':
    case 'heic':
      return false;
  }
}
