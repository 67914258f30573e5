/** Whatever multiplies matrices, on a software driver that has cooperative ones. */
import { findNewerDriver } from '../../scripts/lib/newer-driver.mjs';
import { runAgainOn } from './again.ts';

const found = findNewerDriver();
const device = /cooperative matrices/;
runAgainOn({ name: 'a newer lavapipe', device, found }, [
  'ops/matmul.test.ts',
  'ops/attention.test.ts',
  'ops/linear-cross-entropy.test.ts',
  'ops/quantized-matmul.test.ts',
  'training/vulkan.test.ts',
]);

// Told how many groups a device has room for at a time, products deal their tiles out to that.
const ofOneCore =
  'reason' in found ? found : { ...found, env: { ...found.env, LENSMITH_VULKAN_CORES: '1' } };
runAgainOn({ name: 'a newer lavapipe that passes for one core', device, found: ofOneCore }, [
  'ops/matmul.test.ts',
  'ops/quantized-matmul.test.ts',
]);
