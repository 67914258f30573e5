// Products with one short axis, as the inside of adapters has: what counts is to read or write the long
// matrix once, several elements at a time.
#extension GL_EXT_control_flow_attributes : require

// Of the short axis, as many as a group takes: a multiple of four.
layout(constant_id = 0) const uint kShort = 16;
layout(constant_id = 1) const bool kTurned = false;

vec4 as_floats(uvec4 bits) { return uintBitsToFloat(bits); }
