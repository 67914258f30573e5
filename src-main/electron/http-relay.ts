import { request as httpRequest } from 'node:http';
import type { IncomingMessage, RequestOptions } from 'node:http';
import { Readable } from 'node:stream';
import type { ReadableStream as NodeReadableStream } from 'node:stream/web';
import { pipeline } from 'node:stream/promises';
import type { CoreAddress } from './core-supervisor.ts';

/** What of a request the core needs. The rest is about the page, which the core does not know. */
const requestHeaders = [
  'accept',
  'content-length',
  'content-type',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'range',
];
/** About the connection, not about the answer. */
const connectionHeaders = new Set(['connection', 'keep-alive', 'transfer-encoding', 'date']);
const bodilessStatuses = new Set([204, 205, 304]);

/**
 * Passes a request of the page to the core over its private socket and the answer back, bodies as
 * streams, so that a player may seek in a video of any size.
 * @throws Error  when the core cannot be reached or the request is aborted
 */
export async function relayRequest(request: Request, address: CoreAddress): Promise<Response> {
  const { pathname, search } = new URL(request.url);
  const headers: Record<string, string> = {
    host: '127.0.0.1',
    'x-lensmith-secret': address.secret,
  };
  for (const name of requestHeaders) {
    const value = request.headers.get(name);
    if (value !== null) headers[name] = value;
  }
  const answer = await send(request, {
    socketPath: address.socketPath,
    path: `${pathname}${search}`,
    method: request.method,
    headers,
    signal: request.signal,
  });
  return toResponse(request.method, answer);
}

function send(request: Request, target: RequestOptions): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(target, resolve);
    outgoing.on('error', reject);
    if (request.body === null) outgoing.end();
    else {
      const body = Readable.fromWeb(request.body as NodeReadableStream);
      pipeline(body, outgoing).catch(reject);
    }
  });
}

function toResponse(method: string, answer: IncomingMessage): Response {
  const headers = new Headers();
  for (const [name, value] of Object.entries(answer.headers)) {
    if (value === undefined || connectionHeaders.has(name)) continue;
    for (const one of [value].flat()) headers.append(name, one);
  }
  const status = answer.statusCode ?? 502;
  if (method === 'HEAD' || bodilessStatuses.has(status)) {
    answer.resume();
    return new Response(null, { status, headers });
  }
  return new Response(Readable.toWeb(answer) as ReadableStream, { status, headers });
}
