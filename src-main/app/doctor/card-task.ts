import { automaticCardName } from '../../tensor/device.ts';

/** The graphics device that models will lie on in this process, as people call it; null: the processor. */
export function cardTask(): Promise<string | null> {
  return Promise.resolve(automaticCardName());
}
