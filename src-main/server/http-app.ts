/** Everything over HTTP: the page, media, uploads. One app for the browser and for the desktop shell. */
import { join, normalize } from 'node:path';
import { Hono } from 'hono';
import { asLensmithError } from '../base/errors.ts';
import type { Access } from './access.ts';
import { LoopbackAccess } from './access.ts';
import type { Core } from './core.ts';
import { fileResponse } from './file-response.ts';
import { addMediaRoutes } from './media-routes.ts';
import { securityHeaders } from './security-headers.ts';

const types: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
  png: 'image/png',
  ico: 'image/x-icon',
  json: 'application/json',
  map: 'application/json',
  wasm: 'application/wasm',
};

export interface HttpOptions {
  readonly core: Core;
  readonly access: Access;
  /** Folder of the built page. */
  readonly pageDir: string;
}

export function createHttpApp({ core, access, pageDir }: HttpOptions): Hono {
  const app = new Hono();
  app.use(async (c, next) => {
    await next();
    for (const [name, value] of Object.entries(securityHeaders)) c.header(name, value);
  });
  app.onError((thrown, c) => {
    const error = asLensmithError(thrown);
    core.context.log(`${c.req.method} ${c.req.path}: ${error.code} ${error.message}`);
    return c.json(error.toJSON(), 500);
  });
  if (access instanceof LoopbackAccess) addLaunch(app, access);
  app.use(async (c, next) => {
    const refused = access.check({ method: c.req.method, header: (name) => c.req.header(name) });
    if (refused !== null) return c.text(refused.reason, refused.status);
    return next();
  });
  addMediaRoutes(app, core);
  app.get('*', (c) => pageFile(c.req.raw, c.req.path, pageDir));
  return app;
}

function addLaunch(app: Hono, access: LoopbackAccess): void {
  app.get('/launch', (c) => {
    const refused = access.checkHost({ method: 'GET', header: (name) => c.req.header(name) });
    if (refused !== null) return c.text(refused.reason, refused.status);
    const cookie = access.exchange(c.req.query('token') ?? '');
    if (cookie === null) {
      return c.text('This link was used already. Start Lensmith again for a new one.', 401);
    }
    c.header('set-cookie', cookie);
    return c.redirect('/');
  });
}

/** A file of the built page. Names with a hash never change. */
function pageFile(request: Request, path: string, pageDir: string): Promise<Response> {
  const name = path === '/' ? 'index.html' : normalize(decoded(path)).slice(1);
  const type = types[name.slice(name.lastIndexOf('.') + 1)];
  if (type === undefined || name.includes('\0') || /(^|[\\/])\.\.([\\/]|$)/.test(name)) {
    return Promise.resolve(new Response('There is no such page.', { status: 404 }));
  }
  return fileResponse(request, join(pageDir, name), type, {
    immutable: name.startsWith('assets/'),
  });
}

/** A path that is not written as URLs are is no file's. */
function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return '';
  }
}
