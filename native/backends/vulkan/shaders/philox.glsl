// Philox4x32-10 with key (seed, 0) and counter (block, 0, stream, 0), and uniforms in [0, 1).
uvec4 philox(uint block, uint stream, uint seed) {
  uvec4 c = uvec4(block, 0u, stream, 0u);
  uint key0 = seed, key1 = 0u;
  for (int round = 0; round < 10; ++round) {
    uint high0, low0, high1, low1;
    umulExtended(c.x, 0xd2511f53u, high0, low0);
    umulExtended(c.z, 0xcd9e8d57u, high1, low1);
    c = uvec4(high1 ^ c.y ^ key0, low1, high0 ^ c.w ^ key1, low0);
    key0 += 0x9e3779b9u;
    key1 += 0xbb67ae85u;
  }
  return c;
}

float unit_uniform(uint word) { return float(word >> 8) * 5.9604644775390625e-8; }
