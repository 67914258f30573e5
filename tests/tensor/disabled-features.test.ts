/** A graphics device that passes for a lesser one, so that the ways around what it has are tried. */
import { afterEach, expect, test } from 'vitest';
import { closeDevice, deviceInfo } from '../../src-main/tensor/device.ts';
import type { DeviceName, GraphicsDevice } from '../../src-main/tensor/device.ts';
import { addon } from '../../src-main/tensor/native.ts';
import { openForTests, reasonForAbsence } from '../support/devices.ts';

const absence = reasonForAbsence('vulkan');
const variable = 'LENSMITH_VULKAN_DISABLE';

afterEach(() => delete process.env[variable]);

function features(): readonly string[] {
  const best = addon()
    .devices()
    .find(({ isBest }) => isBest);
  return best?.features ?? [];
}

/** By the names that LENSMITH_VULKAN_DISABLE takes: what is no longer there then. */
const named = {
  f16: /^f16$|of f16$/,
  bf16: /of bf16$/,
  cooperative: /^cooperative matrices/,
};

test('what is named is not there, and all else is', (context) => {
  context.skip(absence !== null, absence ?? '');
  const all = features();
  const known = Object.values(named);
  const has = all.some((one) => known.some((pattern) => pattern.test(one)));
  context.skip(!has, 'this device has none of what can be disabled');
  for (const [name, pattern] of Object.entries(named)) {
    process.env[variable] = name;
    const others = all.filter((one) => !pattern.test(one));
    // Without one type of matrices there may be those of the other.
    expect(features().filter((one) => pattern.test(one))).toEqual([]);
    expect(features()).toEqual(expect.arrayContaining(others));
  }
  process.env[variable] = Object.keys(named).join(',');
  expect(features()).toEqual(all.filter((one) => !known.some((pattern) => pattern.test(one))));
  process.env[variable] = 'f1,6,f1';
  expect(features()).toEqual(all);
});

test('a device that goes by the name of a plain one has no matrices, and says who it is', (context) => {
  context.skip(absence !== null, absence ?? '');
  const [{ id }] = addon().devices() as [GraphicsDevice];
  openForTests(`${id}:plain` as DeviceName);
  const { name, roundsFactors } = deviceInfo();
  closeDevice();
  expect(name).toBe(`${id}:plain`);
  expect(roundsFactors).toBe(false);
});
