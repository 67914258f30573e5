import { dirname, isAbsolute, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { shorten } from '../weights/safetensors-layout.ts';
import type { ImagePart, VideoPart } from '../sample.ts';
import { RecordFault } from './dataset-format.ts';

/**
 * Where a record's media name leads.
 * @param name path relative to `folder`, absolute path or file: URL
 * @throws RecordFault formats/remote-media, formats/bad-media-path
 */
export function resolveMediaPath(name: unknown, folder: string): string {
  if (typeof name !== 'string' || name === '' || name.includes('\0')) {
    throw new RecordFault('bad-media-path', `A media path is no usable text: ${inline(name)}.`);
  }
  if (/^file:\/\//i.test(name)) {
    try {
      return fileURLToPath(name);
    } catch {
      throw new RecordFault('bad-media-path', `A file URL is malformed: ${inline(name)}.`);
    }
  }
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(name)) {
    throw new RecordFault(
      'remote-media',
      `Nothing is fetched from the network; download it and name the file: ${inline(name)}.`,
    );
  }
  return resolve(folder, name);
}

/** An image by path, file URL or `data:` URL. */
export function imagePart(source: unknown, folder: string): ImagePart {
  if (typeof source === 'string' && /^data:/i.test(source)) {
    return { type: 'image', bytes: decodeDataUrl(source) };
  }
  return { type: 'image', path: resolveMediaPath(source, folder) };
}

export function videoPart(source: unknown, folder: string): VideoPart {
  if (typeof source === 'string' && /^data:/i.test(source)) {
    throw new RecordFault('embedded-video', 'A video inside a record is not read; name a file.');
  }
  return { type: 'video', path: resolveMediaPath(source, folder) };
}

function decodeDataUrl(url: string): Uint8Array {
  const comma = url.indexOf(',');
  if (comma < 0 || !/;base64$/i.test(url.slice(0, comma))) {
    throw new RecordFault('bad-data-url', `A data URL is not base64: ${inline(url)}.`);
  }
  return decodeBase64(url.slice(comma + 1));
}

/** Strict, unlike Buffer, which skips what it does not know. */
export function decodeBase64(text: unknown): Uint8Array {
  const packed = typeof text === 'string' ? text.replace(/[\r\n]/g, '') : '';
  const bytes = Buffer.from(packed, 'base64');
  const body = packed.replace(/={0,2}$/, '');
  if (packed === '' || bytes.byteLength !== Math.floor((body.length * 3) / 4)) {
    throw new RecordFault('bad-data-url', 'The base64 text of an image is empty or malformed.');
  }
  return new Uint8Array(bytes);
}

export function encodeDataUrl(bytes: Uint8Array): string {
  return `data:${imageType(bytes)};base64,${Buffer.from(bytes).toString('base64')}`;
}

/** By the first bytes; the readers of data URLs go by the bytes too. */
function imageType(bytes: Uint8Array): string {
  const head = Buffer.from(bytes.subarray(0, 12)).toString('latin1');
  if (head.startsWith('\x89PNG')) return 'image/png';
  if (head.startsWith('\xff\xd8\xff')) return 'image/jpeg';
  if (head.startsWith('GIF8')) return 'image/gif';
  if (head.startsWith('RIFF') && head.slice(8) === 'WEBP') return 'image/webp';
  if (head.startsWith('BM')) return 'image/bmp';
  return 'application/octet-stream';
}

/** A path as a data file names it: relative with `/` inside the file's folder, else absolute. */
export function mediaName(path: string, dataFile: string): string {
  const inside = relative(dirname(resolve(dataFile)), path);
  if (inside === '' || isAbsolute(inside) || inside === '..' || inside.startsWith(`..${sep}`)) {
    return path;
  }
  const name = inside.split(sep).join('/');
  // A file called `data:…` or `x://…` would be read as a URL.
  return /^[a-z][a-z0-9+.-]+:/i.test(name) ? `./${name}` : name;
}

/** A value for a message, on one line and short. */
export function inline(value: unknown): string {
  return shorten(JSON.stringify(value) ?? String(value), 120);
}
