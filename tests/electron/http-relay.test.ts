import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { CoreAddress } from '../../src-main/electron/core-supervisor.ts';
import { relayRequest } from '../../src-main/electron/http-relay.ts';

let folder: string;
let server: Server;
let address: CoreAddress;
let answer: (request: IncomingMessage, response: ServerResponse) => void;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lensmith-relay-'));
  const socketPath =
    process.platform === 'win32' ? `\\\\.\\pipe\\${randomUUID()}` : join(folder, 'a.sock');
  address = { socketPath, secret: 'secret' };
  server = createServer((request, response) => answer(request, response));
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

it('passes a body on as a stream, and tells nothing of the page', async () => {
  const seen = vi.fn<(method: string, url: string, headers: object, body: string) => void>();
  answer = (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      seen(request.method ?? '', request.url ?? '', request.headers, body);
      response.writeHead(201, { 'content-type': 'application/json', etag: '"1"' }).end('{}');
    });
  };
  const body = new Blob(['one ', 'two']).stream();
  const init = { method: 'PUT', body, duplex: 'half', headers: { origin: 'app://lensmith' } };
  const request = new Request('app://lensmith/upload?name=a%20b.png', init as RequestInit);
  const response = await relayRequest(request, address);
  expect(response.status).toBe(201);
  expect(Object.fromEntries(response.headers)).toMatchObject({ etag: '"1"' });
  expect(response.headers.get('connection')).toBeNull();
  expect(await response.json()).toEqual({});
  const [method, url, headers, text] = seen.mock.lastCall ?? [];
  expect([method, url, text]).toEqual(['PUT', '/upload?name=a%20b.png', 'one two']);
  expect(headers).toMatchObject({ 'x-lensmith-secret': 'secret', host: '127.0.0.1' });
  expect(headers).not.toHaveProperty('origin');
});

it('hands on statuses without a body', async () => {
  answer = (_request, response) => response.writeHead(304, { etag: '"1"' }).end();
  const request = new Request('app://lensmith/a', { headers: { 'if-none-match': '"1"' } });
  const response = await relayRequest(request, address);
  expect([response.status, await response.text()]).toEqual([304, '']);
});

it('stops the core from sending what nobody reads any more', async () => {
  const onClose = vi.fn();
  answer = (_request, response) => {
    response.on('close', onClose);
    response.writeHead(200).write('the first part of a long video');
  };
  const response = await relayRequest(new Request('app://lensmith/video'), address);
  await response.body?.cancel();
  await vi.waitUntil(() => onClose.mock.calls.length === 1, { timeout: 30_000 });
  expect(response.status).toBe(200);
});

it('gives up a request that the page aborts', async () => {
  answer = () => undefined;
  const abort = new AbortController();
  const request = new Request('app://lensmith/slow', { signal: abort.signal });
  const relayed = relayRequest(request, address);
  abort.abort();
  await expect(relayed).rejects.toThrow(/abort/i);
});
