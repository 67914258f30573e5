/** The core's end of a connection: frames in, frames out, checked by the contract on both ways. */
import * as v from 'valibot';
import { LensmithError, asLensmithError } from '../../base/errors.ts';
import type { Commands, Events } from '../contract/command.ts';
import { requestFrame } from '../contract/wire.ts';
import type { ResponseFrame } from '../contract/wire.ts';

export interface CallContext {
  /** Aborted when the window cancels the command or goes away. */
  readonly signal: AbortSignal;
  /** Sends part of an answer that streams. */
  readonly part: (part: unknown) => void;
}

export type AnyHandler = (input: never, context: CallContext) => unknown;

export interface Connection {
  /** Takes a frame that came. Never throws. */
  receive(frame: string): void;
  /** Tells the window an event. */
  emit(event: string, payload: unknown): void;
  /** The window is gone: what it asked for is cancelled. */
  close(): void;
}

export interface ConnectionOptions {
  readonly commands: Commands;
  readonly events: Events;
  readonly handlers: Readonly<Record<string, AnyHandler>>;
  readonly send: (frame: string) => void;
  /** An error that is no LensmithError is a fault of ours and belongs in the log. */
  readonly onFault?: (error: unknown, command: string) => void;
}

export function serveConnection(options: ConnectionOptions): Connection {
  const { commands, handlers, events } = options;
  const inFlight = new Map<number, AbortController>();
  const send = (frame: ResponseFrame): void => options.send(JSON.stringify(frame));

  const call = async (id: number, name: string, input: unknown): Promise<void> => {
    const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
    const handler = Object.hasOwn(handlers, name) ? handlers[name] : undefined;
    if (command === undefined || handler === undefined) throw unknownCommand(name);
    if (inFlight.has(id)) throw badFrame(`a second command ${id}`);
    const controller = new AbortController();
    inFlight.set(id, controller);
    try {
      const checked = parse(command.input, input, `The input of ${name}`);
      const part = (value: unknown): void => {
        if (!controller.signal.aborted) send({ id, part: value });
      };
      const output = await handler(checked as never, { signal: controller.signal, part });
      send({ id, output: parse(command.output, output, `The output of ${name}`) });
    } finally {
      inFlight.delete(id);
    }
  };

  return {
    receive(text) {
      const frame = readFrame(text);
      if (frame === undefined) return;
      if ('cancel' in frame) {
        inFlight.get(frame.cancel)?.abort();
        return;
      }
      const { id, command, input } = frame;
      call(id, command, input).catch((thrown: unknown) => {
        if (!(thrown instanceof LensmithError)) options.onFault?.(thrown, command);
        send({ id, error: asLensmithError(thrown).toJSON() });
      });
    },
    emit(event, payload) {
      const schema = Object.hasOwn(events, event) ? events[event] : undefined;
      if (schema === undefined) throw new Error(`There is no event ${event} in the contract.`);
      send({ event, payload: parse(schema, payload, `The event ${event}`) });
    },
    close() {
      for (const controller of inFlight.values()) controller.abort();
      inFlight.clear();
    },
  };
}

/** A frame that cannot be read has no number to answer to; it is dropped. */
function readFrame(text: string): v.InferOutput<typeof requestFrame> | undefined {
  try {
    const parsed = v.safeParse(requestFrame, JSON.parse(text));
    return parsed.success ? parsed.output : undefined;
  } catch {
    return undefined;
  }
}

function parse(schema: Commands[string]['input'], value: unknown, what: string): unknown {
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  const [issue] = result.issues;
  const path = v.getDotPath(issue);
  throw new LensmithError('ipc/bad-value', `${what} is not as the contract says.`, {
    expected: issue.expected ?? undefined,
    got: `${path === null ? '' : `${path}: `}${issue.message}`.slice(0, 400),
  });
}

function unknownCommand(name: string): LensmithError {
  return new LensmithError('ipc/unknown-command', `There is no command ${name.slice(0, 100)}.`, {
    hint: 'The window and the core are of different versions: start Lensmith again.',
  });
}

function badFrame(got: string): LensmithError {
  return new LensmithError('ipc/bad-frame', 'A frame cannot be served.', { got });
}
