/** Whatever multiplies matrices, on a software driver that has cooperative ones. */
import { findNewerDriver } from '../../scripts/lib/newer-driver.mjs';
import { runAgainOn } from './again.ts';

runAgainOn({ name: 'a newer lavapipe', device: /cooperative matrices/, found: findNewerDriver() }, [
  'ops/matmul.test.ts',
  'ops/attention.test.ts',
  'ops/linear-cross-entropy.test.ts',
  'ops/quantized-matmul.test.ts',
  'training/vulkan.test.ts',
]);
