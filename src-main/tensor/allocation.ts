let isInSteps = false;

/** Whether large blocks come in steps, as on devices whose memory cannot be divided. */
export function setBlockSteps(inSteps: boolean): void {
  isInSteps = inSteps;
}

/**
 * What a tensor of so many bytes takes: small blocks, and all on a graphics device, come in steps of
 * a quarter of a power of two, large ones of a 32nd, so that those which are freed serve again. The rule of
 * native/core/allocator.cc; a test compares them.
 */
export function allocatedBytes(bytes: number): number {
  if (bytes <= 4096 || (!isInSteps && bytes > 65_536)) {
    return Math.max(64, Math.ceil(bytes / 64) * 64);
  }
  const step = 2 ** Math.floor(Math.log2(bytes)) / (bytes > 2 ** 20 ? 32 : 4);
  return Math.ceil(bytes / step) * step;
}
