import { LensmithError } from '../../src-main/base/errors.ts';
import { closeDevice, graphicsDevices, openDevice } from '../../src-main/tensor/device.ts';
import type { DeviceName, GraphicsDevice } from '../../src-main/tensor/device.ts';

/** Every device that a build may have. The same op cases run on each. */
export const devices = ['cpu', 'vulkan'] as const satisfies readonly DeviceName[];

// A software driver spreads over all cores by itself.
const options = { threads: 2 };

/** Opens one of the devices for the tests of this file. */
export function openForTests(device: DeviceName): void {
  openDevice({ device, ...options });
}

/**
 * Why a device cannot be tested here; null when it can. With REQUIRE_VULKAN=1
 * a missing graphics device is an error.
 */
export function reasonForAbsence(device: DeviceName): string | null {
  try {
    openForTests(device);
    closeDevice();
    return null;
  } catch (error) {
    if (!(error instanceof LensmithError) || !error.code.startsWith('device/')) throw error;
    if (process.env['REQUIRE_VULKAN'] === '1') throw error;
    return `${error.message} (Debian: apt-get install libvulkan1 mesa-vulkan-drivers)`;
  }
}

/** Whether a device that is there is a driver that computes on the CPU. */
export function isSoftware(device: DeviceName): boolean {
  if (device === 'cpu') return false;
  return graphicsDevices().every((one) => one.isSoftware || one.lacks !== '');
}

/** A device as Vulkan may show it, on machines that are not at hand. */
export function graphicsDevice(part: Partial<GraphicsDevice>): GraphicsDevice {
  return {
    id: 'vulkan:0',
    name: 'Card',
    kind: 'discrete',
    driver: 'a driver 1.0',
    memoryBytes: 8 * 2 ** 30,
    features: [],
    isSoftware: false,
    isBest: false,
    lacks: '',
    ...part,
  };
}
