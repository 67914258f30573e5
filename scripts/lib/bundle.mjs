import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { bundleFiles, root, toolNode, toolScript } from './paths.mjs';
import { mustRun } from './process.mjs';
import { hashOf, stampMatches, writeStamp } from './stamp.mjs';

const stampPath = join(root, 'out', '.lensmith-bundle');

function bundleHash() {
  const inputs = [
    'src-main',
    'src-renderer',
    'electron.vite.config.ts',
    'svelte.config.js',
    'tsconfig.json',
    'package-lock.json',
  ];
  return hashOf(inputs.map((name) => join(root, name)));
}

export function isBundled() {
  return bundleFiles.every(existsSync) && stampMatches(stampPath, bundleHash());
}

/**
 * Bundles src-main for Node (out/main, one file per entry of electron.vite.config.ts), the preload
 * of the desktop app (out/preload) and src-renderer for browsers (out/renderer).
 */
export async function buildBundle() {
  const hash = bundleHash();
  const script = toolScript('electron-vite/bin/electron-vite.js');
  await mustRun('The bundle', toolNode(), [script, 'build'], { quiet: true });
  writeStamp(stampPath, hash);
}
