/**
 * Entry of a process that computes a little on one graphics device and on the CPU, and prints as
 * JSON what is wrong with the device: null when nothing is. A driver that ends its process ends
 * this one.
 */
import { differenceOf, sampleDevice } from '../app/doctor/device-check.ts';
import { asLensmithError } from '../base/errors.ts';
import type { DeviceProblem } from '../tensor/device-trust.ts';
import { isDeviceName } from '../tensor/device.ts';

async function check(device: string): Promise<DeviceProblem | null> {
  if (!isDeviceName(device)) return { kind: 'unchecked', what: `${device} names no device` };
  try {
    return differenceOf(await sampleDevice(device), await sampleDevice('cpu'));
  } catch (thrown) {
    // Full memory, or a device that does not open: it may be otherwise the next time.
    return { kind: 'unchecked', what: asLensmithError(thrown).message };
  }
}

process.stdout.write(JSON.stringify({ problem: await check(process.argv[2] ?? '') }));
