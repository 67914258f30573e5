import { LensmithError } from '../../src-main/base/errors.ts';
import {
  closeDevice,
  deviceInfo,
  graphicsDevices,
  openDevice,
} from '../../src-main/tensor/device.ts';
import type { DeviceName, DeviceOptions, GraphicsDevice } from '../../src-main/tensor/device.ts';

/** Every device that a build may have. The same op cases run on each. */
export const devices = ['cpu', 'vulkan'] as const satisfies readonly DeviceName[];

// A software driver spreads over all cores by itself.
const options = { threads: 2 };

/** Opens one of the devices for the tests of this file. */
export function openForTests(
  device: DeviceName,
  more: Pick<DeviceOptions, 'activations'> = {},
): void {
  openDevice({ device, ...options, ...more });
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

/**
 * By how much of itself the device that is open may round the factors of a product of which one has 16
 * bits or fewer: a unit in the last place of what its cooperative matrices take, of which half may be off;
 * 0 without them.
 */
export function roundingOfFactors(): number {
  const { name } = deviceInfo();
  const features = graphicsDevices().find(({ id }) => id === name)?.features ?? [];
  const found = features.find((feature) => feature.startsWith('cooperative matrices'));
  if (found === undefined) return 0;
  return found.includes('bf16') ? 2 ** -8 : 2 ** -11;
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
