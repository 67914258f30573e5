/**
 * Entry of the core process. `--serve` for browsers on this machine, `--socket PATH` for the desktop
 * shell, which gives a secret as the first line of standard input and ends us by closing it.
 */
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { getRequestListener } from '@hono/node-server';
import { asLensmithError } from '../base/errors.ts';
import { packageRoot } from '../base/package-root.ts';
import { version } from '../base/version.ts';
import { LoopbackAccess, SecretAccess } from './access.ts';
import type { Access } from './access.ts';
import { createCore } from './core.ts';
import type { Core } from './core.ts';
import { defaultDataDir } from './data-dir.ts';
import { createHttpApp } from './http-app.ts';
import { openLog } from './log-file.ts';
import { serveRpc } from './rpc-socket.ts';
import { announce } from './terminal.ts';

const optionTypes = {
  serve: { type: 'boolean', default: false },
  socket: { type: 'string' },
  port: { type: 'string', default: '0' },
  'data-dir': { type: 'string' },
  'no-open': { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
} as const;

interface Running {
  readonly server: Server;
  /** Ends connections, jobs and workers, closes the project, and leaves. */
  readonly end: () => Promise<void>;
}

function serve(core: Core, access: Access, log: (text: string) => void): Running {
  const app = createHttpApp({ core, access, pageDir: join(packageRoot(), 'out', 'renderer') });
  const listener = getRequestListener(app.fetch);
  const server = createServer((request, response) => void listener(request, response));
  const stopRpc = serveRpc(server, core, access);
  let isEnding = false;
  const end = async (): Promise<void> => {
    if (isEnding) return;
    isEnding = true;
    stopRpc();
    server.close();
    server.closeAllConnections();
    try {
      await core[Symbol.asyncDispose]();
    } catch (error) {
      log(String(error));
    }
    process.exit(0);
  };
  return { server, end };
}

async function listen(server: Server, where: { path: string } | { host: string; port: number }) {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(where, resolve);
  });
}

async function firstLineOfInput(): Promise<string> {
  const lines = createInterface({ input: process.stdin });
  for await (const line of lines) return line;
  throw new Error('The shell gave no secret.');
}

function endOnSignals(end: () => Promise<void>, log: (text: string) => void): void {
  process.on('SIGINT', () => void end());
  process.on('SIGTERM', () => void end());
  process.on('unhandledRejection', (reason) =>
    log(`unhandled: ${reason instanceof Error ? reason.stack : String(reason)}`),
  );
}

async function main(): Promise<void> {
  const { values: options } = parseArgs({ options: optionTypes });
  const dataDir = options['data-dir'] ?? defaultDataDir();
  const log = openLog(dataDir, () => new Date());
  // The shell may go while we are starting, too.
  const shellIsGone = new Promise<void>((resolve) => process.stdin.once('close', resolve));
  const secret = options.socket === undefined ? null : await firstLineOfInput();
  const core = await createCore({ dataDir, version, log });

  if (options.socket !== undefined && secret !== null) {
    const { server, end } = serve(core, new SecretAccess(secret), log);
    endOnSignals(end, log);
    void shellIsGone.then(end);
    process.stdin.resume();
    await listen(server, { path: options.socket });
    console.log(JSON.stringify({ ready: true }));
    return;
  }
  const access = new LoopbackAccess();
  const { server, end } = serve(core, access, log);
  endOnSignals(end, log);
  await listen(server, { host: '127.0.0.1', port: Number(options.port) });
  const { port } = server.address() as AddressInfo;
  const newAddress = (): string =>
    `http://127.0.0.1:${port}/launch?token=${access.newLaunchToken()}`;
  announce({ port, newAddress, json: options.json, open: !options['no-open'] });
}

main().catch((thrown: unknown) => {
  const error = asLensmithError(thrown);
  console.error([error.message, error.got, error.hint].filter(Boolean).join('\n'));
  process.exit(1);
});
