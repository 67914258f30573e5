/** Which device to compute on when nobody says, and why. */
import { LensmithError, asLensmithError } from '../base/errors.ts';
import { describeProblem } from './device-trust.ts';
import type { DeviceExaminer } from './device-trust.ts';
import type { GraphicsDevice } from './native.ts';

/**
 * `vulkan` is the best graphics device, `vulkan:N` the one that doctor lists under that name. Behind
 * that, `:plain` has it go without its units for matrices, where a driver does not master them.
 */
export type DeviceName = 'cpu' | 'vulkan' | `vulkan:${number}` | `vulkan:${number}:plain`;

export interface DeviceChoice {
  readonly device: DeviceName;
  /** Half a sentence: "the best of 2 graphics devices". */
  readonly reason: string;
  /** Whether a person said so, here or by the environment. */
  readonly isWanted: boolean;
}

/** Says what `auto` means in this process: a window's workers are told by it, and so are tests. */
export const deviceVariable = 'LENSMITH_DEVICE';

/** Whether a name could be that of a device; whether the device exists shows when it is opened. */
export function isDeviceName(text: string): text is DeviceName {
  return /^(cpu|vulkan(:\d{1,3}(:plain)?)?)$/.test(text);
}

/**
 * The best graphics device that is one, or the CPU, which is faster than a driver that only
 * imitates one.
 * @param list asked only when the environment does not say
 * @param examine one that it objects to is passed over, unless it has nothing against it without
 *   its units for matrices
 * @throws device/unknown when the environment names none
 */
export function chooseDevice(
  env: Readonly<Record<string, string | undefined>>,
  list: () => readonly GraphicsDevice[],
  examine: DeviceExaminer = () => null,
): DeviceChoice {
  const named = env[deviceVariable] ?? '';
  if (named !== '' && named !== 'auto') {
    if (isDeviceName(named)) {
      return { device: named, reason: `${deviceVariable} says so`, isWanted: true };
    }
    throw new LensmithError('device/unknown', `${deviceVariable} does not name a device.`, {
      expected: 'auto, cpu, vulkan or vulkan:N',
      got: named,
    });
  }
  try {
    return chooseAmong(list(), examine);
  } catch (thrown) {
    const { message } = asLensmithError(thrown);
    return { device: 'cpu', reason: withoutStop(message), isWanted: false };
  }
}

function chooseAmong(devices: readonly GraphicsDevice[], examine: DeviceExaminer): DeviceChoice {
  const usable = devices.filter(({ isSoftware, lacks }) => !isSoftware && lacks === '');
  if (usable.length === 0) return { device: 'cpu', reason: whyNone(devices), isWanted: false };
  const objections: string[] = [];
  for (const device of usable.sort(better).flatMap(formsOf)) {
    const problem = examine(device);
    if (problem !== null) {
      objections.push(`${device.name} ${describeProblem(problem)}`);
      continue;
    }
    const usual =
      usable.length === 1
        ? 'the graphics device of this machine'
        : `the best of ${usable.length} graphics devices`;
    const reason = objections.length === 0 ? usual : objections.join('; ');
    return { device: device.id as DeviceName, reason, isWanted: false };
  }
  return { device: 'cpu', reason: objections.join('; '), isWanted: false };
}

/** A device as it is and, where it has units for matrices, what it is without them. */
function formsOf(device: GraphicsDevice): GraphicsDevice[] {
  const features = device.features.filter((feature) => !/^cooperative matrices/.test(feature));
  if (features.length === device.features.length) return [device];
  const [id, name] = [`${device.id}:plain`, `${device.name} without cooperative matrices`];
  return [device, { ...device, id, name, features }];
}

const kinds = ['discrete', 'virtual', 'integrated', 'other', 'software'] as const;

/** The native engine's best before all others, these in the same order: by kind, then by memory. */
function better(a: GraphicsDevice, b: GraphicsDevice): number {
  return (
    Number(b.isBest) - Number(a.isBest) ||
    kinds.indexOf(a.kind) - kinds.indexOf(b.kind) ||
    b.memoryBytes - a.memoryBytes
  );
}

function whyNone(devices: readonly GraphicsDevice[]): string {
  if (devices.length === 0) return 'Vulkan shows no graphics device';
  const real = devices.filter(({ isSoftware }) => !isSoftware);
  if (real.length === 0) {
    return `the only Vulkan drivers here compute on the CPU themselves (${devices.map(({ name }) => name).join(', ')})`;
  }
  return real.map(({ name, lacks }) => `${name} lacks ${lacks}`).join('; ');
}

function withoutStop(sentence: string): string {
  return sentence.replace(/\.$/, '');
}
