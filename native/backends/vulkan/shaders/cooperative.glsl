// What shaders for cooperative matrices share. They are compiled twice, with ELEMENT_BF16 and with
// ELEMENT_F16: the type of the factors. Sums are f32. Threads form whole subgroups, in a row.
#extension GL_KHR_cooperative_matrix : require
#extension GL_KHR_memory_scope_semantics : require
#extension GL_KHR_shader_subgroup_basic : require
#extension GL_EXT_control_flow_attributes : require
#ifdef ELEMENT_BF16
#extension GL_EXT_bfloat16 : require
#define Element bfloat16_t
const uint kElement = 1;  // kBf16
#else
#extension GL_EXT_shader_explicit_arithmetic_types_float16 : require
#define Element float16_t
const uint kElement = 2;  // kF16
#endif
