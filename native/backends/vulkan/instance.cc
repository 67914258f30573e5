#include "backends/vulkan/instance.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "backends/vulkan/memory_types.h"
#include "core/error.h"

namespace lensmith::vulkan {
namespace {

// Before it, MoltenVK takes arrays for as long as they are when nothing is specialised. Its driver
// counts 1.3.0 so.
constexpr uint32_t kFirstMoltenVk = 10300;
constexpr const char* kPortabilityEnumeration = "VK_KHR_portability_enumeration";

// Limits that the kernels count on; every desktop driver of the last years passes them.
constexpr uint32_t kInvocations = 256;
constexpr uint32_t kSharedBytes = 16384;
constexpr uint32_t kPushBytes = 128;

bool has_layer(const char* name) {
  uint32_t count = 0;
  global_api().vkEnumerateInstanceLayerProperties(&count, nullptr);
  std::vector<VkLayerProperties> layers(count);
  global_api().vkEnumerateInstanceLayerProperties(&count, layers.data());
  return std::any_of(layers.begin(), layers.end(), [&](const VkLayerProperties& layer) {
    return std::strcmp(layer.layerName, name) == 0;
  });
}

bool has_instance_extension(const char* name) {
  uint32_t count = 0;
  global_api().vkEnumerateInstanceExtensionProperties(nullptr, &count, nullptr);
  std::vector<VkExtensionProperties> extensions(count);
  global_api().vkEnumerateInstanceExtensionProperties(nullptr, &count, extensions.data());
  return std::any_of(extensions.begin(), extensions.end(), [&](const VkExtensionProperties& one) {
    return std::strcmp(one.extensionName, name) == 0;
  });
}

std::vector<VkQueueFamilyProperties> queue_families(const InstanceApi& api,
                                                    VkPhysicalDevice device) {
  uint32_t count = 0;
  api.vkGetPhysicalDeviceQueueFamilyProperties(device, &count, nullptr);
  std::vector<VkQueueFamilyProperties> families(count);
  api.vkGetPhysicalDeviceQueueFamilyProperties(device, &count, families.data());
  return families;
}

// The first family that computes; -1 when there is none.
int compute_family(const std::vector<VkQueueFamilyProperties>& families) {
  for (size_t i = 0; i < families.size(); ++i)
    if ((families[i].queueFlags & VK_QUEUE_COMPUTE_BIT) != 0) return static_cast<int>(i);
  return -1;
}

VkPhysicalDeviceMemoryProperties memory_types_of(const InstanceApi& api, VkPhysicalDevice device,
                                                 VkPhysicalDeviceType type) {
  VkPhysicalDeviceMemoryProperties types{};
  api.vkGetPhysicalDeviceMemoryProperties(device, &types);
  return type == VK_PHYSICAL_DEVICE_TYPE_INTEGRATED_GPU ? all_its_own(types) : types;
}

int64_t local_memory_bytes(const VkPhysicalDeviceMemoryProperties& types) {
  VkDeviceSize most = 0;
  for (uint32_t i = 0; i < types.memoryHeapCount; ++i)
    if ((types.memoryHeaps[i].flags & VK_MEMORY_HEAP_DEVICE_LOCAL_BIT) != 0)
      most = std::max(most, types.memoryHeaps[i].size);
  return static_cast<int64_t>(most);
}

std::string lacks_of(const VkPhysicalDeviceProperties& properties, bool has_addresses,
                     int queue_family) {
  const VkPhysicalDeviceLimits& limits = properties.limits;
  if (properties.apiVersion < VK_API_VERSION_1_2) return "Vulkan 1.2";
  if (!has_addresses) return "buffer device addresses";
  if (queue_family < 0) return "a queue that computes";
  if (std::min(limits.maxComputeWorkGroupInvocations, limits.maxComputeWorkGroupSize[0]) <
      kInvocations)
    return "work groups of 256";
  if (limits.maxComputeSharedMemorySize < kSharedBytes) return "16 KiB of shared memory";
  if (limits.maxPushConstantsSize < kPushBytes) return "128 bytes of push constants";
  return "";
}

uint32_t cores_of(const InstanceApi& api, VkPhysicalDevice device) {
  const char* const named = std::getenv("LENSMITH_VULKAN_CORES");
  if (named != nullptr) return static_cast<uint32_t>(std::max(0, std::atoi(named)));
  if (!has_device_extension(api, device, "VK_NV_shader_sm_builtins")) return 0;
  VkPhysicalDeviceShaderSMBuiltinsPropertiesNV cores{};
  cores.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SHADER_SM_BUILTINS_PROPERTIES_NV;
  VkPhysicalDeviceProperties2 properties{};
  properties.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2;
  properties.pNext = &cores;
  api.vkGetPhysicalDeviceProperties2(device, &properties);
  return cores.shaderSMCount;
}

double most_work_for(const PhysicalDevice& device) {
  const char* const named = std::getenv("LENSMITH_VULKAN_WORK");
  if (named != nullptr) return 1e6 * std::max(1, std::atoi(named));
  return most_work_of(device.type, device.cooperative.usable);
}

// Of a device of Vulkan 1.2: what it calls its driver, and what it has that matters for speed. No
// kernel needs any of it: each has a form that does without.
void describe_driver(const InstanceApi& api, PhysicalDevice& device) {
  VkPhysicalDeviceDriverProperties driver{};
  driver.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_DRIVER_PROPERTIES;
  VkPhysicalDeviceFloatControlsProperties floats{};
  floats.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FLOAT_CONTROLS_PROPERTIES;
  driver.pNext = &floats;
  VkPhysicalDeviceSubgroupProperties subgroup{};
  subgroup.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_PROPERTIES;
  subgroup.pNext = &driver;
  VkPhysicalDeviceProperties2 properties{};
  properties.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2;
  properties.pNext = &subgroup;
  api.vkGetPhysicalDeviceProperties2(device.handle, &properties);
  VkPhysicalDeviceShaderFloat16Int8Features half{};
  half.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SHADER_FLOAT16_INT8_FEATURES;
  VkPhysicalDeviceFeatures2 features{};
  features.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2;
  features.pNext = &half;
  api.vkGetPhysicalDeviceFeatures2(device.handle, &features);

  const std::string info = driver.driverInfo;
  // SwiftShader ends the process at the cast of an address.
  device.casts_addresses =
      driver.driverID != VK_DRIVER_ID_GOOGLE_SWIFTSHADER && !is_disabled("casts");
  const bool is_old_molten = driver.driverID == VK_DRIVER_ID_MOLTENVK &&
                             properties.properties.driverVersion < kFirstMoltenVk;
  if (device.lacks.empty() && is_old_molten) device.lacks = "MoltenVK 1.3";
  // What NVIDIA's driver makes of kernels was found right without, and tuned so.
  device.preserves_infinities = floats.shaderSignedZeroInfNanPreserveFloat32 != 0 &&
                                driver.driverID != VK_DRIVER_ID_NVIDIA_PROPRIETARY;
  device.driver = driver.driverName + (info.empty() ? "" : " " + info);
  device.features.push_back("subgroups of " + std::to_string(subgroup.subgroupSize));
  if (half.shaderFloat16 != 0 && !is_disabled("f16")) device.features.push_back("f16");
  device.cores = cores_of(api, device.handle);
  device.cooperative = cooperative_of(api, device.handle);
  device.most_work = most_work_for(device);
  if (device.cooperative.usable)
    device.features.push_back(std::string("cooperative matrices of ") +
                              (device.cooperative.element == DType::bf16 ? "bf16" : "f16"));
}

CacheOwner cache_owner_of(const VkPhysicalDeviceProperties& properties) {
  CacheOwner owner{properties.vendorID, properties.deviceID, properties.driverVersion};
  std::memcpy(owner.uuid, properties.pipelineCacheUUID, VK_UUID_SIZE);
  return owner;
}

PhysicalDevice describe(const InstanceApi& api, VkPhysicalDevice handle) {
  VkPhysicalDeviceProperties2 properties{};
  properties.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2;
  VkPhysicalDeviceBufferDeviceAddressFeatures addresses{};
  addresses.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_BUFFER_DEVICE_ADDRESS_FEATURES;
  VkPhysicalDeviceFeatures2 features{};
  features.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2;
  api.vkGetPhysicalDeviceProperties2(handle, &properties);
  const uint32_t version = properties.properties.apiVersion;
  if (version >= VK_API_VERSION_1_2) features.pNext = &addresses;
  api.vkGetPhysicalDeviceFeatures2(handle, &features);

  const std::vector<VkQueueFamilyProperties> families = queue_families(api, handle);
  const int family = compute_family(families);
  PhysicalDevice device;
  device.handle = handle;
  device.name = properties.properties.deviceName;
  device.type = properties.properties.deviceType;
  device.memory_types = memory_types_of(api, handle, device.type);
  device.memory_bytes = local_memory_bytes(device.memory_types);
  device.tells_budget = has_device_extension(api, handle, "VK_EXT_memory_budget");
  device.queue_family = family < 0 ? 0 : static_cast<uint32_t>(family);
  device.timestamp_bits = family < 0 ? 0 : families[static_cast<size_t>(family)].timestampValidBits;
  device.timestamp_ns = properties.properties.limits.timestampPeriod;
  device.max_shared_bytes = properties.properties.limits.maxComputeSharedMemorySize;
  device.cache_owner = cache_owner_of(properties.properties);
  device.is_portability_subset = has_device_extension(api, handle, "VK_KHR_portability_subset");
  // What such a subset stands on, Metal, has barriers of memory within a group alone.
  device.shares_between_groups = !device.is_portability_subset && !is_disabled("sharing");
  device.lacks = lacks_of(properties.properties, addresses.bufferDeviceAddress != 0, family);
  device.features.push_back("Vulkan " + std::to_string(VK_API_VERSION_MAJOR(version)) + "." +
                            std::to_string(VK_API_VERSION_MINOR(version)));
  if (version >= VK_API_VERSION_1_2) describe_driver(api, device);
  return device;
}

// Larger is better.
int rank_of(const PhysicalDevice& device) {
  if (!device.lacks.empty()) return -1;
  switch (device.type) {
    case VK_PHYSICAL_DEVICE_TYPE_DISCRETE_GPU: return 4;
    case VK_PHYSICAL_DEVICE_TYPE_VIRTUAL_GPU: return 3;
    case VK_PHYSICAL_DEVICE_TYPE_INTEGRATED_GPU: return 2;
    case VK_PHYSICAL_DEVICE_TYPE_CPU: return 0;
    default: return 1;
  }
}

std::string names_of(const std::vector<PhysicalDevice>& devices) {
  std::string text;
  for (size_t i = 0; i < devices.size(); ++i)
    text += (i > 0 ? ", " : "") + ("vulkan:" + std::to_string(i)) + " (" + devices[i].name + ")";
  return text.empty() ? "no device" : text;
}

// Where no driver can be opened loaders answer by several results, one of which is of no memory;
// some by the list that they should make of none.
void expect_drivers(VkResult result, const char* what) {
  if (result == VK_SUCCESS) return;
  throw Error(
      "device/vulkan-missing", "Vulkan finds no driver that works on this machine.",
      std::string(what) + " to succeed", name_of(result),
      "Install the driver of the graphics card, or repair it: one of its .json files (in a "
      "folder vulkan/icd.d) may be broken or name a library that is not there. The CPU works "
      "without it.");
}

std::vector<VkPhysicalDevice> all_handles(const Instance& instance) {
  constexpr const char* kWhat = "vkEnumeratePhysicalDevices";
  const InstanceApi& api = instance.api();
  std::vector<VkPhysicalDevice> handles;
  VkResult result = VK_INCOMPLETE;  // a card was added in between
  while (result == VK_INCOMPLETE) {
    uint32_t count = 0;
    expect_drivers(api.vkEnumeratePhysicalDevices(instance.handle(), &count, nullptr), kWhat);
    handles.resize(count);
    if (count == 0) return handles;
    result = api.vkEnumeratePhysicalDevices(instance.handle(), &count, handles.data());
    handles.resize(count);
  }
  expect_drivers(result, kWhat);
  return handles;
}

}  // namespace

Instance::Instance() {
  VkApplicationInfo application{};
  application.sType = VK_STRUCTURE_TYPE_APPLICATION_INFO;
  application.pApplicationName = "lensmith";
  application.apiVersion = VK_API_VERSION_1_2;
  VkInstanceCreateInfo info{};
  info.sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO;
  info.pApplicationInfo = &application;
  std::vector<const char*> extensions;
  const char* const layer = Validation::kLayer;
  if (Validation::is_wanted()) {
    if (!has_layer(layer)) {
      throw Error("device/vulkan-failed", "The validation layer is not installed.", layer,
                  "no such layer",
                  "Install it (Debian: vulkan-validationlayers), or unset "
                  "LENSMITH_VULKAN_VALIDATION.");
    }
    info.enabledLayerCount = 1;
    info.ppEnabledLayerNames = &layer;
    extensions.push_back(Validation::kExtension);
  }
  // MoltenVK shows itself only to those who ask for drivers that are not fully conformant.
  if (has_instance_extension(kPortabilityEnumeration)) {
    extensions.push_back(kPortabilityEnumeration);
    info.flags = VK_INSTANCE_CREATE_ENUMERATE_PORTABILITY_BIT_KHR;
  }
  info.enabledExtensionCount = static_cast<uint32_t>(extensions.size());
  info.ppEnabledExtensionNames = extensions.data();
  expect_drivers(global_api().vkCreateInstance(&info, nullptr, &handle_), "vkCreateInstance");
  api_ = load_instance_api(handle_);
  if (Validation::is_wanted()) validation_ = std::make_unique<Validation>(handle_);
}

const char* PhysicalDevice::kind() const {
  switch (type) {
    case VK_PHYSICAL_DEVICE_TYPE_DISCRETE_GPU: return "discrete";
    case VK_PHYSICAL_DEVICE_TYPE_VIRTUAL_GPU: return "virtual";
    case VK_PHYSICAL_DEVICE_TYPE_INTEGRATED_GPU: return "integrated";
    case VK_PHYSICAL_DEVICE_TYPE_CPU: return "software";
    default: return "other";
  }
}

Instance::~Instance() {
  if (validation_ != nullptr) validation_->report_or_abort();
  validation_.reset();
  api_.vkDestroyInstance(handle_, nullptr);
}

void Instance::report_misuse() const {
  if (validation_ != nullptr) validation_->report();
}

std::vector<PhysicalDevice> list_devices(const Instance& instance) {
  const InstanceApi& api = instance.api();
  const std::vector<VkPhysicalDevice> handles = all_handles(instance);
  std::vector<PhysicalDevice> devices;
  for (const VkPhysicalDevice handle : handles) devices.push_back(describe(api, handle));
  return devices;
}

size_t best_device(const std::vector<PhysicalDevice>& devices) {
  const auto better = [](const PhysicalDevice& a, const PhysicalDevice& b) {
    const int left = rank_of(a), right = rank_of(b);
    return left != right ? left < right : a.memory_bytes < b.memory_bytes;
  };
  const auto best = std::max_element(devices.begin(), devices.end(), better);
  return static_cast<size_t>(best - devices.begin());
}

const PhysicalDevice& choose_device(const std::vector<PhysicalDevice>& devices,
                                    const std::string& name, size_t* index) {
  const std::string numbered = "vulkan:";
  size_t chosen = devices.size();
  if (name == "vulkan") {
    chosen = best_device(devices);
  } else {
    const std::string digits = name.substr(std::min(name.size(), numbered.size()));
    const bool is_number = !digits.empty() && digits.size() <= 3 &&
                           digits.find_first_not_of("0123456789") == std::string::npos;
    if (is_number) chosen = static_cast<size_t>(std::atoi(digits.c_str()));
  }
  if (chosen >= devices.size()) {
    throw Error("device/unknown", "There is no such graphics device.", names_of(devices), name,
                "lensmith doctor lists the devices.");
  }
  if (!devices[chosen].lacks.empty()) {
    throw Error("device/not-capable", "This graphics device lacks what the kernels need.",
                devices[chosen].lacks, devices[chosen].name,
                "A newer driver may bring it; the CPU works without it.");
  }
  *index = chosen;
  return devices[chosen];
}

}  // namespace lensmith::vulkan
