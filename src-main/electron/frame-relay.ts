import { connect } from 'node:net';
import { WebSocket } from 'ws';
import { maxFrameBytes, socketPath as rpcPath } from '../ipc/contract/wire.ts';
import type { CoreAddress } from './core-supervisor.ts';

export interface RelayListeners {
  readonly onFrame: (frame: string) => void;
  readonly onConnection: (isConnected: boolean) => void;
}

const retryMs = 250;

/** Carries frames between the page and the core, unread, over a WebSocket on the private socket. */
export class FrameRelay {
  readonly #listeners: RelayListeners;
  #address: CoreAddress | null = null;
  #socket: WebSocket | null = null;
  #timer: NodeJS.Timeout | undefined;

  constructor(listeners: RelayListeners) {
    this.#listeners = listeners;
  }

  get isConnected(): boolean {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  /** Connects to this core from now on; null while there is none. */
  use(address: CoreAddress | null): void {
    clearTimeout(this.#timer);
    this.#address = address;
    this.#socket?.terminate();
    if (address !== null) this.#connect(address);
  }

  #connect({ socketPath, secret }: CoreAddress): void {
    const socket = new WebSocket(`ws://127.0.0.1${rpcPath}`, {
      createConnection: () => connect(socketPath),
      headers: { 'x-lensmith-secret': secret },
      maxPayload: maxFrameBytes,
      perMessageDeflate: false,
    });
    this.#socket = socket;
    let wasOpen = false;
    socket.on('open', () => {
      wasOpen = true;
      this.#listeners.onConnection(true);
    });
    socket.on('message', (data) => this.#listeners.onFrame((data as Buffer).toString('utf8')));
    socket.on('error', () => undefined); // `close` follows
    socket.on('close', () => {
      if (wasOpen) this.#listeners.onConnection(false);
      if (this.#socket !== socket) return;
      this.#socket = null;
      // The core lives but dropped us: a frame that was too long, for example.
      const address = this.#address;
      if (address !== null) this.#timer = setTimeout(() => this.#connect(address), retryMs);
    });
  }

  /** A frame that cannot be sent is dropped: the page was told, or is about to be, of the gap. */
  send(frame: string): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(frame);
  }

  close(): void {
    this.use(null);
  }
}
