/** Media of the open project over HTTP. Which file is read only the database says, never the address. */
import { extname } from 'node:path';
import type { Context, Hono } from 'hono';
import { asLensmithError } from '../base/errors.ts';
import type { LensmithError } from '../base/errors.ts';
import { thumbnailHeights } from '../app/library/cache-files.ts';
import { MediaFiles } from '../app/library/media-files.ts';
import { receiveUpload } from '../app/library/media-store.ts';
import type { ItemRow } from '../store/items.ts';
import type { Core } from './core.ts';
import { fileResponse } from './file-response.ts';
import { addVideoRoutes } from './video-routes.ts';

/** By the format that the contents showed. QuickTime files play under the type of their offspring. */
const types: Readonly<Record<string, string>> = {
  jpeg: 'image/jpeg',
  png: 'image/png',
  webp: 'image/webp',
  gif: 'image/gif',
  tiff: 'image/tiff',
  avif: 'image/avif',
  bmp: 'image/bmp',
  heic: 'image/heic',
  mp4: 'video/mp4',
  mov: 'video/mp4',
  webm: 'video/webm',
  mkv: 'video/x-matroska',
  avi: 'video/x-msvideo',
  mpegts: 'video/mp2t',
  mpeg: 'video/mpeg',
  ogg: 'video/ogg',
  flv: 'video/x-flv',
  asf: 'video/x-ms-asf',
};

const statuses: Readonly<Record<string, 404 | 409 | 499 | 507>> = {
  'library/unknown-item': 404,
  'media/missing': 404,
  'video/no-frame': 404,
  'project/none-open': 409,
  'job/cancelled': 499,
  'io/disk-full': 507,
};

/** `GET /media/ID/{file,thumb,preview,full,frame,playable}` and `PUT /upload?name=NAME`. */
export function addMediaRoutes(app: Hono, { context }: Core): void {
  const files = new MediaFiles(context);
  const serve = (
    kind: 'file' | 'thumb' | 'preview' | 'full',
    locate: (item: ItemRow, c: Context) => Promise<string>,
  ): void => {
    app.get(`/media/:id{[0-9]+}/${kind}`, (c) =>
      guarded(async () => {
        const item = files.item(Number(c.req.param('id')));
        const path = await locate(item, c);
        const isMade = kind !== 'file' && extname(path) !== '' && path.includes(item.hash);
        const type = isMade ? types[extname(path).slice(1)] : types[item.format];
        // Addresses with the hash are those of these very contents.
        const version = c.req.query('v') ?? '';
        const immutable = version.length >= 12 && item.hash.startsWith(version);
        return fileResponse(c.req.raw, path, type ?? 'application/octet-stream', { immutable });
      }),
    );
  };
  serve('file', (item) => files.original(item));
  serve('full', (item, c) => files.preview(item, 'full', c.req.raw.signal));
  serve('preview', (item, c) => files.preview(item, 'preview', c.req.raw.signal));
  serve('thumb', (item, c) => {
    const asked = Number(c.req.query('height') ?? 240);
    const height = thumbnailHeights.find((one) => one >= asked) ?? thumbnailHeights[2];
    return files.thumbnail(item, height, c.req.raw.signal);
  });
  addVideoRoutes(app, context, guarded);
  app.put('/upload', (c) =>
    guarded(async () => {
      const body = c.req.raw.body ?? new Blob([]).stream();
      const name = c.req.query('name') ?? 'unnamed';
      const upload = await receiveUpload(context.projects.current, name, body);
      return Response.json({ upload });
    }),
  );
}

/** The reason of a refusal as JSON, for the window to show in the picture's place. */
async function guarded(work: () => Promise<Response>): Promise<Response> {
  try {
    return await work();
  } catch (thrown) {
    return refusal(asLensmithError(thrown));
  }
}

function refusal(error: LensmithError): Response {
  return Response.json(error.toJSON(), {
    status: statuses[error.code] ?? (error.code.startsWith('media/') ? 422 : 500),
    headers: { 'cache-control': 'no-store' },
  });
}
