import { EventEmitter } from 'node:events';
import type * as Real from 'electron';
import { windows } from './fake-window.ts';

/** Whom a message says it is from. */
export interface Sender {
  readonly sender: unknown;
  readonly senderFrame: Pick<Real.WebFrameMain, 'url'> | null;
}

type InvokeHandler = (event: Sender, ...args: unknown[]) => unknown;

/** The shell's end. Values cross by structured clone, as between processes. */
export class FakeIpcMain extends EventEmitter {
  readonly #handlers = new Map<string, InvokeHandler>();

  handle(channel: string, handler: InvokeHandler): void {
    this.#handlers.set(channel, handler);
  }

  receive(from: Sender, channel: string, args: unknown[]): void {
    this.emit(channel, from, ...structuredClone(args));
  }

  async answer(from: Sender, channel: string, args: unknown[]): Promise<unknown> {
    const handler = this.#handlers.get(channel);
    if (handler === undefined) throw new Error(`no handler for ${channel}`);
    return structuredClone(await handler(from, ...structuredClone(args)));
  }
}

function ownPage(): Sender {
  const contents = windows[0]?.webContents;
  return { sender: contents, senderFrame: contents?.mainFrame ?? null };
}

/** The preload's end, in the one window. */
export class FakeIpcRenderer extends EventEmitter {
  readonly #main: FakeIpcMain;
  /** Hears everything that is delivered, for a page that lives elsewhere. */
  onDeliver: (channel: string, args: unknown[]) => void = () => undefined;

  constructor(main: FakeIpcMain) {
    super();
    this.#main = main;
  }

  send(channel: string, ...args: unknown[]): void {
    this.#main.receive(ownPage(), channel, args);
  }

  invoke(channel: string, ...args: unknown[]): Promise<unknown> {
    return this.#main.answer(ownPage(), channel, args);
  }

  /** What the shell sends to the page. */
  deliver(channel: string, args: unknown[]): void {
    this.onDeliver(channel, args);
    this.emit(channel, {}, ...structuredClone(args));
  }
}
