#include "core/arena.h"

#include <algorithm>
#include <iterator>

#include "core/allocator.h"

namespace lensmith {
namespace {

// The system gives pages as they are first written, so that a piece costs nothing by itself.
constexpr size_t kPieceBytes = size_t{1} << 30;

}  // namespace

Arena::~Arena() {
  for (const auto& [data, size] : pieces_) source_.give_back(data);
}

void Arena::add(char* data, Range range) {
  free_.emplace(data, range);
  by_size_.emplace(range.size, data);
  resident_bytes_ += static_cast<int64_t>(range.resident);
}

Arena::Range Arena::remove(Ranges::iterator found) {
  const Range range = found->second;
  by_size_.erase({range.size, found->first});
  resident_bytes_ -= static_cast<int64_t>(range.resident);
  free_.erase(found);
  return range;
}

bool Arena::grow(size_t size) {
  for (const size_t piece : {std::max(kPieceBytes, size), size}) {
    void* const data = source_.take(piece);
    if (data == nullptr) continue;
    pieces_.emplace(static_cast<char*>(data), piece);
    add(static_cast<char*>(data), {piece, 0});
    return true;
  }
  return false;
}

// The smallest range that is large enough, so that the large ones last.
void* Arena::take(size_t size) {
  auto found = by_size_.lower_bound({size, nullptr});
  if (found == by_size_.end()) {
    if (!grow(size)) return nullptr;
    found = by_size_.lower_bound({size, nullptr});
  }
  char* const data = found->second;
  const Range range = remove(free_.find(data));
  if (range.size > size) {
    add(data + size, {range.size - size, range.resident - std::min(range.resident, size)});
  }
  return data;
}

void Arena::give_back(void* block, size_t size) {
  char* data = static_cast<char*>(block);
  Range range{size, size};
  const auto after = free_.find(data + size);
  if (after != free_.end() && !pieces_.contains(after->first)) {
    const Range next = remove(after);
    range = {range.size + next.size, range.resident + next.resident};
  }
  auto before = free_.lower_bound(data);
  if (before != free_.begin() && !pieces_.contains(data)) {
    --before;
    if (before->first + before->second.size == data) {
      data = before->first;
      const Range last = remove(before);
      range = {range.size + last.size, range.resident + last.resident};
    }
  }
  add(data, range);
}

int64_t Arena::fresh_bytes_for(size_t size) const {
  const auto found = by_size_.lower_bound({size, nullptr});
  const size_t resident =
      found == by_size_.end() ? 0 : std::min(size, free_.at(found->second).resident);
  return static_cast<int64_t>(size - resident);
}

bool Arena::is_piece(const Ranges::const_iterator& range) const {
  const auto piece = pieces_.find(range->first);
  return piece != pieces_.end() && piece->second == range->second.size;
}

void Arena::trim(int64_t keep_bytes) {
  for (auto next = free_.begin(); next != free_.end() && resident_bytes_ > keep_bytes;) {
    const auto current = next++;
    char* const data = current->first;
    Range range = current->second;
    const int64_t excess = resident_bytes_ - keep_bytes;
    const size_t given = std::min(range.resident, static_cast<size_t>(excess));
    if (given == 0) continue;
    if (given == range.resident && is_piece(current)) {
      remove(current);
      pieces_.erase(data);
      source_.give_back(data);
      continue;
    }
    remove(current);
    range.resident -= given;
    source_.discard(data + range.resident, range.size - range.resident);
    add(data, range);
  }
}

}  // namespace lensmith
