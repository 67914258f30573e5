import type { ValueDType } from '../tensor/dtype.ts';
import { keepsActivationsReduced } from '../tensor/device.ts';
import type { Linear } from './linear.ts';

/**
 * What values between the maps of a layer are kept in: bf16 where the open device keeps them so beside
 * weights of 16 bits or fewer, which all these maps have. What adds up over layers stays f32, and so
 * does what a cache of keys and values is filled from.
 * @param maps     that read or make the values
 * @param hasCache whether the pass continues tokens that are held
 */
export function activationDType(maps: readonly Linear[], hasCache: boolean): ValueDType {
  const isReduced = !hasCache && keepsActivationsReduced();
  return isReduced && maps.every(({ weight }) => weight.isReduced) ? 'bf16' : 'f32';
}
