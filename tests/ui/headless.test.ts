/** What the headless host answers, and whom it refuses, over real sockets. No browser takes part. */
import { mkdtempSync, readFileSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { contentSecurityPolicy } from '../../src-main/server/security-headers.ts';
import { CoreProcess } from './support/core-process.ts';
import { Rpc } from './support/rpc.ts';

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A request as it is, without what fetch adds or forbids. */
function ask(
  core: CoreProcess,
  path: string,
  headers: OutgoingHttpHeaders = {},
  method = 'GET',
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port: core.port, path, method, headers };
    const call = request(options, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => (body += text));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
      );
    });
    call.on('error', reject);
    call.end();
  });
}

async function start(dataDir?: string): Promise<CoreProcess> {
  const folder = dataDir ?? mkdtempSync(join(tmpdir(), 'lensmith-headless-'));
  const core = await CoreProcess.start({ dataDir: folder });
  onTestFinished(async () => {
    await core.stop();
    if (dataDir === undefined) rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  });
  return core;
}

/** The cookie that the launch link is exchanged for. */
async function enter(core: CoreProcess): Promise<string> {
  const { pathname, search } = new URL(core.launchUrl);
  const answer = await ask(core, pathname + search);
  return answer.headers['set-cookie']?.[0]?.split(';')[0] ?? '';
}

it('lets in by the link, once, and then by the cookie alone', async () => {
  const core = await start();
  expect((await ask(core, '/')).status).toBe(401);
  expect((await ask(core, '/launch?token=guess')).status).toBe(401);
  const cookie = await enter(core);
  const { pathname, search } = new URL(core.launchUrl);
  expect((await ask(core, pathname + search)).status).toBe(401);
  expect((await ask(core, '/', { cookie })).status).toBe(200);
  expect((await ask(core, '/', { cookie: `${cookie}x` })).status).toBe(401);
});

it('refuses other hosts, sites and origins, also with the cookie', async () => {
  const core = await start();
  const cookie = await enter(core);
  const tries: [OutgoingHttpHeaders, string, number][] = [
    [{ host: 'evil.example' }, 'GET', 421],
    [{ host: `evil.example:${core.port}` }, 'GET', 421],
    [{ 'sec-fetch-site': 'cross-site' }, 'GET', 403],
    [{ 'sec-fetch-site': 'same-site' }, 'GET', 403],
    [{ origin: 'http://evil.example' }, 'PUT', 403],
    [{}, 'PUT', 403],
  ];
  for (const [headers, method, status] of tries) {
    const answer = await ask(core, '/upload?name=x.png', { cookie, ...headers }, method);
    expect([headers, method, answer.status]).toEqual([headers, method, status]);
  }
});

it('opens its socket to its own page only', async () => {
  const core = await start();
  const cookie = await enter(core);
  const attempt = (headers: Record<string, string>): Promise<string> =>
    new Promise((resolve) => {
      const socket = new WebSocket(`ws://127.0.0.1:${core.port}/rpc`, { headers });
      socket.on('open', () => {
        socket.terminate();
        resolve('open');
      });
      socket.on('error', (error) => resolve(error.message));
    });
  expect(await attempt({ cookie, origin: core.origin })).toBe('open');
  expect(await attempt({ cookie, origin: 'http://evil.example' })).toContain('403');
  expect(await attempt({ cookie })).toContain('403');
  expect(await attempt({ origin: core.origin })).toContain('401');
  expect(await attempt({ cookie, origin: core.origin, host: 'evil.example' })).toContain('421');
});

it('puts its policy on every answer, and shows no file but those of the page', async () => {
  const core = await start();
  const cookie = await enter(core);
  const paths = [
    '/',
    '/nothing.js',
    '/media/1/file',
    '/media/1/thumb?height=240',
    '/launch?token=x',
  ];
  for (const path of paths) {
    const { headers } = await ask(core, path, { cookie });
    expect([path, headers['content-security-policy']]).toEqual([path, contentSecurityPolicy]);
    expect(headers['x-content-type-options']).toBe('nosniff');
  }
  const outside = [
    '/../package.json',
    '/..%2f..%2fpackage.json',
    '/assets/..%2f..%2f..%2fpackage.json',
    '/%2e%2e/%2e%2e/package.json',
    '/..%5c..%5cpackage.json',
    '//etc/passwd',
    '/index.html%00.js',
    '/%',
    '/.env',
  ];
  for (const path of outside) {
    const { status, body } = await ask(core, path, { cookie });
    expect([path, status >= 400 && status < 500]).toEqual([path, true]);
    expect(body).not.toMatch(/lensmith|root:/);
  }
});

it('listens on loopback only', async (context) => {
  context.skip(process.platform !== 'linux', 'sockets of a process are read from /proc');
  const core = await start();
  const listening = ['/proc/net/tcp', '/proc/net/tcp6']
    .flatMap((file) => readFileSync(file, 'utf8').trim().split('\n').slice(1))
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , , state]) => state === '0A');
  const own = new Set(
    readdirSync(`/proc/${core.pid}/fd`).flatMap((fd) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${core.pid}/fd/${fd}`))?.[1] ?? [];
      } catch {
        return []; // closed meanwhile
      }
    }),
  );
  const addresses = listening.filter((row) => own.has(row[9] ?? '')).map((row) => row[1]);
  const port = core.port.toString(16).toUpperCase().padStart(4, '0');
  expect(addresses).toEqual([`0100007F:${port}`]);
});

it('loses nothing that it answered for when it is killed', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'lensmith-kill-'));
  onTestFinished(() => rmSync(dataDir, { recursive: true, force: true, maxRetries: 3 }));
  const connect = async (core: CoreProcess): Promise<Rpc> =>
    Rpc.connect(core.origin, { cookie: await enter(core), origin: core.origin });
  const folder = join(dataDir, 'project');
  const facts = (name: string) => ({ name, color: 0, attributes: [], skeleton: null });

  const first = await start(dataDir);
  const before = await connect(first);
  await before.call('project.create', { folder, name: 'Killed' });
  const names: string[] = [];
  for (let n = 0; n < 20; n++) {
    await before.call('annotation.createLabel', facts(`label ${n}`));
    names.push(`label ${n}`);
  }
  await first.kill();

  const second = await start(dataDir);
  const after = await connect(second);
  await after.call('project.open', { folder });
  const labels = await after.call<{ name: string }[]>('annotation.labels');
  expect(labels.map(({ name }) => name)).toEqual(names);
  expect(await after.call('edits.state', { scope: 'library' })).toEqual({
    undo: 'Add label label 19',
    redo: null,
  });
  await after.call('edits.undo', { scope: 'library' });
  expect(await after.call('annotation.labels')).toHaveLength(19);
  before.close();
  after.close();
});
