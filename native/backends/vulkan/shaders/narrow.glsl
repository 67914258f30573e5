// Products with one short axis, as the inside of adapters has, in f32: what counts is to read or write the
// long matrix once, four elements at a time. Groups have 256 threads.
#extension GL_EXT_control_flow_attributes : require

layout(constant_id = 0) const uint kShort = 16;  // the short axis, rounded up to a multiple of four
layout(constant_id = 1) const bool kTurned = false;
const uint kQuads = kShort / 4u;
const uint kSlice = 64u;  // lines that pass through shared memory at a time

vec4 as_floats(uvec4 bits) { return uintBitsToFloat(bits); }
