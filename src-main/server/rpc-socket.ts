/** The WebSocket that windows speak over. */
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import { commands, events } from '../ipc/contract/index.ts';
import { maxFrameBytes, socketPath } from '../ipc/contract/wire.ts';
import { serveConnection } from '../ipc/transport/serve-connection.ts';
import type { AnyHandler } from '../ipc/transport/serve-connection.ts';
import type { Access } from './access.ts';
import type { Core } from './core.ts';

const pingEveryMs = 30_000;

/** Serves the contract on `server`. @returns the way to end all connections */
export function serveRpc(server: Server, core: Core, access: Access): () => void {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: maxFrameBytes });
  server.on('upgrade', (request: IncomingMessage, stream: Duplex, head: Buffer) => {
    const refused = refusal(request, access);
    if (refused !== null) {
      stream.end(`HTTP/1.1 ${refused} Refused\r\nConnection: close\r\n\r\n`);
      return;
    }
    sockets.handleUpgrade(request, stream, head, (socket) => attach(socket, core));
  });
  return () => {
    for (const socket of sockets.clients) socket.terminate();
    sockets.close();
  };
}

function refusal(request: IncomingMessage, access: Access): number | null {
  if (new URL(request.url ?? '/', 'http://localhost').pathname !== socketPath) return 404;
  const header = (name: string): string | undefined => {
    const value = request.headers[name];
    return Array.isArray(value) ? value.join(', ') : value;
  };
  return access.check({ method: 'GET', header })?.status ?? null;
}

function attach(socket: WebSocket, { context, handlers }: Core): void {
  const connection = serveConnection({
    commands,
    events,
    handlers: handlers as unknown as Readonly<Record<string, AnyHandler>>,
    send: (frame) => {
      if (socket.readyState === socket.OPEN) socket.send(frame);
    },
    onFault: (error, command) => {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      context.log(`${command}: ${text}`);
    },
  });
  const stopListening = context.events.listen((event, payload) => connection.emit(event, payload));
  // Tunnels drop silent connections.
  const ping = setInterval(() => socket.ping(), pingEveryMs);
  socket.on('message', (data, isBinary) => {
    if (isBinary) socket.close(1003, 'Frames are texts.');
    else connection.receive((data as Buffer).toString('utf8'));
  });
  socket.on('error', (error) => context.log(`socket: ${error.message}`));
  socket.on('close', () => {
    clearInterval(ping);
    stopListening();
    connection.close();
  });
}
