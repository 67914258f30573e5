/** The way to the core: a WebSocket in a browser, the shell's relay in the desktop app. */
import '../../src-main/ipc/contract/desktop.ts';
import { socketPath } from '../../src-main/ipc/contract/wire.ts';

export interface Channel {
  send(frame: string): void;
}

export interface ChannelListener {
  onFrame(frame: string): void;
  onConnection(isConnected: boolean): void;
}

const firstDelayMs = 250;
const longestDelayMs = 5000;

/** Connects, and again whenever the connection is lost. */
export function openChannel(listener: ChannelListener): Channel {
  const desktop = window.lensmithDesktop;
  if (desktop !== undefined) {
    desktop.onFrame((frame) => listener.onFrame(frame));
    desktop.onConnection((isConnected) => listener.onConnection(isConnected));
    return { send: (frame) => desktop.send(frame) };
  }
  return new SocketChannel(listener);
}

class SocketChannel implements Channel {
  readonly #listener: ChannelListener;
  #socket: WebSocket | null = null;
  #delayMs = firstDelayMs;

  constructor(listener: ChannelListener) {
    this.#listener = listener;
    this.#connect();
  }

  send(frame: string): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(frame);
  }

  #connect(): void {
    const socket = new WebSocket(`${location.origin.replace(/^http/, 'ws')}${socketPath}`);
    this.#socket = socket;
    socket.addEventListener('open', () => {
      this.#delayMs = firstDelayMs;
      this.#listener.onConnection(true);
    });
    socket.addEventListener('message', ({ data }) => this.#listener.onFrame(String(data)));
    socket.addEventListener('close', () => {
      this.#listener.onConnection(false);
      setTimeout(() => this.#connect(), this.#delayMs);
      this.#delayMs = Math.min(2 * this.#delayMs, longestDelayMs);
    });
  }
}
