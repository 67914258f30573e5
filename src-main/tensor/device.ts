import { LensmithError, asLensmithError } from '../base/errors.ts';
import { setBlockSteps } from './allocation.ts';
import { chooseDevice } from './device-choice.ts';
import type { DeviceChoice, DeviceName } from './device-choice.ts';
import { listingOnce } from './device-listing.ts';
import { cacheFolder } from './device-trust.ts';
import type { DeviceExaminer, DeviceProblem } from './device-trust.ts';
import type { ValueDType } from './dtype.ts';
import { addon, fromNative, isLost, takeLoss } from './native.ts';
import type {
  CommandCounts,
  DeviceInfo,
  DevicePeaks,
  GraphicsDevice,
  MemoryStats,
} from './native.ts';

export { isDeviceName } from './device-choice.ts';
export type { DeviceChoice, DeviceName } from './device-choice.ts';
export type { GraphicsDevice } from './native.ts';

export interface DeviceOptions {
  /** `auto`, the default, is what chooseDevice says. */
  readonly device?: 'auto' | DeviceName | undefined;
  /** Worker threads of the CPU backend; 0 is one for each core. */
  readonly threads?: number | undefined;
  /** What may be used of the device's memory; 0: all. */
  readonly memoryBytes?: number | undefined;
  /**
   * What values between maps of 16-bit weights are kept in where no cache takes them: bf16 on a device
   * that multiplies them rounded to 16 bits anyway, unless said otherwise here.
   */
  readonly activations?: ValueDType | undefined;
}

/** Told of each device that is opened: a command line says which it is. */
export type DeviceListener = (choice: DeviceChoice, info: DeviceInfo) => void;

let opened: DeviceOptions | null = null;
let reducesActivations = false;
let listener: DeviceListener | null = null;

/** One at a time; null ends it. */
export function onDeviceOpened(told: DeviceListener | null): void {
  listener = told;
}

let examiner: DeviceExaminer = () => null;

/** What `auto` asks about a graphics device before it computes on it; until then all are trusted. */
export function examineDevicesBy(examine: DeviceExaminer): void {
  examiner = examine;
}

/** What speaks against a device that `auto` may mean: null for one that only imitates a card, too. */
export function problemOf(device: GraphicsDevice): DeviceProblem | null {
  return device.isSoftware || device.lacks !== '' ? null : examiner(device);
}

/** What `auto` means on this machine. @throws device/unknown when the environment names none */
export function automaticDevice(): DeviceChoice {
  return chooseDevice(process.env, graphicsDevices, examiner);
}

/** Opens the device of this thread. @throws device/already-open, device/unknown, device/not-capable */
export function openDevice(options: DeviceOptions = {}): void {
  const wanted = options.device ?? 'auto';
  const choice =
    wanted === 'auto' ? automaticDevice() : { device: wanted, reason: 'as asked', isWanted: true };
  const made = openChosen(choice, options);
  opened = { ...options, device: made.device };
  const info = deviceInfo();
  setBlockSteps(!info.dividesMemory);
  reducesActivations = (options.activations ?? (info.roundsFactors ? 'bf16' : 'f32')) === 'bf16';
  listener?.(made, info);
}

/** One that was not asked for by name gives way to the CPU when it does not open. */
function openChosen(choice: DeviceChoice, options: DeviceOptions): DeviceChoice {
  try {
    addon().open(choice.device, options.threads ?? 0, options.memoryBytes ?? 0);
    return choice;
  } catch (thrown) {
    const error = fromNative(thrown);
    if (choice.isWanted || choice.device === 'cpu') throw error;
    const reason = `${choice.device} does not open: ${asLensmithError(error).message}`;
    return openChosen({ device: 'cpu', reason, isWanted: false }, options);
  }
}

/**
 * Opens the device unless it is open: for tools that run one after the other in one process. When
 * another is asked for, or the one that is open was lost, it is opened anew, which needs that
 * nothing lives on it.
 * @throws device/already-open, and what openDevice throws
 */
