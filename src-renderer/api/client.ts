/** Commands and events of the contract, as the features of the window use them. */
import * as v from 'valibot';
import type {
  CommandName,
  EventName,
  InputOf,
  OutputOf,
  PartOf,
  PayloadOf,
} from '../../src-main/ipc/contract/index.ts';
import { responseFrame } from '../../src-main/ipc/contract/wire.ts';
import type { ErrorWire, RequestFrame } from '../../src-main/ipc/contract/wire.ts';
import { coreError } from '../core-words/core-words.ts';
import { openChannel } from './channel.ts';
import type { Channel, ChannelListener } from './channel.ts';
import { texts } from './texts/index.ts';

/** A failed command; what a person can do stands in `hint`. */
export class CommandError extends Error {
  readonly wire: ErrorWire;

  constructor(wire: ErrorWire) {
    super(wire.message);
    this.name = 'CommandError';
    this.wire = wire;
  }

  get code(): string {
    return this.wire.code;
  }
}

/** Any thrown value in the form that ErrorPanel and toasts show, in the language of the window. */
export function errorWireOf(thrown: unknown): ErrorWire {
  if (thrown instanceof CommandError) return coreError(thrown.wire);
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return { code: 'window/unexpected', message };
}

export function isCancelled(thrown: unknown): boolean {
  return thrown instanceof CommandError && thrown.code === 'job/cancelled';
}

export interface CallOptions<N extends CommandName> {
  /** Aborting tells the core to stop; the call then rejects with job/cancelled. */
  readonly signal?: AbortSignal;
  readonly onPart?: (part: PartOf<N>) => void;
}

interface Pending {
  readonly resolve: (output: unknown) => void;
  readonly reject: (error: CommandError) => void;
  readonly onPart: ((part: unknown) => void) | undefined;
}

type Listener = (payload: unknown) => void;

const lost = (): ErrorWire => ({
  code: 'window/connection-lost',
  message: texts().connectionLost,
  hint: texts().connectionLostHint,
});

export class Client {
  readonly #channel: Channel;
  readonly #pending = new Map<number, Pending>();
  readonly #listeners = new Map<EventName, Set<Listener>>();
  readonly #connectionListeners = new Set<(isConnected: boolean) => void>();
  /** Frames asked for before the connection stands. */
  #waiting: string[] = [];
  #isConnected = false;
  #nextId = 1;

  constructor(open: (listener: ChannelListener) => Channel = openChannel) {
    this.#channel = open({
      onFrame: (frame) => this.#receive(frame),
      onConnection: (isConnected) => this.#onConnection(isConnected),
    });
  }

  get isConnected(): boolean {
    return this.#isConnected;
  }

  /** @throws CommandError as a rejection */
  call<N extends CommandName>(
    command: N,
    input: InputOf<N>,
    options: CallOptions<N> = {},
  ): Promise<OutputOf<N>> {
    const { signal, onPart } = options;
    if (signal?.aborted) {
      return Promise.reject(
        new CommandError({ code: 'job/cancelled', message: texts().cancelled }),
      );
    }
    const id = this.#nextId++;
    return new Promise<OutputOf<N>>((resolve, reject) => {
      const cancel = (): void => this.#send({ cancel: id });
      const settled = (): void => signal?.removeEventListener('abort', cancel);
      this.#pending.set(id, {
        resolve: (output) => {
          settled();
          resolve(output as OutputOf<N>);
        },
        reject: (error) => {
          settled();
          reject(error);
        },
        onPart: onPart as ((part: unknown) => void) | undefined,
      });
      signal?.addEventListener('abort', cancel, { once: true });
      this.#send({ id, command, input });
    });
  }

  /** @returns the way to stop listening */
  on<E extends EventName>(event: E, listener: (payload: PayloadOf<E>) => void): () => void {
    const listeners = this.#listeners.get(event) ?? new Set<Listener>();
    this.#listeners.set(event, listeners);
    listeners.add(listener as Listener);
    return () => listeners.delete(listener as Listener);
  }

  /** Also tells how it is now. @returns the way to stop listening */
  onConnection(listener: (isConnected: boolean) => void): () => void {
    this.#connectionListeners.add(listener);
    listener(this.#isConnected);
    return () => this.#connectionListeners.delete(listener);
  }

  #send(frame: RequestFrame): void {
    const text = JSON.stringify(frame);
    if (this.#isConnected) this.#channel.send(text);
    else this.#waiting.push(text);
  }

  #onConnection(isConnected: boolean): void {
    this.#isConnected = isConnected;
    if (isConnected) {
      const waiting = this.#waiting;
      this.#waiting = [];
      for (const text of waiting) this.#channel.send(text);
    } else {
      const pending = [...this.#pending.values()];
      this.#pending.clear();
      this.#waiting = [];
      for (const { reject } of pending) reject(new CommandError(lost()));
    }
    for (const listener of this.#connectionListeners) listener(isConnected);
  }

  #receive(text: string): void {
    const frame = v.parse(responseFrame, JSON.parse(text));
    if ('event' in frame) {
      for (const listener of this.#listeners.get(frame.event as EventName) ?? []) {
        listener(frame.payload);
      }
      return;
    }
    const pending = this.#pending.get(frame.id);
    if (pending === undefined) return;
    if ('part' in frame) {
      pending.onPart?.(frame.part);
      return;
    }
    this.#pending.delete(frame.id);
    if ('error' in frame) pending.reject(new CommandError(frame.error));
    else pending.resolve(frame.output);
  }
}

/** The one client of this window. */
export const client = new Client();
