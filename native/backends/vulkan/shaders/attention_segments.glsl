// Who sees whom in attention, and what the rows of a group see. Including files declare the push
// constants, kCausal, and kRows, the rows of a group.

shared uvec2 ranges[kRows];

// The segment that `row` lies in; `segments` when it lies in none.
uint segment_of(Ints offsets, uint row) {
  uint low = 0u, high = push.segments;
  if (high == 0u || int(row) >= offsets.at[high]) return push.segments;
  while (high - low > 1u) {
    uint middle = (low + high) / 2u;
    if (offsets.at[middle] <= int(row)) low = middle;
    else high = middle;
  }
  return low;
}

// (begin, end) of a segment, inside 0 .. rows whatever the offsets say.
ivec2 segment_range(Ints offsets, uint segment, uint rows) {
  int begin = clamp(offsets.at[segment], 0, int(rows));
  return ivec2(begin, clamp(offsets.at[segment + 1u], begin, int(rows)));
}

// The keys that a query sees: begin .. end, none when begin ≥ end.
uvec2 keys_of(uint query) {
  uint segment = query < push.query_rows ? segment_of(push.q_offsets, query) : push.segments;
  if (segment == push.segments) return uvec2(0u);
  ivec2 queries = segment_range(push.q_offsets, segment, push.query_rows);
  ivec2 keys = segment_range(push.k_offsets, segment, push.key_rows);
  int last = keys.y - queries.y + int(query);  // the last query meets the last key
  int begin = kCausal && push.window > 0 ? max(keys.x, last - push.window + 1) : keys.x;
  int end = kCausal ? min(keys.y, last + 1) : keys.y;
  return begin < end ? uvec2(begin, end) : uvec2(0u);
}

// The queries that see a key: the same rule from the other side.
uvec2 queries_of(uint key) {
  uint segment = key < push.key_rows ? segment_of(push.k_offsets, key) : push.segments;
  if (segment == push.segments) return uvec2(0u);
  ivec2 queries = segment_range(push.q_offsets, segment, push.query_rows);
  ivec2 keys = segment_range(push.k_offsets, segment, push.key_rows);
  int first = int(key) - keys.y + queries.y;  // the query that meets the key as its last
  int begin = kCausal ? max(queries.x, first) : queries.x;
  int end = kCausal && push.window > 0 ? min(queries.y, first + push.window) : queries.y;
  return begin < end ? uvec2(begin, end) : uvec2(0u);
}

// From the first to the last that any of `count` rows of the group sees.
uvec2 range_of(uint row, uint count) {
  uvec2 all = uvec2(0xffffffffu, 0u);
  for (uint r = row; r < row + count; ++r) {
    if (ranges[r].x >= ranges[r].y) continue;
    all = uvec2(min(all.x, ranges[r].x), max(all.y, ranges[r].y));
  }
  return all;
}
