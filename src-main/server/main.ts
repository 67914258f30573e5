/**
 * Entry of the core process. `--serve` for browsers on this machine, `--socket PATH` for the desktop
 * shell, which gives a secret as the first line of standard input and ends us by closing it.
 */
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
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
import { defaultDataDir } from './data-dir.ts';
import { createHttpApp } from './http-app.ts';
import { openLog } from './log-file.ts';
import { serveRpc } from './rpc-socket.ts';

const { values: options } = parseArgs({
  options: {
    serve: { type: 'boolean', default: false },
    socket: { type: 'string' },
    port: { type: 'string', default: '0' },
    'data-dir': { type: 'string' },
    'no-open': { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});

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

function openInBrowser(url: string): void {
  const [program, ...args] =
    process.platform === 'darwin'
      ? ['open', url]
      : process.platform === 'win32'
        ? ['explorer', url]
        : ['xdg-open', url];
  const child = spawn(program as string, args, { stdio: 'ignore', detached: true });
  child.on('error', () => undefined); // the address stands on the terminal
  child.unref();
}

function announce(url: string): void {
  if (options.json) {
    console.log(JSON.stringify({ url }));
    return;
  }
  console.log(
    `Lensmith is ready. Open this address in a browser on this machine; it works once:\n\n  ${url}\n`,
  );
  const { port } = new URL(url);
  console.log(
    `From another machine: ssh -L ${port}:127.0.0.1:${port} THIS-MACHINE, then the same address.\nCtrl+C ends it.`,
  );
  if (!options['no-open'] && (process.platform !== 'linux' || process.env['DISPLAY']))
    openInBrowser(url);
}

async function main(): Promise<void> {
  const dataDir = options['data-dir'] ?? defaultDataDir();
  const log = openLog(dataDir, () => new Date());
  const isShell = options.socket !== undefined;
  // The shell may go while we are starting, too.
  const shellIsGone = new Promise<void>((resolve) => process.stdin.once('close', resolve));
  const access: Access = isShell
    ? new SecretAccess(await firstLineOfInput())
    : new LoopbackAccess();
  const core = await createCore({ dataDir, version, log });
  const pageDir = join(packageRoot(), 'out', 'renderer');
  const app = createHttpApp({ core, access, pageDir });
  const serve = getRequestListener(app.fetch);
  const server = createServer((request, response) => void serve(request, response));
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
  process.on('SIGINT', () => void end());
  process.on('SIGTERM', () => void end());
  process.on('unhandledRejection', (reason) =>
    log(`unhandled: ${reason instanceof Error ? reason.stack : String(reason)}`),
  );

  if (options.socket !== undefined) {
    void shellIsGone.then(end);
    process.stdin.resume();
    await listen(server, { path: options.socket });
    console.log(JSON.stringify({ ready: true }));
    return;
  }
  await listen(server, { host: '127.0.0.1', port: Number(options.port) });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  announce(`http://127.0.0.1:${port}/launch?token=${(access as LoopbackAccess).launchToken}`);
}

main().catch((thrown: unknown) => {
  const error = asLensmithError(thrown);
  console.error([error.message, error.got, error.hint].filter(Boolean).join('\n'));
  process.exit(1);
});
