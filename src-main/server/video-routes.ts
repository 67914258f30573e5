/** Frames of videos, and the copies that every browser plays. */
import type { Hono } from 'hono';
import type { AppContext } from '../app/core/context.ts';
import { VideoFiles } from '../app/video/video-files.ts';
import { fileResponse } from './file-response.ts';

/** The pixels' SHA-256, so that a window can prove what it shows. */
const hashHeader = 'x-pixels-sha256';

/**
 * `GET /media/ID/frame/INDEX` (PNG; 0 is the first frame that is shown; `?back=1` going backwards) and
 * `GET /media/ID/playable` (WebM with ranges; 404 until `video.makePreview` has made it).
 * @param guarded answers refusals
 */
export function addVideoRoutes(
  app: Hono,
  context: AppContext,
  guarded: (work: () => Promise<Response>) => Promise<Response>,
): void {
  const videos = new VideoFiles(context);
  app.get('/media/:id{[0-9]+}/frame/:index{[0-9]{1,9}}', (c) =>
    guarded(async () => {
      const item = videos.item(Number(c.req.param('id')));
      const index = Number(c.req.param('index'));
      const isBackwards = c.req.query('back') === '1';
      const { png, sha256 } = await videos.frame(item, index, isBackwards, c.req.raw.signal);
      return new Response(new Uint8Array(png), {
        headers: {
          'content-type': 'image/png',
          [hashHeader]: sha256,
          'cache-control': 'private, max-age=31536000, immutable',
        },
      });
    }),
  );
  app.get('/media/:id{[0-9]+}/playable', (c) =>
    guarded(async () => {
      const path = videos.playablePath(videos.item(Number(c.req.param('id'))));
      return fileResponse(c.req.raw, path, 'video/webm');
    }),
  );
}
