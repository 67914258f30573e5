#!/usr/bin/env node
// Starts the command line. In a checkout it first brings packages, addon and bundle up to date.
import { spawn } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { join, resolve } from 'node:path';

const root = resolve(fileURLToPath(import.meta.url), '..', '..');
let node = process.execPath;

if (existsSync(join(root, 'scripts', 'lib', 'setup.mjs'))) {
  const [{ setup }, { toolNode }, { runMain }] = await Promise.all([
    import('../scripts/lib/setup.mjs'),
    import('../scripts/lib/paths.mjs'),
    import('../scripts/lib/process.mjs'),
  ]);
  await runMain(() => setup({ quiet: true }));
  if (process.exitCode) process.exit();
  node = toolNode();
}

// npm runs scripts in the package's folder; paths on the command line are the caller's.
if (process.env.npm_lifecycle_event === 'lensmith' && process.env.INIT_CWD) {
  process.chdir(process.env.INIT_CWD);
}

const cli = join(root, 'out', 'main', 'cli.js');
if (realpathSync(node) === realpathSync(process.execPath)) {
  await import(pathToFileURL(cli).href);
} else {
  const child = spawn(node, [cli, ...process.argv.slice(2)], { stdio: 'inherit' });
  // The terminal sends Ctrl+C to both; the child decides what it means, this process waits.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 1);
  });
}
