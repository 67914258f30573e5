#include "backends/vulkan/pipelines.h"

#include <algorithm>
#include <cstring>

#include "backends/vulkan/spirv_modes.h"
#include "core/error.h"

namespace lensmith::vulkan {
namespace {

struct Code {
  const char* name;
  const uint32_t* words;
  size_t size_bytes;

  bool is_cooperative() const { return std::strstr(name, "_coop_") != nullptr; }
};

// One array of words a shader, under its name.
namespace spirv {
#include "backends/vulkan/spirv/all.inc"
}  // namespace spirv

constexpr Code kCode[] = {
#define SHADER(name) {#name, spirv::name, sizeof spirv::name},
#include "backends/vulkan/shaders.def"
};

// Nothing is recorded yet: whoever asked for the kernel gets the error, and the device stays
// usable.
void expect_compiled(VkResult result, const Code& code) {
  const std::string what = std::string("vkCreateComputePipelines for ") + code.name;
  if (result == VK_SUCCESS || result == VK_ERROR_DEVICE_LOST) return expect(result, what.c_str());
  throw Error("device/vulkan-failed", "The graphics driver does not compile one of the kernels.",
              what + " to succeed", name_of(result),
              code.is_cooperative()
                  ? "--device vulkan:N:plain goes without such kernels; N as lensmith doctor says."
                  : "A newer driver may; --device cpu does without.");
}

}  // namespace

Pipelines::Pipelines(const DeviceApi& api, VkDevice device, const PhysicalDevice& physical)
    : api_(api),
      device_(device),
      cooperative_(physical.cooperative),
      owner_(physical.cache_owner),
      cuts_(physical.most_work != kAnyWork),
      preserves_infinities_(physical.preserves_infinities),
      cache_file_(pipeline_cache_file(owner_)) {
  const VkPushConstantRange range{VK_SHADER_STAGE_COMPUTE_BIT, 0, 128};
  VkPipelineLayoutCreateInfo layout{};
  layout.sType = VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO;
  layout.pushConstantRangeCount = 1;
  layout.pPushConstantRanges = &range;
  expect(api_.vkCreatePipelineLayout(device_, &layout, nullptr, &layout_),
         "vkCreatePipelineLayout");

  const std::vector<char> saved =
      cache_file_.empty() ? std::vector<char>() : read_pipeline_cache(cache_file_, owner_);
  VkPipelineCacheCreateInfo cache{};
  cache.sType = VK_STRUCTURE_TYPE_PIPELINE_CACHE_CREATE_INFO;
  cache.initialDataSize = saved.size();
  cache.pInitialData = saved.data();
  expect(api_.vkCreatePipelineCache(device_, &cache, nullptr, &cache_), "vkCreatePipelineCache");
}

Pipelines::~Pipelines() {
  if (grew_ && !cache_file_.empty()) save();
  for (const std::vector<Variant>& variants : variants_)
    for (const Variant& variant : variants)
      api_.vkDestroyPipeline(device_, variant.pipeline, nullptr);
  api_.vkDestroyPipelineCache(device_, cache_, nullptr);
  api_.vkDestroyPipelineLayout(device_, layout_, nullptr);
}

void Pipelines::save() const {
  size_t size = 0;
  if (api_.vkGetPipelineCacheData(device_, cache_, &size, nullptr) != VK_SUCCESS) return;
  std::vector<char> data(size);
  if (api_.vkGetPipelineCacheData(device_, cache_, &size, data.data()) != VK_SUCCESS) return;
  data.resize(size);
  write_pipeline_cache(cache_file_, owner_, data);
}

VkPipeline Pipelines::get(Shader shader, std::initializer_list<uint32_t> constants) {
  std::vector<Variant>& variants = variants_[static_cast<size_t>(shader)];
  for (const Variant& variant : variants)
    if (std::equal(variant.constants.begin(), variant.constants.end(), constants.begin(),
                   constants.end()))
      return variant.pipeline;
  std::vector<uint32_t> own(constants);
  const VkPipeline pipeline = build(shader, own);
  variants.push_back({std::move(own), pipeline});
  grew_ = true;
  return pipeline;
}

VkPipeline Pipelines::build(Shader shader, const std::vector<uint32_t>& constants) {
  const Code& code = kCode[static_cast<size_t>(shader)];
  VkShaderModuleCreateInfo module_info{};
  module_info.sType = VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO;
  module_info.codeSize = code.size_bytes;
  module_info.pCode = code.words;
  std::vector<uint32_t> told;
  if (preserves_infinities_) {
    told = preserving_infinities(code.words, code.size_bytes / sizeof(uint32_t));
    module_info.codeSize = told.size() * sizeof(uint32_t);
    module_info.pCode = told.data();
  }
  VkShaderModule module = VK_NULL_HANDLE;
  expect(api_.vkCreateShaderModule(device_, &module_info, nullptr, &module),
         "vkCreateShaderModule");

  std::vector<VkSpecializationMapEntry> entries;
  for (uint32_t i = 0; i < constants.size(); ++i) entries.push_back({i, 4 * i, 4});
  const VkSpecializationInfo specialisation{static_cast<uint32_t>(entries.size()), entries.data(),
                                            4 * constants.size(), constants.data()};
  VkComputePipelineCreateInfo info{};
  info.sType = VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO;
  info.stage.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO;
  info.stage.stage = VK_SHADER_STAGE_COMPUTE_BIT;
  info.stage.module = module;
  info.stage.pName = "main";
  info.stage.pSpecializationInfo = &specialisation;
  VkPipelineShaderStageRequiredSubgroupSizeCreateInfo size{};
  size.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_REQUIRED_SUBGROUP_SIZE_CREATE_INFO;
  size.requiredSubgroupSize = cooperative_.subgroup;
  if (code.is_cooperative() && cooperative_.has_size_control) {
    info.stage.pNext = &size;
    info.stage.flags = VK_PIPELINE_SHADER_STAGE_CREATE_REQUIRE_FULL_SUBGROUPS_BIT;
  }
  if (cuts_) info.flags = VK_PIPELINE_CREATE_DISPATCH_BASE_BIT;
  info.layout = layout_;
  VkPipeline pipeline = VK_NULL_HANDLE;
  const VkResult result =
      api_.vkCreateComputePipelines(device_, cache_, 1, &info, nullptr, &pipeline);
  api_.vkDestroyShaderModule(device_, module, nullptr);
  expect_compiled(result, code);
  return pipeline;
}

}  // namespace lensmith::vulkan
