#include "backends/vulkan/pipelines.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

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

std::vector<char> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return std::vector<char>(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
}

}  // namespace

std::string pipeline_cache_file(const uint8_t (&uuid)[VK_UUID_SIZE]) {
  namespace fs = std::filesystem;
  fs::path folder;
  if (const char* named = std::getenv("LENSMITH_PIPELINE_CACHE"); named != nullptr) {
    if (std::string(named) == "off" || *named == '\0') return {};
    folder = named;
  } else if (const char* cache = std::getenv("XDG_CACHE_HOME");
             cache != nullptr && *cache != '\0') {
    folder = fs::path(cache) / "lensmith";
  } else if (const char* local = std::getenv("LOCALAPPDATA"); local != nullptr) {
    folder = fs::path(local) / "lensmith" / "cache";
  } else if (const char* home = std::getenv("HOME"); home != nullptr && *home != '\0') {
    folder = fs::path(home) / ".cache" / "lensmith";
  } else {
    return {};
  }
  std::string name = "vulkan-";
  for (const uint8_t byte : uuid) {
    char digits[3];
    std::snprintf(digits, sizeof digits, "%02x", byte);
    name += digits;
  }
  return (folder / (name + ".bin")).string();
}

Pipelines::Pipelines(const DeviceApi& api, VkDevice device, const Cooperative& cooperative,
                     std::string cache_file)
    : api_(api), device_(device), cooperative_(cooperative), cache_file_(std::move(cache_file)) {
  const VkPushConstantRange range{VK_SHADER_STAGE_COMPUTE_BIT, 0, 128};
  VkPipelineLayoutCreateInfo layout{};
  layout.sType = VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO;
  layout.pushConstantRangeCount = 1;
  layout.pPushConstantRanges = &range;
  expect(api_.vkCreatePipelineLayout(device_, &layout, nullptr, &layout_),
         "vkCreatePipelineLayout");

  const std::vector<char> saved =
      cache_file_.empty() ? std::vector<char>() : read_file(cache_file_);
  VkPipelineCacheCreateInfo cache{};
  cache.sType = VK_STRUCTURE_TYPE_PIPELINE_CACHE_CREATE_INFO;
  cache.initialDataSize = saved.size();
  cache.pInitialData = saved.data();
  // A driver takes nothing from a file of another driver or version; it says no more of it.
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

// Written beside and renamed, so that another process never reads half of it. That it could not be
// written costs only time at the next start.
void Pipelines::save() const {
  namespace fs = std::filesystem;
  size_t size = 0;
  if (api_.vkGetPipelineCacheData(device_, cache_, &size, nullptr) != VK_SUCCESS) return;
  std::vector<char> data(size);
  if (api_.vkGetPipelineCacheData(device_, cache_, &size, data.data()) != VK_SUCCESS) return;
  std::error_code ignored;
  const fs::path path(cache_file_);
  fs::create_directories(path.parent_path(), ignored);
  const fs::path partial = path.string() + "." + std::to_string(reinterpret_cast<uintptr_t>(this));
  {
    std::ofstream file(partial, std::ios::binary);
    file.write(data.data(), static_cast<std::streamsize>(size));
    if (!file) {
      fs::remove(partial, ignored);
      return;
    }
  }
  fs::rename(partial, path, ignored);
  if (ignored) fs::remove(partial, ignored);
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
  info.layout = layout_;
  VkPipeline pipeline = VK_NULL_HANDLE;
  const VkResult result =
      api_.vkCreateComputePipelines(device_, cache_, 1, &info, nullptr, &pipeline);
  api_.vkDestroyShaderModule(device_, module, nullptr);
  expect(result, "vkCreateComputePipelines");
  return pipeline;
}

}  // namespace lensmith::vulkan
