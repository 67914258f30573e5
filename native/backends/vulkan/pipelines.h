// Compiled kernels. A pipeline is made the first time that a shader is used with some constants,
// and what the driver made of it is kept on disk for the next start.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

#include "backends/vulkan/instance.h"

namespace lensmith::vulkan {

enum class Shader {
#define SHADER(name) name,
#include "backends/vulkan/shaders.def"
};

inline constexpr size_t kShaders = 0
#define SHADER(name) +1
#include "backends/vulkan/shaders.def"
    ;

class Pipelines {
 public:
  // What drivers made of kernels is kept on disk, by whose work it is, where there is a folder.
  Pipelines(const DeviceApi& api, VkDevice device, const PhysicalDevice& physical);
  ~Pipelines();
  Pipelines(const Pipelines&) = delete;
  Pipelines& operator=(const Pipelines&) = delete;

  // One layout for all: 128 bytes of push constants and no descriptor, since kernels address
  // memory themselves.
  VkPipelineLayout layout() const { return layout_; }
  // constants[i] specialises constant_id i.
  VkPipeline get(Shader shader, std::initializer_list<uint32_t> constants);

 private:
  VkPipeline build(Shader shader, const std::vector<uint32_t>& constants);
  void save() const;

  const DeviceApi& api_;
  VkDevice device_;
  Cooperative cooperative_;
  CacheOwner owner_;
  bool cuts_;                  // groups may be numbered from another than 0 on
  bool preserves_infinities_;  // see spirv_modes.h
  std::string cache_file_;     // empty: nothing is kept
  VkPipelineLayout layout_ = VK_NULL_HANDLE;
  VkPipelineCache cache_ = VK_NULL_HANDLE;
  struct Variant {
    std::vector<uint32_t> constants;
    VkPipeline pipeline;
  };
  std::array<std::vector<Variant>, kShaders> variants_;  // of each shader: a handful
  bool grew_ = false;
};

}  // namespace lensmith::vulkan
