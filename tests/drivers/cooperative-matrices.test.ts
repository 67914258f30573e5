/** Whatever multiplies matrices, on a software driver that has cooperative ones. */
import { findNewerDriver } from '../../scripts/lib/newer-driver.mjs';
import { expect, test } from 'vitest';
import { devicesOf, runAgainOn } from './again.ts';

const found = findNewerDriver();
const device = /cooperative matrices/;
runAgainOn({ name: 'a newer lavapipe', device, found }, [
  'ops/matmul.test.ts',
  'ops/attention.test.ts',
  'ops/linear-cross-entropy.test.ts',
  'ops/quantized-matmul.test.ts',
  'training/vulkan.test.ts',
  'training/memory-vulkan.test.ts',
]);

test('factors of bf16, which cards are given before those of f16', (context) => {
  context.skip('reason' in found, 'reason' in found ? found.reason : '');
  if ('reason' in found) return;
  const shown = devicesOf(found);
  expect(shown).toMatch(device);
  const reason =
    'this driver multiplies f16 alone: kernels for bf16 run on cards, by npm run bench:gpu';
  context.skip(!shown.includes('cooperative matrices of bf16'), reason);
});

// Where a device does not tell where elements of small matrices lie, weights go through shared memory. It is
// also given little work at a time, and so is the next.
const withoutPlaces =
  'reason' in found
    ? found
    : {
        ...found,
        env: { ...found.env, LENSMITH_VULKAN_DISABLE: 'places', LENSMITH_VULKAN_WORK: '1' },
      };
runAgainOn({ name: 'a newer lavapipe that hides its places', device, found: withoutPlaces }, [
  'ops/attention.test.ts',
]);

// Told how many groups a device has room for at a time, products deal their tiles out to that.
const ofOneCore =
  'reason' in found
    ? found
    : { ...found, env: { ...found.env, LENSMITH_VULKAN_CORES: '1', LENSMITH_VULKAN_WORK: '1' } };
runAgainOn({ name: 'a newer lavapipe that passes for one core', device, found: ofOneCore }, [
  'ops/matmul.test.ts',
  'ops/quantized-matmul.test.ts',
]);
