/** A thread that computes the same cases on the CPU: a thread has one device. */
import { parentPort } from 'node:worker_threads';
import { openDevice } from '../../../src-main/tensor/device.ts';
import { runCase } from './run-case.ts';

openDevice({ device: 'cpu', threads: 1 });
parentPort?.on('message', ({ name, seed }: { name: string; seed: number }) => {
  void runCase(name, seed).then(
    (outcome) => parentPort?.postMessage({ outcome }),
    (error: unknown) => parentPort?.postMessage({ error: String(error) }),
  );
});
