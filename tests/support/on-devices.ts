import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { closeDevice, memoryStats, synchronize } from '../../src-main/tensor/device.ts';
import { devices, openForTests, reasonForAbsence } from './devices.ts';

/**
 * Runs the tests in `body` on each device, which is open in them and holds nothing afterwards; those
 * of an absent one are replaced by a skip that says why.
 */
export function onDevices(title: string, body: (device: (typeof devices)[number]) => void): void {
  describe.each(devices)('%s', (device) => {
    const absence = reasonForAbsence(device);
    if (absence !== null) {
      test(title, (context) => context.skip(true, absence));
      return;
    }
    beforeAll(() => openForTests(device));
    afterAll(async () => {
      await synchronize();
      expect(memoryStats().tensors).toBe(0);
      closeDevice();
    });
    body(device);
  });
}
