import { totalmem } from 'node:os';

/** Memory that programs may use here; containers may have less than the machine. */
export function machineBytes(): number {
  const limit = process.constrainedMemory();
  return limit > 0 && limit < totalmem() ? limit : totalmem();
}
