import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';

const guard = pathToFileURL(join(import.meta.dirname, 'no-network.mjs')).href;

/** Refuses and notes what processes of the program would send off this machine: see no-network.mjs. */
export class NetworkWatch {
  readonly #log: string;
  readonly #watchedLog: string;

  /** @param folder  keeps the account of it */
  constructor(folder: string) {
    this.#log = join(folder, 'test-network.log');
    this.#watchedLog = join(folder, 'test-watched.log');
  }

  /** What a process is started with, to be watched with all that it starts. */
  get env(): Readonly<Record<string, string>> {
    return {
      NODE_OPTIONS: `--import=${guard}`,
      LENSMITH_TEST_NETWORK_LOG: this.#log,
      LENSMITH_TEST_WATCHED_LOG: this.#watchedLog,
    };
  }

  /** Watches the process that calls it, too; its environment says where the account is kept. */
  static async here(): Promise<void> {
    await import(guard);
  }

  /** Other machines that were to be reached. */
  get contacted(): readonly string[] {
    return linesOf(this.#log);
  }

  /** Programs that ran under it, each once: `core.js`. */
  get watched(): readonly string[] {
    return [...new Set(linesOf(this.#watchedLog).map((path) => basename(path)))].sort();
  }
}

function linesOf(path: string): string[] {
  if (!existsSync(path)) return [];
  return readFileSync(path, 'utf8').trim().split('\n');
}
