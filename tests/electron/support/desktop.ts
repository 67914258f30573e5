import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, vi } from 'vitest';
import type { DesktopBridge } from '../../../src-main/ipc/contract/desktop.ts';
import type { RequestFrame, ResponseFrame } from '../../../src-main/ipc/contract/wire.ts';
import { NetworkWatch } from '../../ui/support/network-watch.ts';
import type { Sender } from './fake-ipc.ts';

type Fake = typeof import('./fake-electron.ts');

export interface DesktopOptions {
  readonly dataDir?: string;
  readonly argv?: readonly string[];
  /** Set what the shell will find. */
  readonly before?: (fake: Fake) => void;
}

/** The real main and preload on a fake Electron, with a real core process behind. */
export class Desktop {
  readonly fake: Fake;
  readonly dataDir: string;
  /** Over the shell, the core and its workers. */
  readonly network: NetworkWatch;
  readonly frames: ResponseFrame[] = [];
  readonly connections: boolean[] = [];
  #lastId = 0;

  private constructor(fake: Fake, dataDir: string) {
    this.fake = fake;
    this.dataDir = dataDir;
    this.network = new NetworkWatch(dataDir);
  }

  static async start(options: DesktopOptions = {}): Promise<Desktop> {
    const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'lensmith-desktop-'));
    vi.resetModules();
    vi.stubEnv('LENSMITH_DATA_DIR', dataDir);
    const { env } = new NetworkWatch(dataDir);
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
    await NetworkWatch.here();
    const { argv } = process;
    process.argv = ['electron', ...(options.argv ?? [])];
    try {
      const fake = await import('./fake-electron.ts');
      options.before?.(fake);
      const desktop = new Desktop(fake, dataDir);
      await import('../../../src-main/electron/main.ts');
      await vi.waitUntil(() => !fake.world.isFirstInstance || fake.exposed.size > 0);
      if (fake.world.isFirstInstance) desktop.#listen();
      return desktop;
    } finally {
      process.argv = argv;
    }
  }

  #listen(): void {
    this.bridge.onFrame((frame) => this.frames.push(JSON.parse(frame) as ResponseFrame));
    this.bridge.onConnection((isConnected) => this.connections.push(isConnected));
  }

  /** As the page sees it. */
  get bridge(): DesktopBridge {
    return this.fake.exposed.get('lensmithDesktop') as DesktopBridge;
  }

  get window(): InstanceType<Fake['BrowserWindow']> {
    const [window] = this.fake.windows;
    if (window === undefined) throw new Error('there is no window');
    return window;
  }

  /** Whom messages of the page are from. */
  get sender(): Sender {
    const { webContents } = this.window;
    return { sender: webContents, senderFrame: webContents.mainFrame };
  }

  async connected(): Promise<void> {
    await vi.waitUntil(() => this.connections.at(-1) === true, { timeout: 60_000 });
  }

  /** Asks the core as the page does. */
  async ask(command: string, input: unknown): Promise<ResponseFrame> {
    this.#lastId += 1;
    const id = this.#lastId;
    const frame: RequestFrame = { id, command, input };
    this.bridge.send(JSON.stringify(frame));
    return vi.waitUntil(() => this.frames.find((one) => 'id' in one && one.id === id), {
      timeout: 60_000,
    });
  }

  /** Loads from `app://lensmith/…` as the page does. */
  load(path: string, init: RequestInit = {}): Promise<Response> {
    const handler = this.fake.protocol.handlers.get('app');
    if (handler === undefined) throw new Error('the scheme has no handler');
    return Promise.resolve(handler(new Request(`app://lensmith${path}`, init)));
  }

  /** Quits as a person does, and waits for the end. */
  async close(): Promise<void> {
    if (!this.fake.app.isQuit) {
      this.fake.app.quit();
      await vi.waitUntil(() => this.fake.app.isQuit, { timeout: 30_000 });
    }
    vi.unstubAllEnvs();
    // Before the folder goes, in which the account is kept.
    expect(this.network.contacted).toEqual([]);
    rmSync(this.dataDir, { recursive: true, force: true, maxRetries: 3 });
  }
}
