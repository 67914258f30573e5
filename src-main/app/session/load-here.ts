/** Loading a model onto the device that is open, and what would help where that has no room for it. */
import { asLensmithError, LensmithError } from '../../base/errors.ts';
import { loadModel } from '../../models/load.ts';
import type { LoadedModel, LoadOptions } from '../../models/load.ts';
import { gib, weightBytes } from '../../training/memory-plan.ts';
import { memoryPlace } from '../inspect/machine.ts';

/**
 * @param limitBytes memory that may be used; all of the device's by default
 * @throws memory/out-of-memory with what the weights need, and would need in few bits; the other
 *         errors of loadModel
 */
export async function loadHere(
  dir: string,
  options: LoadOptions,
  limitBytes: number = memoryPlace().bytes,
): Promise<LoadedModel> {
  try {
    return await loadModel(dir, options);
  } catch (thrown) {
    const error = asLensmithError(thrown);
    if (error.code !== 'memory/out-of-memory') throw error;
    throw await tooLarge(dir, options, limitBytes, error);
  }
}

async function tooLarge(
  dir: string,
  options: LoadOptions,
  limitBytes: number,
  cause: LensmithError,
): Promise<LensmithError> {
  using sizes = await loadModel(dir, { ...options, sizesOnly: true });
  const [needed, inNf4] = [weightBytes(sizes), weightBytes(sizes, 'nf4')];
  const { device } = memoryPlace();
  const inUse = cause.got === undefined ? '' : `; ${cause.got}`;
  return new LensmithError('memory/out-of-memory', 'The weights of the model do not fit.', {
    expected: `room for ${gib(needed)}`,
    got: `${gib(limitBytes)} on ${device ?? 'this machine'}${inUse}`,
    hint:
      inNf4 < needed && inNf4 < limitBytes
        ? `In NF4 they take about ${gib(inNf4)}: quantise the model, or train it by QLoRA.`
        : 'Use a smaller model, or compute on the processor if the machine has more memory.',
    cause,
  });
}
