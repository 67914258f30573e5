import { existsSync, readFileSync, readdirSync, readlinkSync } from 'node:fs';

export interface FoundProcess {
  readonly pid: number;
  /** TCP ports on which it listens. */
  readonly listeningPorts: number[];
}

const listening = '0A';

/** Ports by the number of their socket, from /proc/net/tcp and tcp6. */
function listeningSockets(): Map<string, number> {
  const lines = ['/proc/net/tcp', '/proc/net/tcp6']
    .filter((path) => existsSync(path))
    .flatMap((path) => readFileSync(path, 'utf8').trim().split('\n').slice(1));
  const found = new Map<string, number>();
  for (const line of lines) {
    const [, local = '', , state, , , , , , socket = ''] = line.trim().split(/\s+/);
    if (state === listening) found.set(socket, Number.parseInt(local.split(':')[1] ?? '', 16));
  }
  return found;
}

function portsOf(pid: number, sockets: Map<string, number>): number[] {
  return readdirSync(`/proc/${pid}/fd`).flatMap((name) => {
    try {
      const [, socket = ''] =
        /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${name}`)) ?? [];
      return sockets.get(socket) ?? [];
    } catch {
      return []; // closed meanwhile
    }
  });
}

/** Core processes that work on this data folder. */
export function coreProcesses(dataDir: string): FoundProcess[] {
  const sockets = listeningSockets();
  return readdirSync('/proc').flatMap((name) => {
    const pid = Number(name);
    if (!Number.isInteger(pid)) return [];
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
      if (!command.includes('--socket') || !command.includes(dataDir)) return [];
      return [{ pid, listeningPorts: portsOf(pid, sockets) }];
    } catch {
      return []; // ended meanwhile
    }
  });
}
