/** What a screen shows of the core, read again when the core says that it changed. */
import type {
  CommandName,
  EventName,
  InputOf,
  OutputOf,
  PayloadOf,
} from '../../src-main/ipc/contract/index.ts';
import type { ErrorWire } from '../../src-main/ipc/contract/wire.ts';
import { client, errorWireOf, isCancelled } from './client.ts';

export interface Query<N extends CommandName> {
  /** undefined until the first answer. */
  readonly value: OutputOf<N> | undefined;
  readonly error: ErrorWire | null;
  readonly isLoading: boolean;
  refresh(): void;
}

export interface QueryOptions<E extends EventName> {
  /** Events after which the answer may be another. */
  readonly events?: readonly E[];
  /** Whether an event concerns this answer; all do by default. */
  readonly concerns?: (payload: PayloadOf<E>) => boolean;
}

/**
 * Asks a command whenever its input changes, an event says so, or the connection comes back; an older
 * answer never replaces a newer one. To be called while a component is set up.
 * @param input reactive; null: nothing is asked for now
 */
export function query<N extends CommandName, E extends EventName = EventName>(
  command: N,
  input: () => InputOf<N> | null,
  options: QueryOptions<E> = {},
): Query<N> {
  let value = $state.raw<OutputOf<N> | undefined>(undefined);
  let error = $state.raw<ErrorWire | null>(null);
  let isLoading = $state(true);
  let turn = $state(0);
  const refresh = (): void => {
    turn += 1;
  };

  $effect(() => {
    const stops = (options.events ?? []).map((event) =>
      client.on(event, (payload) => {
        if (options.concerns?.(payload) ?? true) refresh();
      }),
    );
    let wasConnected = client.isConnected;
    stops.push(
      client.onConnection((isConnected) => {
        if (isConnected && !wasConnected) refresh();
        wasConnected = isConnected;
      }),
    );
    return () => stops.forEach((stop) => stop());
  });

  $effect(() => {
    void turn;
    const asked = input();
    if (asked === null) {
      value = undefined;
      isLoading = false;
      return;
    }
    const controller = new AbortController();
    isLoading = true;
    client.call(command, asked, { signal: controller.signal }).then(
      (output) => {
        if (controller.signal.aborted) return;
        value = output;
        error = null;
        isLoading = false;
      },
      (thrown: unknown) => {
        if (controller.signal.aborted || isCancelled(thrown)) return;
        error = errorWireOf(thrown);
        isLoading = false;
      },
    );
    return () => controller.abort();
  });

  return {
    get value() {
      return value;
    },
    get error() {
      return error;
    },
    get isLoading() {
      return isLoading;
    },
    refresh,
  };
}
