#include "backends/vulkan/memory.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "core/error.h"

namespace lensmith::vulkan {
namespace {

// Large enough that a 7B model takes some hundred, and that what does not divide a slab,
// activations of some ten MB, leaves little of it over; where memory is short, smaller ones leave
// room for the workspace of kernels beside them.
constexpr VkDeviceSize kSlabBytes = VkDeviceSize{256} << 20;
constexpr int64_t kSlabsAtLeast = 16;
constexpr VkDeviceSize kSmallestSlab = VkDeviceSize{1} << 20;
// Offsets are multiples of this, so that a kernel may read vectors of four from any block's start.
constexpr VkDeviceSize kAlignment = 64;

constexpr VkBufferUsageFlags kUsage =
    VK_BUFFER_USAGE_STORAGE_BUFFER_BIT | VK_BUFFER_USAGE_TRANSFER_SRC_BIT |
    VK_BUFFER_USAGE_TRANSFER_DST_BIT | VK_BUFFER_USAGE_SHADER_DEVICE_ADDRESS_BIT;

}  // namespace

SlabMemory::SlabMemory(const DeviceApi& api, VkDevice device,
                       const VkPhysicalDeviceMemoryProperties& types, MemoryKind kind,
                       int64_t total_bytes, MemoryLeft left)
    : api_(api),
      device_(device),
      types_(types),
      kind_(kind),
      total_bytes_(total_bytes),
      left_(std::move(left)) {}

SlabMemory::~SlabMemory() {
  for (const std::unique_ptr<Slab>& slab : slabs_) free_slab(*slab);
}

std::string SlabMemory::room() const {
  if (kind_ != MemoryKind::device) return {};
  const auto untaken = static_cast<VkDeviceSize>(std::max<int64_t>(0, total_bytes_ - taken_bytes_));
  const VkDeviceSize refused = refused_bytes_;
  const bool has_less = refused <= untaken;
  VkDeviceSize most = has_less ? (refused - 1) / kAlignment * kAlignment : untaken;
  for (const std::unique_ptr<Slab>& slab : slabs_)
    for (const auto& [offset, size] : slab->free_spans) most = std::max(most, size);
  return "a device of " + std::to_string(total_bytes_) + " bytes, " +
         (has_less ? "of which other programs seem to have some, " : "") + "so that at most " +
         std::to_string(most) + " more would fit in one piece";
}

std::unique_ptr<Slab> SlabMemory::make_slab(VkDeviceSize size, MemoryKind kind) {
  const bool is_counted = kind == MemoryKind::device;
  if (is_counted && taken_bytes_ + static_cast<int64_t>(size) > total_bytes_) return nullptr;
  if (is_counted && size > left_()) {
    refused_bytes_ = std::min(refused_bytes_.load(), size);
    return nullptr;
  }
  auto slab = std::make_unique<Slab>();
  slab->size = size;
  VkBufferCreateInfo buffer{};
  buffer.sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO;
  buffer.size = size;
  buffer.usage = kUsage;
  if (api_.vkCreateBuffer(device_, &buffer, nullptr, &slab->buffer) != VK_SUCCESS) return nullptr;

  VkMemoryRequirements needs{};
  api_.vkGetBufferMemoryRequirements(device_, slab->buffer, &needs);
  VkMemoryAllocateFlagsInfo flags{};
  flags.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_FLAGS_INFO;
  flags.flags = VK_MEMORY_ALLOCATE_DEVICE_ADDRESS_BIT;
  VkMemoryAllocateInfo memory{};
  memory.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO;
  memory.pNext = &flags;
  memory.allocationSize = needs.size;
  const int type = memory_type_for(types_, needs.memoryTypeBits, kind);
  memory.memoryTypeIndex = static_cast<uint32_t>(std::max(type, 0));
  const bool is_given =
      type >= 0 && api_.vkAllocateMemory(device_, &memory, nullptr, &slab->memory) == VK_SUCCESS;
  if (is_counted) refused_bytes_ = is_given ? kNeverRefused : std::min(refused_bytes_.load(), size);
  const bool done =
      is_given && api_.vkBindBufferMemory(device_, slab->buffer, slab->memory, 0) == VK_SUCCESS &&
      (kind == MemoryKind::device ||
       api_.vkMapMemory(device_, slab->memory, 0, VK_WHOLE_SIZE, 0, &slab->host) == VK_SUCCESS);
  if (!done) {
    free_slab(*slab);
    return nullptr;
  }
  VkBufferDeviceAddressInfo address{};
  address.sType = VK_STRUCTURE_TYPE_BUFFER_DEVICE_ADDRESS_INFO;
  address.buffer = slab->buffer;
  slab->address = api_.vkGetBufferDeviceAddress(device_, &address);
  slab->free_spans[0] = size;
  slab->is_counted = is_counted;
  if (is_counted) taken_bytes_ += static_cast<int64_t>(size);
  return slab;
}

void SlabMemory::free_slab(Slab& slab) {
  if (slab.buffer != VK_NULL_HANDLE) api_.vkDestroyBuffer(device_, slab.buffer, nullptr);
  if (slab.memory != VK_NULL_HANDLE) api_.vkFreeMemory(device_, slab.memory, nullptr);
  if (!slab.is_counted) return;
  taken_bytes_ -= static_cast<int64_t>(slab.size);
  refused_bytes_ = kNeverRefused;
}

// From the smallest span that fits; null when none does.
Block* SlabMemory::cut(Slab& slab, VkDeviceSize size) {
  auto best = slab.free_spans.end();
  for (auto span = slab.free_spans.begin(); span != slab.free_spans.end(); ++span) {
    const bool fits = span->second >= size;
    if (fits && (best == slab.free_spans.end() || span->second < best->second)) best = span;
  }
  if (best == slab.free_spans.end()) return nullptr;
  const auto [offset, room] = *best;
  slab.free_spans.erase(best);
  if (room > size) slab.free_spans[offset + size] = room - size;
  return new Block{&slab, offset, size};
}

// Where a whole slab does not fit any more, half of one may, and at last the block alone.
std::unique_ptr<Slab> SlabMemory::slab_for(VkDeviceSize size) {
  const auto share = static_cast<VkDeviceSize>(total_bytes_ / kSlabsAtLeast);
  VkDeviceSize whole = kSlabBytes;
  while (whole > share) whole /= 2;
  for (; whole > size && whole >= kSmallestSlab; whole /= 2)
    if (auto slab = make_slab(whole, kind_); slab != nullptr) return slab;
  return make_slab(size, kind_);
}

void* SlabMemory::take(size_t bytes) {
  const VkDeviceSize size =
      (std::max<VkDeviceSize>(bytes, 1) + kAlignment - 1) / kAlignment * kAlignment;
  for (const std::unique_ptr<Slab>& slab : slabs_)
    if (Block* const block = cut(*slab, size); block != nullptr) return block;
  std::unique_ptr<Slab> slab = slab_for(size);
  if (slab == nullptr) return nullptr;
  slabs_.push_back(std::move(slab));
  return cut(*slabs_.back(), size);
}

void SlabMemory::give_back(void* opaque) {
  const std::unique_ptr<Block> block(static_cast<Block*>(opaque));
  auto& spans = block->slab->free_spans;
  auto span = spans.emplace(block->offset, block->size).first;
  const auto next = std::next(span);
  if (next != spans.end() && span->first + span->second == next->first) {
    span->second += next->second;
    spans.erase(next);
  }
  if (span != spans.begin()) {
    const auto before = std::prev(span);
    if (before->first + before->second == span->first) {
      before->second += span->second;
      spans.erase(span);
      span = before;
    }
  }
  if (span->second != block->slab->size) return;
  free_slab(*block->slab);
  std::erase_if(slabs_, [&](const auto& slab) { return slab.get() == block->slab; });
}

}  // namespace lensmith::vulkan
