import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { toolScript } from './paths.mjs';

/**
 * Electron's program, which `npm ci` does not fetch, or undefined. Found by file: loading the
 * package in Node would start a download.
 */
export function findElectron() {
  const folder = toolScript('electron');
  const pathFile = join(folder, 'path.txt');
  const name = existsSync(pathFile) ? readFileSync(pathFile, 'utf8').trim() : 'electron';
  const path = join(process.env.ELECTRON_OVERRIDE_DIST_PATH ?? join(folder, 'dist'), name);
  return existsSync(path) ? path : undefined;
}

/** Whether windows can be shown here. */
export function hasDisplay() {
  if (process.platform !== 'linux') return true;
  return Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY);
}

/** Why the desktop app cannot start here, in words for a person, or undefined when it can. */
export function desktopProblem() {
  if (!hasDisplay()) return 'this machine shows no windows (DISPLAY is not set)';
  if (findElectron() === undefined) {
    return "Electron's program is not here (`npx install-electron` fetches it once)";
  }
  if (process.platform === 'linux' && process.getuid?.() === 0) {
    return "Electron's sandbox does not run as root";
  }
  return undefined;
}
