import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { LensmithError } from '../../src-main/base/errors.ts';
import { command, streamingCommand } from '../../src-main/ipc/contract/command.ts';
import { serveConnection } from '../../src-main/ipc/transport/serve-connection.ts';
import type { AnyHandler } from '../../src-main/ipc/transport/serve-connection.ts';

const commands = {
  double: command(v.object({ n: v.number() }), v.number()),
  wrong: command(v.object({}), v.number()),
  fail: command(v.object({}), v.null()),
  count: streamingCommand(v.object({ to: v.number() }), v.string(), v.number()),
  wait: command(v.object({}), v.string()),
};
const events = { ticked: v.number() };

function connect(more: Partial<Record<keyof typeof commands, AnyHandler>> = {}) {
  const frames: unknown[] = [];
  const faults: unknown[] = [];
  const handlers: Record<string, AnyHandler> = {
    double: ({ n }: { n: number }) => 2 * n,
    wrong: () => 'a text' as never,
    fail: () => {
      throw new LensmithError('test/bad', 'It failed.', { expected: 'a', got: 'b', hint: 'c' });
    },
    count: ({ to }: { to: number }, { part }) => {
      for (let n = 1; n <= to; n++) part(n);
      return 'done';
    },
    wait: (_: object, { signal }) =>
      new Promise((resolve) => signal.addEventListener('abort', () => resolve('stopped'))),
    ...more,
  };
  const connection = serveConnection({
    commands,
    events,
    handlers,
    send: (frame) => frames.push(JSON.parse(frame)),
    onFault: (fault) => faults.push(fault),
  });
  const ask = async (frame: unknown): Promise<void> => {
    connection.receive(typeof frame === 'string' ? frame : JSON.stringify(frame));
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { connection, frames, faults, ask };
}

describe('a connection', () => {
  it('answers commands by number', async () => {
    const { frames, ask } = connect();
    await ask({ id: 7, command: 'double', input: { n: 21 } });
    expect(frames).toEqual([{ id: 7, output: 42 }]);
  });

  it('refuses input and output that are not as the contract says', async () => {
    const { frames, ask } = connect();
    await ask({ id: 1, command: 'double', input: { n: '21' } });
    await ask({ id: 2, command: 'wrong', input: {} });
    expect(frames).toMatchObject([
      { id: 1, error: { code: 'ipc/bad-value', got: expect.stringContaining('n: ') } },
      { id: 2, error: { code: 'ipc/bad-value' } },
    ]);
  });

  it.each(['__proto__', 'constructor', 'toString', 'nothing'])(
    'knows no command %s',
    async (name) => {
      const { frames, ask } = connect();
      await ask({ id: 1, command: name, input: {} });
      expect(frames).toMatchObject([{ id: 1, error: { code: 'ipc/unknown-command' } }]);
    },
  );

  it('carries errors whole, and tells the log only of those that are our fault', async () => {
    const bug = new TypeError('a bug');
    const { frames, faults, ask } = connect({
      double: () => {
        throw bug;
      },
    });
    await ask({ id: 1, command: 'fail', input: {} });
    await ask({ id: 2, command: 'double', input: { n: 1 } });
    expect(frames).toEqual([
      {
        id: 1,
        error: { code: 'test/bad', message: 'It failed.', expected: 'a', got: 'b', hint: 'c' },
      },
      { id: 2, error: { code: 'internal/unexpected', message: 'a bug' } },
    ]);
    expect(faults).toEqual([bug]);
  });

  it('streams parts before the answer', async () => {
    const { frames, ask } = connect();
    await ask({ id: 3, command: 'count', input: { to: 2 } });
    expect(frames).toEqual([
      { id: 3, part: 1 },
      { id: 3, part: 2 },
      { id: 3, output: 'done' },
    ]);
  });

  it('cancels one command, and all of them when the window goes', async () => {
    const { connection, frames, ask } = connect();
    await ask({ id: 1, command: 'wait', input: {} });
    await ask({ id: 2, command: 'wait', input: {} });
    await ask({ cancel: 1 });
    expect(frames).toEqual([{ id: 1, output: 'stopped' }]);
    connection.close();
    await new Promise((resolve) => setImmediate(resolve));
    expect(frames).toContainEqual({ id: 2, output: 'stopped' });
  });

  it.each(['', 'null', '[]', '{', '{"id":"x","command":"double"}', '{"id":1}', '"a"'])(
    'drops the frame %j and lives on',
    async (frame) => {
      const { frames, ask } = connect();
      await ask(frame);
      await ask({ id: 1, command: 'double', input: { n: 1 } });
      expect(frames).toEqual([{ id: 1, output: 2 }]);
    },
  );

  it('tells events of the contract and no others', () => {
    const { connection, frames } = connect();
    connection.emit('ticked', 3);
    expect(frames).toEqual([{ event: 'ticked', payload: 3 }]);
    expect(() => connection.emit('unknown', 3)).toThrow(/no event/);
    expect(() => connection.emit('ticked', 'three')).toThrow(
      expect.objectContaining({ code: 'ipc/bad-value' }),
    );
  });
});
