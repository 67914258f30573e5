import { LensmithError } from '../base/errors.ts';
import { engineDTypes, readTensorBytes } from '../formats/weights/safetensors.ts';
import type { SafetensorsHeader } from '../formats/weights/safetensors.ts';
import type { DType } from '../tensor/dtype.ts';
import { cast } from '../tensor/ops/index.ts';
import { scoped } from '../tensor/scope.ts';
import { Tensor } from '../tensor/tensor.ts';
import type { HostArray, Place } from '../tensor/tensor.ts';

/** The bytes of a tensor as safetensors keeps them. */
export async function bytesOf(tensor: Tensor): Promise<Uint8Array> {
  const values = await tensor.read();
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

/**
 * One tensor of a file in memory of its own; the caller disposes it.
 * @param place where it lies when it needs no conversion
 * @throws training/unusable-dtype, and the errors of readTensorBytes
 */
export async function readTensor(
  header: SafetensorsHeader,
  name: string,
  dtype: DType,
  place: Place = 'device',
): Promise<Tensor> {
  const bytes = await readTensorBytes(header, name);
  const entry = header.tensors.get(name);
  const stored = entry && engineDTypes[entry.dtype];
  if (entry === undefined || stored === undefined) {
    throw new LensmithError('training/unusable-dtype', `${header.path}: ${name} is not usable.`, {
      expected: Object.keys(engineDTypes).join(', '),
      got: entry?.dtype,
    });
  }
  return scoped(() => {
    if (stored === dtype) return Tensor.from(hostArray(bytes, stored), entry.shape, stored, place);
    return cast(Tensor.from(hostArray(bytes, stored), entry.shape, stored), dtype);
  }).keep();
}

function hostArray(bytes: Buffer, dtype: DType): HostArray {
  const { buffer } = Uint8Array.from(bytes);
  switch (dtype) {
    case 'f32':
      return new Float32Array(buffer);
    case 'i32':
      return new Int32Array(buffer);
    case 'bf16':
    case 'f16':
      return new Uint16Array(buffer);
    case 'u8':
      return new Uint8Array(buffer);
    case 'i8':
      return new Int8Array(buffer);
  }
}
