// The two codes of NF4, which the device keeps as core/nf4_tables.h has them. In shared memory, where
// neighbours may read different entries at once: prepare_tables() comes first.
const uint kNf4Block = 64u, kNf4OuterBlock = 256u;

shared float nf4_codes[16];
shared float dynamic_map[256];

void prepare_tables(Floats tables) {
  uint me = gl_LocalInvocationIndex;
  if (me < 16u) nf4_codes[me] = tables.at[me];
  dynamic_map[me] = tables.at[16u + me];
  barrier();
}
