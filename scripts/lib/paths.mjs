import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/[\\/]$/, '');
export const nodeModules = join(root, 'node_modules');
export const nativeDir = join(root, 'native');
export const buildDir = join(root, 'build');
/** The addon, where src-main/tensor/native.ts looks for it. */
export const addonPath = join(buildDir, 'Release', 'lensmith.node');
export const bundleDir = join(root, 'out', 'main');
export const cliBundle = join(bundleDir, 'cli.js');
/** The core of the desktop app and of the headless host. */
export const coreBundle = join(bundleDir, 'core.js');
/** What a build leaves behind when it is whole: processes, preload, page. */
export const bundleFiles = [
  ...['cli', 'core', 'engine-worker', 'device-check', 'media-worker', 'electron'].map((name) =>
    join(bundleDir, `${name}.js`),
  ),
  join(root, 'out', 'preload', 'preload.cjs'),
  join(root, 'out', 'renderer', 'index.html'),
];

/** A tool's script inside node_modules; run it with `toolNode()`. */
export function toolScript(path) {
  return join(nodeModules, path);
}

/**
 * The Node that runs tools, tests and the command line: the one that package-lock.json pins where
 * npm has it for this platform, else the one that runs now.
 */
export function toolNode() {
  const folder = join(nodeModules, `node-${process.platform}-${process.arch}`, 'bin');
  const pinned = join(folder, process.platform === 'win32' ? 'node.exe' : 'node');
  return existsSync(pinned) ? pinned : process.execPath;
}
