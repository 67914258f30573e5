import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, it } from 'vitest';
import {
  cancelQueuedWork,
  closeDevice,
  deviceInfo,
  ensureDevice,
  memoryStats,
  openDevice,
  resetPeakMemory,
  setMemoryLimit,
  setProfiling,
  synchronize,
  takeProfile,
  trimMemory,
} from '../../src-main/tensor/device.ts';
import { gatherRows, matmul, scale } from '../../src-main/tensor/ops/index.ts';
import { scoped } from '../../src-main/tensor/scope.ts';
import { Tensor } from '../../src-main/tensor/tensor.ts';
import { isSoftware } from '../support/devices.ts';
import { expectCode, onEachDevice } from '../support/ops.ts';

const mebibyte = 2 ** 20;
const built = new URL('../../build/Release/lensmith.node', import.meta.url);
const addonPath = process.env['LENSMITH_ADDON'] ?? fileURLToPath(built);

/** So many times, but a few where a software driver takes a second for what others do at once. */
function often(times: number): number {
  const isImitated = deviceInfo().name !== 'cpu' && isSoftware('vulkan');
  return isImitated ? Math.min(times, 3 + Math.ceil(times / 100)) : times;
}

/** A product that takes some milliseconds, several times over. */
function queueLongWork(times: number): Tensor {
  return scoped(() => {
    const a = Tensor.full([512, 512], 1 / 512);
    let x = Tensor.full([512, 512], 1);
    for (let i = 0; i < often(times); i++) x = matmul(x, a);
    return x;
  });
}

onEachDevice(() => {
  describe('queued work', () => {
    it('can be cancelled, after which the device works again', async () => {
      using x = queueLongWork(400);
      const read = x.read();
      cancelQueuedWork();
      await expect(read).rejects.toMatchObject({ name: 'LensmithError', code: 'job/cancelled' });
      using y = queueLongWork(1);
      expect((await y.readFloats())[0]).toBeCloseTo(1, 5);
    });

    it('does not hold up whoever queues it', async () => {
      const start = performance.now();
      using x = queueLongWork(200);
      const queued = performance.now() - start;
      await x.read();
      expect(performance.now() - start).toBeGreaterThan(4 * queued);
    });

    it('reports the first error once, and drops what depended on it', async () => {
      using table = Tensor.zeros([2, 2]);
      using index = Tensor.from([5], [1], 'i32');
      using row = gatherRows(table, index);
      using after = scale(row, 2);
      await expect(after.read()).rejects.toMatchObject({
        code: 'tensor/index-out-of-range',
        expected: '0 to 1',
        got: '5 at 0',
      });
      await synchronize();
    });
  });

  describe('memory', () => {
    afterEach(() => setMemoryLimit(0));

    it('is refused beyond a limit, and there again once something is freed', async () => {
      trimMemory();
      setMemoryLimit(memoryStats().liveBytes + 8 * mebibyte);
      const x = Tensor.zeros([mebibyte]);
      const before = memoryStats();
      expectCode(() => Tensor.zeros([2 * mebibyte]), 'memory/out-of-memory');
      expectCode(
        () => scoped(() => scale(x, 1).viewAs([1], [1]) && scale(x, 2)),
        'memory/out-of-memory',
      );
      expect(memoryStats().tensors).toBe(before.tensors);
      x.dispose();
      using y = Tensor.full([2 * mebibyte], 3);
      expect((await y.readFloats())[7]).toBe(3);
      expectCode(() => setMemoryLimit(-1), 'tensor/bad-argument');
    });

    it('is refused when no machine has as much', () => {
      expectCode(() => Tensor.empty([2 ** 43]), 'memory/out-of-memory');
    });

    it('does not grow with how far the queue is ahead of the kernels', async () => {
      trimMemory(); // so that no cached block, which may be larger, takes the place of a new one
      resetPeakMemory();
      const { liveBytes, liveStorages } = memoryStats();
      scoped(() => {
        const a = Tensor.full([512, 512], 1 / 512); // 1 MiB, as each product
        for (let i = 0; i < often(200); i++) matmul(a, a).dispose();
      });
      expect(memoryStats().peakBytes - liveBytes).toBe(2 * mebibyte);
      await synchronize();
      expect(memoryStats()).toMatchObject({ liveBytes, liveStorages });
    });

    it('handed on while kernels still read it keeps its contents for them', async () => {
      const sums: Tensor[] = [];
      using ones = Tensor.full([256, 256], 1 / 256);
      for (let i = 0; i < often(200); i++) {
        using x = Tensor.full([256, 256], i);
        sums.push(matmul(x, ones)); // x is freed here, and the next one takes its memory
      }
      for (const [i, sum] of sums.entries()) {
        expect((await sum.readFloats())[99]).toBeCloseTo(i, 3);
        sum.dispose();
      }
    });

    it('is given back to the system on trim, after the work that uses it', async () => {
      using x = queueLongWork(20);
      expect(memoryStats().cachedBytes).toBeGreaterThan(mebibyte);
      trimMemory();
      expect(memoryStats().cachedBytes).toBe(0);
      expect((await x.readFloats())[0]).toBeCloseTo(1, 4);
    });
  });

  describe('profile', () => {
    it('counts calls and time while it is on', async () => {
      takeProfile();
      setProfiling(true);
      using x = queueLongWork(3);
      await x.read();
      setProfiling(false);
      using y = queueLongWork(1);
      await y.read();
      const profile = takeProfile();
      const [first] = profile;
      expect(first).toMatchObject({ op: 'matmul', calls: 3 });
      expect(first?.milliseconds).toBeGreaterThan(0);
      expect(profile.find((entry) => entry.op === 'fill')?.calls).toBe(2);
      expect(takeProfile()).toEqual([]);
    });
  });
});

