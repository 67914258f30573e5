import { delimiter, join } from 'node:path';
import { nodeModules, root } from './paths.mjs';
import { mustRun } from './process.mjs';
import { hashOf, stampMatches, writeStamp } from './stamp.mjs';

const stampPath = join(nodeModules, '.lensmith-install');

function installHash() {
  return hashOf(
    [join(root, 'package-lock.json'), join(root, 'package.json'), join(root, '.npmrc')],
    [process.platform, process.arch],
  );
}

export function isInstalled() {
  return stampMatches(stampPath, installHash());
}

/** Records that node_modules holds what the lock says; for those who ran `npm install` by hand. */
export function markInstalled() {
  writeStamp(stampPath, installHash());
}

/**
 * The environment for `npm ci`. npm 11 reads `allowScripts`; npm 10 does not and would run two
 * installers that fetch from GitHub, so these names tell them that there is nothing to do.
 */
function installEnvironment() {
  // `npm ci` removes the pinned Node that may be running this script: npm must use another one.
  const path = (process.env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => !folder.startsWith(nodeModules))
    .join(delimiter);
  return {
    ...process.env,
    PATH: path,
    ONNXRUNTIME_NODE_INSTALL: process.env.ONNXRUNTIME_NODE_INSTALL ?? 'skip',
    FFMPEG_BIN: process.env.FFMPEG_BIN ?? process.execPath,
  };
}

export async function installPackages({ quiet }) {
  await mustRun('npm ci', 'npm', ['ci', '--loglevel', 'error'], {
    env: installEnvironment(),
    quiet,
    shell: process.platform === 'win32', // npm is npm.cmd there
  });
  markInstalled();
}
