import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { CoreProgram } from './program.ts';

/** Where a running core listens, and what lets the shell in. */
export interface CoreAddress {
  readonly socketPath: string;
  readonly secret: string;
}

/** How a core ended that nobody had asked to. */
export interface CoreEnd {
  readonly how: string;
  /** The last lines of its standard error. */
  readonly log: string;
}

export interface SupervisorOptions {
  readonly program: CoreProgram;
  readonly dataDir: string;
  readonly onUp: (address: CoreAddress) => void;
  /** It is gone; `willRestart` tells whether another one follows by itself. */
  readonly onDown: (end: CoreEnd, willRestart: boolean) => void;
  /** Waits before each new start; after as many early ends in a row nothing follows. */
  readonly delaysMs?: readonly number[];
}

const defaultDelaysMs = [200, 1000, 3000, 10_000, 10_000];
/** A core that lived this long had no trouble starting. */
const steadyMs = 60_000;
const readyWithinMs = 60_000;
const endsWithinMs = 8000;
const keptLines = 200;

/**
 * Runs the core on plain Node behind a private socket, and runs it again when it ends. It dies with
 * this process, however that ends: its standard input closes.
 */
export class CoreSupervisor {
  readonly #options: SupervisorOptions;
  /** For this user alone (mode 0700). */
  readonly #folder = mkdtempSync(join(tmpdir(), 'lensmith-'));
  #child: ChildProcess | null = null;
  #address: CoreAddress | null = null;
  #timer: NodeJS.Timeout | undefined;
  #isStopping = false;
  #earlyEnds = 0;
  #starts = 0;
  #waiting: ((address: CoreAddress) => void)[] = [];

  constructor(options: SupervisorOptions) {
    this.#options = options;
  }

  /** null while there is none. */
  get address(): CoreAddress | null {
    return this.#address;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** The address now, or as soon as a core is up; null when that takes longer than `timeoutMs`. */
  whenUp(timeoutMs: number): Promise<CoreAddress | null> {
    if (this.#address !== null) return Promise.resolve(this.#address);
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(null), timeoutMs);
      this.#waiting.push((address) => {
        clearTimeout(timer);
        resolve(address);
      });
    });
  }

  #newAddress(): CoreAddress {
    this.#starts += 1;
    const secret = randomBytes(32).toString('hex');
    const socketPath =
      process.platform === 'win32'
        ? `\\\\.\\pipe\\lensmith-${randomBytes(16).toString('hex')}`
        : join(this.#folder, `core-${this.#starts}.sock`);
    return { socketPath, secret };
  }

  /** Starts the core; again after it was given up. */
  start(): void {
    if (this.#child !== null || this.#isStopping) return;
    clearTimeout(this.#timer);
    const { program, dataDir } = this.#options;
    const address = this.#newAddress();
    const startedMs = Date.now();
    const args = [program.script, '--socket', address.socketPath, '--data-dir', dataDir];
    const child = spawn(program.node, args, {
      stdio: ['pipe', 'pipe', 'pipe'],
      windowsHide: true,
      // Ctrl+C in a terminal is for the shell, which then ends the core in order.
      detached: process.platform !== 'win32',
    });
    this.#child = child;
    const lines: string[] = [];
    createInterface({ input: child.stderr }).on('line', (line) => {
      lines.push(line);
      if (lines.length > keptLines) lines.shift();
    });
    this.#awaitReady(child, address);
    child.on('error', (error) => lines.push(error.message));
    child.on('close', (code, signal) => {
      const how = signal === null ? `exit status ${code}` : `ended by ${signal}`;
      this.#ended({ how, log: lines.join('\n') }, Date.now() - startedMs);
    });
    child.stdin.on('error', () => undefined); // it is gone already; `close` tells
    child.stdin.write(`${address.secret}\n`);
  }

  #awaitReady(child: ChildProcess, address: CoreAddress): void {
    const timer = setTimeout(() => child.kill('SIGKILL'), readyWithinMs);
    child.once('close', () => clearTimeout(timer));
    createInterface({ input: child.stdout as NodeJS.ReadableStream }).once('line', () => {
      clearTimeout(timer);
      if (this.#child !== child) return;
      this.#address = address;
      this.#options.onUp(address);
      for (const resolve of this.#waiting.splice(0)) resolve(address);
    });
  }

  #ended(end: CoreEnd, livedMs: number): void {
    this.#child = null;
    this.#address = null;
    if (this.#isStopping) return;
    this.#earlyEnds = livedMs > steadyMs ? 0 : this.#earlyEnds + 1;
    const delayMs = (this.#options.delaysMs ?? defaultDelaysMs)[Math.max(0, this.#earlyEnds - 1)];
    if (delayMs === undefined) this.#earlyEnds = 0;
    else this.#timer = setTimeout(() => this.start(), delayMs);
    this.#options.onDown(end, delayMs !== undefined);
  }

  /** Ends the core in order; one that does not end in time is killed. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    clearTimeout(this.#timer);
    const child = this.#child;
    if (child !== null) {
      const closed = new Promise((resolve) => child.once('close', resolve));
      child.stdin?.end();
      const timer = setTimeout(() => child.kill('SIGKILL'), endsWithinMs);
      await closed;
      clearTimeout(timer);
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
