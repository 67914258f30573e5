import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** The core as a command: the shell never runs it inside Electron. */
export interface CoreProgram {
  readonly node: string;
  readonly script: string;
}

export interface Installation {
  readonly isPackaged: boolean;
  /** Where the app's own files are: the checkout, or app.asar. */
  readonly appPath: string;
  /** Electron's folder of things beside the app. */
  readonly resourcesPath: string;
}

const script = join('out', 'main', 'core.js');
const executable = process.platform === 'win32' ? 'node.exe' : 'node';

/**
 * An installed app carries its own Node and runs the unpacked core on it. A checkout takes the Node
 * that `npm start` chose, else the one that package-lock.json pins, else the one on PATH.
 */
export function coreProgram(
  { isPackaged, appPath, resourcesPath }: Installation,
  env: NodeJS.ProcessEnv,
): CoreProgram {
  if (isPackaged) {
    return {
      node: join(resourcesPath, 'node', 'bin', executable),
      script: join(resourcesPath, 'app.asar.unpacked', script),
    };
  }
  const folder = `node-${process.platform}-${process.arch}`;
  const pinned = join(appPath, 'node_modules', folder, 'bin', executable);
  const node = env['LENSMITH_NODE'] ?? (existsSync(pinned) ? pinned : executable);
  return { node, script: join(appPath, script) };
}
