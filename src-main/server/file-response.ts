/** Files over HTTP as players need them: ranges, validators, no guessing of types. */
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { Readable } from 'node:stream';

interface ByteRange {
  readonly start: number;
  /** The last byte that belongs to it. */
  readonly end: number;
}

/**
 * The one range that a header asks for; null: the whole file. Several ranges at once are answered
 * with the whole, as RFC 9110 allows.
 * @throws RangeError when none of it lies in the file
 */
export function parseRange(header: string | null, size: number): ByteRange | null {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '');
  if (match === null || (match[1] === '' && match[2] === '')) return null;
  const [first, last] = [match[1] ?? '', match[2] ?? ''];
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1);
  if (start > end || start >= size) throw new RangeError('outside the file');
  return { start, end };
}

/** Files as small as thumbnails are read at once: a stream for each costs three times as much. */
const smallBytes = 128 * 1024;

/** Answers 200, 206, 304, 404 or 416. */
export async function fileResponse(
  request: Request,
  path: string,
  type: string,
  options: { readonly immutable?: boolean } = {},
): Promise<Response> {
  const found = await stat(path).catch(() => undefined);
  if (!found?.isFile()) return notThere();
  const tag = `"${found.size.toString(36)}-${Math.round(found.mtimeMs).toString(36)}"`;
  const headers = new Headers({
    'content-type': type,
    'accept-ranges': 'bytes',
    etag: tag,
    'cache-control':
      options.immutable === true ? 'private, max-age=31536000, immutable' : 'no-cache',
  });
  if (request.headers.get('if-none-match') === tag)
    return new Response(null, { status: 304, headers });
  const asked = request.headers.get('range');
  const isCurrent = [null, tag].includes(request.headers.get('if-range'));
  let range: ByteRange | null;
  try {
    range = isCurrent ? parseRange(asked, found.size) : null;
  } catch {
    headers.set('content-range', `bytes */${found.size}`);
    return new Response(null, { status: 416, headers });
  }
  const length = range === null ? found.size : range.end - range.start + 1;
  headers.set('content-length', String(length));
  if (range !== null)
    headers.set('content-range', `bytes ${range.start}-${range.end}/${found.size}`);
  const status = range === null ? 200 : 206;
  if (request.method === 'HEAD' || length === 0) return new Response(null, { status, headers });
  if (range === null && found.size <= smallBytes) {
    const bytes = await readFile(path).catch(() => undefined);
    if (bytes === undefined) return notThere();
    // Another may have taken its place meanwhile.
    headers.set('content-length', String(bytes.length));
    return new Response(bytes, { status, headers });
  }
  const stream = createReadStream(path, range ?? {});
  return new Response(Readable.toWeb(stream) as ReadableStream, { status, headers });
}

function notThere(): Response {
  return new Response('The file is not there.', { status: 404 });
}
