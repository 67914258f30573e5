/**
 * Element types of engine tensors. The numbers are the ABI shared with
 * native/core/dtype.h; append only.
 */
export const dtypeIds = { f32: 0, bf16: 1, f16: 2, i32: 3, u8: 4, i8: 5 } as const;

export type DType = keyof typeof dtypeIds;

/** Bytes of one element. */
export const dtypeSizeBytes: Readonly<Record<DType, number>> = {
  f32: 4,
  bf16: 2,
  f16: 2,
  i32: 4,
  u8: 1,
  i8: 1,
};

export function isFloat(dtype: DType): boolean {
  return dtype === 'f32' || dtype === 'bf16' || dtype === 'f16';
}

/** What values of a pass are stored as: all of f32, or its upper half, as wide in range. */
export type ValueDType = 'f32' | 'bf16';

/** The dtype of the gradient of a value: as PyTorch has it, that of the value where it is bf16. */
export function valueDType(dtype: DType): ValueDType {
  return dtype === 'bf16' ? 'bf16' : 'f32';
}
