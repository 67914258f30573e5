/** The frames between a window and the core: JSON texts over a WebSocket or a relay. */
import * as v from 'valibot';

/** How an error crosses; the same form as LensmithError.toJSON. */
export const errorWire = v.object({
  code: v.string(),
  message: v.string(),
  expected: v.optional(v.string()),
  got: v.optional(v.string()),
  hint: v.optional(v.string()),
});
export type ErrorWire = v.InferOutput<typeof errorWire>;

/** From a window: a command, or the wish that one in flight stop. */
export const requestFrame = v.union([
  v.object({ id: v.number(), command: v.string(), input: v.unknown() }),
  v.object({ cancel: v.number() }),
]);
export type RequestFrame = v.InferOutput<typeof requestFrame>;

/** From the core: the one answer to a command, part of an answer that streams, or an event. */
export const responseFrame = v.union([
  v.object({ id: v.number(), output: v.unknown() }),
  v.object({ id: v.number(), part: v.unknown() }),
  v.object({ id: v.number(), error: errorWire }),
  v.object({ event: v.string(), payload: v.unknown() }),
]);
export type ResponseFrame = v.InferOutput<typeof responseFrame>;

/** Where the socket is, under the origin of the page. */
export const socketPath = '/rpc';
/** Longest frame in bytes; media never travel here. */
export const maxFrameBytes = 32 * 1024 * 1024;