export function ensureDevice(options: DeviceOptions = {}): void {
  if (opened === null) return openDevice(options);
  const current = deviceInfo().name;
  const wanted = options.device ?? 'auto';
  const isOther =
    wanted !== 'auto' && wanted !== current && !(wanted === 'vulkan' && current !== 'cpu');
  if (!isOther && !isLost()) return;
  const { tensors } = memoryStats();
  if (tensors > 0) {
    throw new LensmithError('device/already-open', `This process computes on ${current}.`, {
      expected: `--device ${current}, or nothing left on it`,
      got: `${isOther ? `--device ${wanted}` : 'a device that was lost'}, with ${tensors} tensors on ${current}`,
      hint: 'Close what is open first, or use another process.',
    });
  }
  const again = { ...opened, ...options, device: isOther ? wanted : opened.device };
  closeDevice();
  openDevice(again);
}

/** Frees every tensor and ends the device's threads. Work that is queued is dropped. */
export function closeDevice(): void {
  addon().close();
  opened = null;
  takeLoss();
}

/** Waits until all that was asked of the device is done. @throws what a kernel reported */
export async function synchronize(): Promise<void> {
  try {
    await addon().synchronize();
  } catch (thrown) {
    throw fromNative(thrown);
  }
}

/**
 * Drops the work that waits; the next read or synchronize() rejects with
 * `job/cancelled`. What a kernel is at work on is finished first, so memory
 * stays sound.
 */
export function cancelQueuedWork(): void {
  addon().cancel();
}

export function deviceInfo(): DeviceInfo {
  return addon().deviceInfo();
}

/** Measures the device for a good part of a second, while nothing is queued: for benchmarks. */
export function measurePeaks(): DevicePeaks {
  return addon().measurePeaks();
}

let listed: GraphicsDevice[] | null = null;

/**
 * The graphics devices that Vulkan shows; asked once a process, since drivers take their time.
 * @throws device/vulkan-missing where there is no loader, device/vulkan-failed for a broken driver, one
 *   that ended processes that asked it among them
 */
export function graphicsDevices(): GraphicsDevice[] {
  try {
    return (listed ??= listingOnce(() => addon().devices(), cacheFolder(process.env)));
  } catch (thrown) {
    throw fromNative(thrown);
  }
}

/**
 * What may be used of the open device's memory: all that it has for itself, or what it was opened
 * with; null for a CPU without such a limit.
 */
export function deviceMemoryBytes(): number | null {
  const { memoryBytes } = deviceInfo();
  const budget = opened?.memoryBytes ?? 0;
  if (memoryBytes > 0) return memoryBytes;
  return budget > 0 ? budget : null;
}

/** The graphics device that is open, as people call it; null for the CPU. */
export function cardName(): string | null {
  return nameOf(deviceInfo().name);
}

/** The graphics device that `auto` means, as people call it; null for the CPU. */
export function automaticCardName(): string | null {
  return nameOf(automaticDevice().device);
}

function nameOf(device: string): string | null {
  if (device === 'cpu') return null;
  const isMeant = ({ id, isBest }: GraphicsDevice): boolean =>
    device === 'vulkan' ? isBest : [id, `${id}:plain`].includes(device);
  return graphicsDevices().find(isMeant)?.name ?? device;
}

/** Whether values between maps of 16-bit weights are kept in bf16 on the open device. */
export function keepsActivationsReduced(): boolean {
  return reducesActivations;
}

export function memoryStats(): MemoryStats {
  return addon().memory();
}

export function resetPeakMemory(): void {
  addon().resetPeak();
}

/** Gives cached memory back to the system. */
export function trimMemory(): void {
  addon().trim();
}

/** Refuses allocations beyond this many bytes with memory/out-of-memory; 0 lifts the limit. */
export function setMemoryLimit(limitBytes: number): void {
  if (!(limitBytes >= 0)) {
    throw new LensmithError('tensor/bad-argument', 'The memory limit must not be negative.');
  }
  addon().setMemoryLimit(limitBytes);
}

export interface ProfileEntry {
  readonly op: string;
  readonly calls: number;
  readonly milliseconds: number;
}

/** Starts to time every kernel, or stops. */
export function setProfiling(enabled: boolean): void {
  addon().setProfiling(enabled);
}

/** Time spent by op since the last call, the most expensive first. */
export function takeProfile(): ProfileEntry[] {
  return Object.entries(addon().takeProfile())
    .map(([op, entry]) => ({ op, ...entry }))
    .sort((a, b) => b.milliseconds - a.milliseconds);
}

/** What the device was given since the last call; waits until that is done. */
export function takeCommandCounts(): CommandCounts {
  return addon().takeCommandCounts();
}
