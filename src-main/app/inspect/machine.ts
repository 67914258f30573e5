import { totalmem } from 'node:os';
import { cardName, deviceInfo } from '../../tensor/device.ts';

/** Memory that programs may use here; containers may have less than the machine. */
function machineBytes(): number {
  const limit = process.constrainedMemory();
  return limit > 0 && limit < totalmem() ? limit : totalmem();
}

/** Where models lie that are computed here. */
export interface MemoryPlace {
  /** The graphics device, as people call it; null: the machine's memory. */
  readonly device: string | null;
  /** All memory there, used or not. */
  readonly bytes: number;
}

/** That of the device that is open. */
export function memoryPlace(): MemoryPlace {
  const device = cardName();
  return { device, bytes: device === null ? machineBytes() : deviceInfo().memoryBytes };
}
