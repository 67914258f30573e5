import { LensmithError } from '../base/errors.ts';
import { addon, fromNative } from './native.ts';
import type { DeviceInfo, GraphicsDevice, MemoryStats } from './native.ts';

export type { GraphicsDevice } from './native.ts';

/** `vulkan` is the best graphics device, `vulkan:N` the one that doctor lists under that name. */
export type DeviceName = 'cpu' | 'vulkan' | `vulkan:${number}`;

export interface DeviceOptions {
  /**
   * `auto` is the CPU: the graphics backend has only been proven on software
   * drivers so far, so who wants it names it.
   */
  readonly device?: 'auto' | DeviceName;
  /** Worker threads of the CPU backend; 0 is one for each core. */
  readonly threads?: number;
}

let opened = false;

/** Opens the device of this thread. @throws device/already-open */
export function openDevice(options: DeviceOptions = {}): void {
  const wanted = options.device ?? 'auto';
  try {
    addon().open(wanted === 'auto' ? 'cpu' : wanted, options.threads ?? 0);
    opened = true;
  } catch (thrown) {
    throw fromNative(thrown);
  }
}

/** Opens the device unless it is open: for tools that run one after the other in one process. */
export function ensureDevice(options: DeviceOptions = {}): void {
  if (!opened) openDevice(options);
}

/** Frees every tensor and ends the device's threads. Work that is queued is dropped. */
export function closeDevice(): void {
  addon().close();
  opened = false;
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

/**
 * The graphics devices that Vulkan shows.
 * @throws device/vulkan-missing where there is no loader, device/vulkan-failed for a broken driver
 */
export function graphicsDevices(): GraphicsDevice[] {
  try {
    return addon().devices();
  } catch (thrown) {
    throw fromNative(thrown);
  }
}

/** Memory of the open device, where it has its own; null for the CPU. */
export function deviceMemoryBytes(): number | null {
  const { name } = deviceInfo();
  if (name === 'cpu') return null;
  return graphicsDevices().find(({ id }) => id === name)?.memoryBytes ?? null;
}

/** Whether a name could be that of a device; whether the device exists shows when it is opened. */
export function isDeviceName(text: string): text is DeviceName {
  return /^(cpu|vulkan(:\d{1,3})?)$/.test(text);
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
