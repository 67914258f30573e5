/**
 * Philox4x32-10: four 32-bit words from a key and a counter. The native
 * kernels (dropout, random_fill, sample) draw from the same function.
 * @source Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC'11
 */
export function philox(
  key: readonly [number, number],
  counter: readonly [number, number, number, number],
): [number, number, number, number] {
  let [k0, k1] = key;
  let [c0, c1, c2, c3] = counter;
  for (let round = 0; round < 10; round++) {
    const p0 = BigInt(c0 >>> 0) * 0xd2511f53n;
    const p1 = BigInt(c2 >>> 0) * 0xcd9e8d57n;
    const [high0, low0] = [Number(p0 >> 32n), Number(p0 & 0xffffffffn)];
    const [high1, low1] = [Number(p1 >> 32n), Number(p1 & 0xffffffffn)];
    [c0, c1, c2, c3] = [(high1 ^ c1 ^ k0) >>> 0, low1, (high0 ^ c3 ^ k1) >>> 0, low0];
    k0 = (k0 + 0x9e3779b9) >>> 0;
    k1 = (k1 + 0xbb67ae85) >>> 0;
  }
  return [c0, c1, c2, c3];
}

/** The uniform in [0, 1) of element i: the word's upper 24 bits, which f32 holds exactly. */
export function philoxUniform(seed: number, stream: number, i: number): number {
  const block = Math.floor(i / 4);
  const counter = [block % 2 ** 32, Math.floor(block / 2 ** 32), stream >>> 0, 0] as const;
  const word = philox([seed >>> 0, 0], counter)[i % 4] as number;
  return (word >>> 8) / 2 ** 24;
}
