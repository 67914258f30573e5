import { chmodSync, copyFileSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { root, toolNode } from '../lib/paths.mjs';

/** Where electron-builder.yml takes the packaged Node from. */
const folder = join(root, '.cache', 'package', 'node');

/** Copies the Node that runs tools and tests, with its licence, to where packaging looks for it. */
export function stageNode() {
  const node = toolNode();
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, 'bin'), { recursive: true });
  const copy = join(folder, 'bin', basename(node));
  copyFileSync(node, copy);
  chmodSync(copy, 0o755);
  // Beside bin/ in Node's own archives and in the npm package.
  const licence = join(dirname(node), '..', 'LICENSE');
  if (existsSync(licence)) copyFileSync(licence, join(folder, 'LICENSE'));
}