describe('a device', () => {
  it('must be open, once', async () => {
    expectCode(() => Tensor.zeros([1]), 'device/not-open');
    await expect(synchronize()).rejects.toMatchObject({ code: 'device/not-open' });
    openDevice({ device: 'cpu', threads: 1 });
    expectCode(() => openDevice(), 'device/already-open');
    ensureDevice();
    expect(deviceInfo()).toMatchObject({ name: 'cpu' });
    expect(deviceInfo().description).toContain('1 thread');
    closeDevice();
    closeDevice();
  });

  it('drops its work when it is closed, and tells who waits', async () => {
    openDevice({ threads: 1 });
    const x = queueLongWork(300);
    const read = x.read();
    closeDevice();
    await expect(read).rejects.toMatchObject({ code: 'device/closed' });
    x.dispose();
  });

  it('knows no tensor from before it was opened again', async () => {
    openDevice({ threads: 1 });
    const old = Array.from({ length: 5 }, () => Tensor.zeros([2]));
    closeDevice();
    openDevice({ threads: 1 });
    const fresh = Array.from({ length: 5 }, (_, i) => Tensor.full([2], i));
    for (const tensor of old) {
      expectCode(() => scale(tensor, 2), 'tensor/disposed');
      tensor.dispose();
    }
    expect(memoryStats().tensors).toBe(5);
    for (const [i, tensor] of fresh.entries()) {
      expect(await tensor.readFloats()).toEqual(Float32Array.of(i, i));
    }
    closeDevice();
  });
});

/** Queues work on a device of its own and leaves without waiting for it. */
const leaveWithWork = `
  const addon = require(process.env.LENSMITH_ADDON);
  addon.open('cpu', 2);
  const a = addon.empty(0, [512, 512]);
  const b = addon.empty(0, [512, 512]);
  addon.ops.fill(a, 1);
  for (let i = 0; i < 200; i++) addon.ops.matmul(a, a, 0, 0, 0, b, false, false, 1, 0, 1);
`;

function run(code: string): ReturnType<typeof spawnSync> {
  const env = { ...process.env, LENSMITH_ADDON: addonPath };
  return spawnSync(process.execPath, ['-e', code], { encoding: 'utf8', timeout: 20_000, env });
}

describe('a thread or process that ends with work queued', () => {
  const spawnWorker = (code: string): Promise<number> => {
    const env = { ...process.env, LENSMITH_ADDON: addonPath };
    const worker = new Worker(code, { eval: true, env });
    return new Promise((resolve, reject) => {
      worker.on('exit', resolve);
      worker.on('error', reject);
      worker.on('message', () => void worker.terminate());
    });
  };

  it.each([
    ['ends by itself', leaveWithWork, 0],
    ['while a read is pending', `${leaveWithWork} addon.download(b).then(() => {});`, 0],
    ['by process.exit', `${leaveWithWork} addon.download(b); process.exit(3);`, 3],
    [
      'by being terminated',
      `${leaveWithWork} addon.download(b); require('worker_threads').parentPort.postMessage(1);`,
      1,
    ],
  ])('leaves a worker without harm: %s', async (_, code, exit) => {
    expect(await spawnWorker(code)).toBe(exit);
  });

  it('has a device of its own in each thread', async () => {
    openDevice({ threads: 1 });
    using x = Tensor.full([4], 5);
    await Promise.all([spawnWorker(leaveWithWork), spawnWorker(leaveWithWork)]);
    expect(await x.readFloats()).toEqual(Float32Array.of(5, 5, 5, 5));
    x.dispose();
    closeDevice();
  });

  it.each([
    ['ends by itself', leaveWithWork, 0],
    ['with an uncaught error', `${leaveWithWork} addon.download(b); throw new Error('bad');`, 1],
    ['by process.exit', `${leaveWithWork} addon.download(b); process.exit(3);`, 3],
    ['waiting for nothing', 'require(process.env.LENSMITH_ADDON).synchronize();', 1],
    [
      'with a worker still at work',
      `const code = ${JSON.stringify(`${leaveWithWork} addon.download(b);`)};
       const worker = new (require('worker_threads').Worker)(code, { eval: true });
       worker.on('online', () => setTimeout(() => process.exit(4), 30));`,
      4,
    ],
  ])('leaves a process without harm: %s', (_, code, exit) => {
    const { status, signal } = run(code);
    expect({ status, signal }).toEqual({ status: exit, signal: null });
  });
});
