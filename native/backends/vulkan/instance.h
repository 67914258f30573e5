// The Vulkan instance, and the devices that it shows.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "backends/vulkan/api.h"
#include "backends/vulkan/cooperative.h"
#include "backends/vulkan/pipeline_cache.h"
#include "backends/vulkan/validation.h"
#include "backends/vulkan/work.h"

namespace lensmith::vulkan {

class Instance {
 public:
  // With LENSMITH_VULKAN_VALIDATION=1 the validation layer is asked for; "device/vulkan-failed"
  // when it is not installed. What it finds and report_misuse() has not told ends the process.
  Instance();
  ~Instance();
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;

  VkInstance handle() const { return handle_; }
  const InstanceApi& api() const { return api_; }
  // Throws Error "device/misuse" with what the validation layer found, if it is there.
  void report_misuse() const;

 private:
  VkInstance handle_ = nullptr;
  InstanceApi api_;
  std::unique_ptr<Validation> validation_;
};

struct PhysicalDevice {
  VkPhysicalDevice handle = nullptr;
  std::string name;
  VkPhysicalDeviceType type = VK_PHYSICAL_DEVICE_TYPE_OTHER;
  std::string driver;                 // its name and version, for people
  std::vector<std::string> features;  // for people
  VkPhysicalDeviceMemoryProperties memory_types{};
  int64_t memory_bytes = 0;   // of the largest heap of its own
  bool tells_budget = false;  // how much of it this process may have
  uint32_t queue_family = 0;
  uint32_t max_shared_bytes = 0;
  // What work groups are dealt out to; 0: the driver does not tell. LENSMITH_VULKAN_CORES=N, for
  // tests, has any device pass for one that tells N.
  uint32_t cores = 0;
  // That it is given at once: work.h. LENSMITH_VULKAN_WORK=N, for tests, has any device be given no
  // more than N million operations.
  double most_work = kAnyWork;
  uint32_t timestamp_bits = 0;  // of the queue's clock; 0: it has none
  float timestamp_ns = 0;       // of one tick
  Cooperative cooperative;
  // Kernels may read memory as vectors through an address that they were given as one of words.
  bool casts_addresses = false;
  // A group may read what others of the same kernel wrote, once it knows that they are done.
  bool shares_between_groups = false;
  // Kernels can say that they have infinities and NaNs, and do.
  bool preserves_infinities = false;
  CacheOwner cache_owner;
  bool is_portability_subset = false;
  std::string lacks;  // what the kernels need and it does not have; empty: it can be used

  bool is_software() const { return type == VK_PHYSICAL_DEVICE_TYPE_CPU; }
  const char* kind() const;  // "discrete"
};

// In the order of the driver, which `vulkan:N` counts.
std::vector<PhysicalDevice> list_devices(const Instance& instance);

// The place of the best: one that can be used before one that cannot, discrete before integrated
// before software, then by memory. The number of devices when there is none.
size_t best_device(const std::vector<PhysicalDevice>& devices);

// The device that a name means: `vulkan:N`, or `vulkan` for the best. Throws Error "device/unknown"
// or "device/not-capable".
const PhysicalDevice& choose_device(const std::vector<PhysicalDevice>& devices,
                                    const std::string& name, size_t* index);

}  // namespace lensmith::vulkan
