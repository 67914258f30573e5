import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { coreBundle, toolNode } from '../../../scripts/lib/paths.mjs';
import { NetworkWatch } from './network-watch.ts';

export interface CoreOptions {
  readonly dataDir: string;
  /** 0 takes a free one. */
  readonly port?: number;
  readonly env?: NodeJS.ProcessEnv;
}

/** The bundled core, serving on loopback as `npm start -- --serve` does. */
export class CoreProcess {
  readonly #child: ChildProcess;
  /** Over it and its workers. */
  readonly network: NetworkWatch;
  readonly exited: Promise<void>;
  /** Everything it said on standard error, for a failing test. */
  log = '';
  /** Holds the launch token, which is good for one visit. */
  launchUrl = '';

  private constructor(options: CoreOptions) {
    this.network = new NetworkWatch(options.dataDir);
    const args = ['--serve', '--json', '--no-open', '--port', String(options.port ?? 0)];
    this.#child = spawn(toolNode(), [coreBundle, ...args, '--data-dir', options.dataDir], {
      env: {
        ...process.env,
        ...options.env,
        ...this.network.env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.log += text));
    this.exited = new Promise((resolve) => this.#child.on('close', () => resolve()));
  }

  /** @throws Error  when it ends before it is ready, with what it said */
  static async start(options: CoreOptions): Promise<CoreProcess> {
    if (!existsSync(coreBundle)) throw new Error(`${coreBundle} is missing: run npm run setup`);
    const core = new CoreProcess(options);
    core.launchUrl = await core.#ready();
    return core;
  }

  #ready(): Promise<string> {
    return new Promise((resolve, reject) => {
      const lines = createInterface({ input: this.#child.stdout as NodeJS.ReadableStream });
      lines.once('line', (line) => resolve((JSON.parse(line) as { url: string }).url));
      this.#child.once('error', reject);
      void this.exited.then(() => reject(new Error(`the core ended:\n${this.log}`)));
    });
  }

  /** `http://127.0.0.1:PORT` */
  get origin(): string {
    return new URL(this.launchUrl).origin;
  }

  get port(): number {
    return Number(new URL(this.launchUrl).port);
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  /** As a crash or a power cut does: no time to write anything. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.exited;
  }

  /** As Ctrl+C does; one that does not end within ten seconds is killed. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill('SIGTERM');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), 10_000);
    await this.exited;
    clearTimeout(timer);
  }
}
