import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

/**
 * The files and folders named on a command line, absolute. Switches, which Chromium adds to as well,
 * are left out, and what is not there.
 * @param argv    with the program first
 * @param appPath the folder that Electron was given to run; no argument of a person's
 */
export function pathArguments(argv: readonly string[], cwd: string, appPath: string): string[] {
  return argv
    .slice(1)
    .filter((argument) => !argument.startsWith('-') && argument !== '')
    .map((argument) => resolve(cwd, argument))
    .filter((path) => path !== resolve(appPath) && existsSync(path));
}
