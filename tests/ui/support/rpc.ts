import { WebSocket } from 'ws';
import { LensmithError } from '../../../src-main/base/errors.ts';
import type { CommandName } from '../../../src-main/ipc/contract/index.ts';
import { maxFrameBytes, socketPath } from '../../../src-main/ipc/contract/wire.ts';
import type { RequestFrame, ResponseFrame } from '../../../src-main/ipc/contract/wire.ts';

interface Waiting {
  readonly resolve: (output: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly onPart: (part: unknown) => void;
}

export interface CoreEvent {
  readonly event: string;
  readonly payload: unknown;
}

/** A second window without a page: commands to the core, for what a test has no reason to click. */
export class Rpc {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, Waiting>();
  readonly #listeners = new Set<(event: CoreEvent) => void>();
  #lastId = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data: Buffer) => this.#receive(JSON.parse(String(data))));
    socket.on('close', () => {
      for (const { reject } of this.#waiting.values()) reject(new Error('the core went away'));
      this.#waiting.clear();
    });
  }

  /** @param headers what lets a client in: the cookie of a browser, the secret of the shell */
  static connect(url: string, headers: Readonly<Record<string, string>>): Promise<Rpc> {
    const socket = new WebSocket(new URL(socketPath, url.replace(/^http/, 'ws')), {
      headers: { ...headers },
      maxPayload: maxFrameBytes,
    });
    return new Promise((resolve, reject) => {
      socket.once('open', () => resolve(new Rpc(socket)));
      socket.once('error', reject);
    });
  }

  #receive(frame: ResponseFrame): void {
    if ('event' in frame) {
      for (const listener of this.#listeners) listener(frame);
      return;
    }
    const waiting = this.#waiting.get(frame.id);
    if ('part' in frame) return waiting?.onPart(frame.part);
    this.#waiting.delete(frame.id);
    if ('error' in frame) waiting?.reject(LensmithError.fromWire(frame.error));
    else waiting?.resolve(frame.output);
  }

  call<T = unknown>(
    command: CommandName,
    input: unknown = {},
    onPart: (part: unknown) => void = () => undefined,
  ): Promise<T> {
    this.#lastId += 1;
    const frame: RequestFrame = { id: this.#lastId, command, input };
    return new Promise((resolve, reject) => {
      const accept = (output: unknown): void => resolve(output as T);
      this.#waiting.set(this.#lastId, { resolve: accept, reject, onPart });
      this.#socket.send(JSON.stringify(frame));
    });
  }

  /** Events from now on, until the answer is called. */
  onEvent(listener: (event: CoreEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The first event from now on that `matches`. */
  nextEvent(matches: (event: CoreEvent) => boolean): Promise<CoreEvent> {
    return new Promise((resolve) => {
      const stop = this.onEvent((event) => {
        if (!matches(event)) return;
        stop();
        resolve(event);
      });
    });
  }

  close(): void {
    this.#socket.close();
  }
}
