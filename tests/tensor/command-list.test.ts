import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { CommandList } from '../../src-main/tensor/command-list.ts';
import {
  cancelQueuedWork,
  memoryStats,
  setProfiling,
  synchronize,
  takeProfile,
} from '../../src-main/tensor/device.ts';
import { add, matmul, mul, scale } from '../../src-main/tensor/ops/index.ts';
import { scoped } from '../../src-main/tensor/scope.ts';
import { Tensor } from '../../src-main/tensor/tensor.ts';
import { onDevices } from '../support/on-devices.ts';

onDevices('recorded ops', (device) => {
  test('are done again with what their operands then hold', async () => {
    using x = Tensor.from([1, 2, 3], [3]);
    const { commands, result } = CommandList.record(() =>
      scoped(() => add(mul(x, x), scale(x, 10))),
    );
    using list = commands;
    using out = result;
    expect([...(await out.readFloats())]).toEqual([11, 24, 39]);
    for (const values of [
      [4, 5, 6],
      [0, -1, 7],
    ]) {
      x.write(values);
      list.replay();
      expect([...(await out.readFloats())]).toEqual(values.map((v) => v * v + 10 * v));
    }
  });

  test('keep their memory from others until they are disposed', async () => {
    const before = memoryStats().liveBytes;
    using x = Tensor.from(new Float32Array(1000).fill(3), [1000]);
    // What is between x and the result has no handle any more when this is over.
    const { commands, result } = CommandList.record(() => scoped(() => scale(mul(x, x), 2)));
    using out = result;
    const others = Array.from({ length: 8 }, () => Tensor.full([1000], 7));
    commands.replay();
    expect((await out.readFloats())[999]).toBe(18);
    for (const other of others) {
      expect(new Set(await other.readFloats())).toEqual(new Set([7]));
      other.dispose();
    }
    commands[Symbol.dispose]();
    x.dispose();
    out.dispose();
    await synchronize();
    expect(memoryStats().liveBytes).toBe(before);
  });

  test('end between two of them when the work is cancelled', async (context) => {
    context.skip(device !== 'cpu', 'a graphics device has been told all of them at once');
    const size = 384;
    using x = Tensor.full([size, size], 0.5);
    const count = 100;
    const { commands } = CommandList.record(() => {
      for (let i = 0; i < count; i++) matmul(x, x).dispose();
    });
    using list = commands;
    await synchronize();
    setProfiling(true);
    list.replay();
    await sleep(10); // it has begun, and is far from its end
    cancelQueuedWork();
    await expect(synchronize()).rejects.toMatchObject({ code: 'job/cancelled' });
    const [products] = takeProfile();
    setProfiling(false);
    expect(products?.calls ?? 0).toBeLessThan(count);
  });

  test('are dropped when what asks for them fails, and are not recorded within each other', async () => {
    using x = Tensor.from([1], [1]);
    const fail = (): never => {
      scale(x, 2).dispose();
      throw new Error('midway');
    };
    expect(() => CommandList.record(fail)).toThrow('midway');
    expect(() => CommandList.record(() => CommandList.record(() => 1))).toThrow(/recorded already/);
    const { commands } = CommandList.record(() => 1);
    commands.replay();
    commands[Symbol.dispose]();
    expect(() => {
      commands.replay();
    }).toThrow(/disposed/);
    await synchronize();
  });
});
