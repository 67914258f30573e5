import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where a program keeps its own things for a person, by the custom of each platform. */
export function defaultDataDir(
  env: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
  home: string = homedir(),
): string {
  if (env['LENSMITH_DATA_DIR']) return env['LENSMITH_DATA_DIR'];
  switch (platform) {
    case 'win32':
      return join(env['APPDATA'] || join(home, 'AppData', 'Roaming'), 'Lensmith');
    case 'darwin':
      return join(home, 'Library', 'Application Support', 'Lensmith');
    default:
      return join(env['XDG_DATA_HOME'] || join(home, '.local', 'share'), 'lensmith');
  }
}
