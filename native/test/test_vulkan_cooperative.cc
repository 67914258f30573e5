// Which form of cooperative matrices the kernels take, by what drivers tell; and when none. Prints
// `N passed, N failed`.
#include <cstdint>
#include <string>
#include <vector>

#include "backends/vulkan/cooperative.h"
#include "test/expect.h"

namespace lensmith::vulkan {
namespace {

using test::expect;

constexpr VkComponentTypeKHR kHalf = VK_COMPONENT_TYPE_FLOAT16_KHR;
constexpr VkComponentTypeKHR kBfloat = VK_COMPONENT_TYPE_BFLOAT16_KHR;
constexpr VkComponentTypeKHR kFloat = VK_COMPONENT_TYPE_FLOAT32_KHR;

VkCooperativeMatrixPropertiesKHR form(uint32_t m, uint32_t n, uint32_t k,
                                      VkComponentTypeKHR factors, VkComponentTypeKHR sums) {
  VkCooperativeMatrixPropertiesKHR made{};
  made.MSize = m, made.NSize = n, made.KSize = k;
  made.AType = made.BType = factors;
  made.CType = made.ResultType = sums;
  made.scope = VK_SCOPE_SUBGROUP_KHR;
  return made;
}

// Of a card with everything; others differ from it.
CooperativeFacts nvidia() {
  CooperativeFacts facts;
  facts.vendor = 0x10de;
  facts.driver = VK_DRIVER_ID_NVIDIA_PROPRIETARY;
  facts.most_threads = 1024, facts.most_shared_bytes = 48 << 10;
  facts.subgroup = facts.smallest_subgroup = facts.largest_subgroup = 32;
  facts.subgroup_stages = facts.size_stages = VK_SHADER_STAGE_COMPUTE_BIT;
  facts.subgroup_operations = 0xff;
  facts.most_subgroups = 2048;
  facts.has_size_control = facts.has_matrices = facts.has_memory_model = true;
  facts.has_half = facts.has_bfloat = facts.dots_mixed_signs = true;
  facts.forms = {form(16, 16, 16, kHalf, kHalf), form(16, 8, 16, kHalf, kFloat),
                 form(16, 16, 16, kHalf, kFloat), form(16, 8, 8, kBfloat, kFloat),
                 form(16, 16, 16, kBfloat, kFloat)};
  return facts;
}

CooperativeFacts amd(VkDriverId driver) {
  CooperativeFacts facts = nvidia();
  facts.vendor = 0x1002, facts.driver = driver;
  facts.most_shared_bytes = 64 << 10;
  facts.subgroup = facts.largest_subgroup = 64;
  return facts;
}

CooperativeFacts intel(uint32_t smallest) {
  CooperativeFacts facts = nvidia();
  facts.vendor = 0x8086, facts.driver = VK_DRIVER_ID_MAX_ENUM;
  facts.smallest_subgroup = smallest;
  facts.has_bfloat = false;
  facts.forms = {form(8, smallest, 16, kHalf, kFloat)};
  return facts;
}

std::string shape_of(const Cooperative& form) {
  if (!form.usable) return "none";
  return std::to_string(form.m) + "x" + std::to_string(form.n) + "x" + std::to_string(form.k) +
         (form.element == DType::bf16 ? " of bf16" : " of f16") + " by " +
         std::to_string(form.subgroup);
}

void expect_form(const std::string& what, const CooperativeFacts& facts, const std::string& want) {
  const std::string got = shape_of(choose_cooperative(facts));
  expect(got == want, what + ": " + got + ", not " + want);
}

void test_cards() {
  expect_form("NVIDIA", nvidia(), "16x16x16 of bf16 by 32");
  const auto radv = static_cast<VkDriverId>(3);
  expect_form("RDNA 3 on RADV", amd(radv), "16x16x16 of bf16 by 64");
  expect_form("RDNA 3 on Windows", amd(VK_DRIVER_ID_AMD_PROPRIETARY), "16x16x16 of bf16 by 64");
  expect_form("Intel Xe2", intel(16), "8x16x16 of f16 by 32");
  CooperativeFacts older = nvidia();
  older.has_bfloat = false;
  CooperativeFacts silent = nvidia();
  silent.size_stages = 0, silent.most_subgroups = 0;
  expect_form("one size of subgroups", silent, "16x16x16 of bf16 by 32");
  expect_form("a driver without bf16", older, "16x16x16 of f16 by 32");
}

void test_without_units() {
  for (const VkDriverId driver : {VK_DRIVER_ID_AMD_PROPRIETARY, VK_DRIVER_ID_AMD_OPEN_SOURCE}) {
    CooperativeFacts facts = amd(driver);
    facts.dots_mixed_signs = false;
    expect_form("AMD before RDNA 3", facts, "none");
  }
  expect_form("Intel before Xe2", intel(8), "none");
  CooperativeFacts processor = amd(VK_DRIVER_ID_AMD_PROPRIETARY);
  processor.is_integrated = true;
  expect(!offers_matrices(processor), "AMD's own driver of a processor is not even asked");
}

void test_forms() {
  CooperativeFacts facts = nvidia();
  facts.forms = {form(16, 16, 16, kHalf, kHalf)};
  expect_form("sums of f16", facts, "none");
  facts.forms = {form(32, 32, 16, kHalf, kFloat), form(8, 8, 4, kHalf, kFloat)};
  expect_form("sides that tiles are no multiples of", facts, "none");
  facts.forms = {form(16, 16, 16, kHalf, kFloat)};
  facts.forms[0].scope = static_cast<VkScopeKHR>(2);
  expect_form("matrices of a whole group", facts, "none");
}

// What would be changed of a card, and it has none.
template <class Change>
void expect_none(const std::string& what, Change&& change) {
  CooperativeFacts facts = nvidia();
  change(facts);
  expect_form(what, facts, "none");
}

void test_limits() {
  using Facts = CooperativeFacts;
  expect_none("no feature", [](Facts& f) { f.has_matrices = false; });
  expect_none("no memory model", [](Facts& f) { f.has_memory_model = false; });
  expect_none("neither type", [](Facts& f) { f.has_half = f.has_bfloat = false; });
  expect_none("short shared memory", [](Facts& f) { f.most_shared_bytes = 16 << 10; });
  expect_none("no shuffles", [](Facts& f) { f.subgroup_operations = 1; });
  expect_none("no subgroups in kernels", [](Facts& f) { f.subgroup_stages = 0; });
  expect_none("subgroups of 4", [](Facts& f) { f.subgroup = f.smallest_subgroup = 4; });
  expect_none("subgroups of 128", [](Facts& f) { f.subgroup = f.largest_subgroup = 128; });
  expect_none("groups of 64", [](Facts& f) { f.most_threads = 64; });
  expect_none("sizes that kernels cannot ask for", [](Facts& f) {
    f.smallest_subgroup = 16;
    f.size_stages = 0;
  });
  expect_none("several sizes that cannot be asked for", [](Facts& f) {
    f.has_size_control = false;
    f.smallest_subgroup = 16;
  });
}

}  // namespace
}  // namespace lensmith::vulkan

int main() {
  lensmith::vulkan::test_cards();
  lensmith::vulkan::test_without_units();
  lensmith::vulkan::test_forms();
  lensmith::vulkan::test_limits();
  return lensmith::test::report();
}
