#include "core/workspace.h"

#include <new>

namespace lensmith {

struct Workspace::Block {
  Block* next;
  size_t size;  // bytes after the header
  size_t used;
};

namespace {

constexpr size_t kHeaderBytes = Workspace::kAlignment;
constexpr size_t kBlockUnit = size_t{1} << 16;

size_t round_up(size_t bytes, size_t unit) { return (bytes + unit - 1) / unit * unit; }

}  // namespace

Workspace::Workspace(int workers) : workers_(workers < 0 ? 0 : workers) {
  if (workers_ > 0) children_ = new Workspace[static_cast<size_t>(workers_)];
}

Workspace::~Workspace() {
  release();
  delete[] children_;
}

// Puts a block of at least `bytes` behind the current one, in place of the free ones there.
void Workspace::add_block(size_t bytes) {
  static_assert(sizeof(Block) <= kHeaderBytes);
  Block** const link = current_ == nullptr ? &first_ : &current_->next;
  free_from(link);
  const size_t size = round_up(bytes > wanted_ ? bytes : wanted_, kBlockUnit);
  void* const memory = ::operator new (size + kHeaderBytes, std::align_val_t{kAlignment});
  *link = new (memory) Block{nullptr, size, 0};
  wanted_ = 0;
  for (const Block* block = first_; block != nullptr; block = block->next) wanted_ += block->size;
}

void* Workspace::take(size_t bytes) {
  if (bytes > SIZE_MAX / 4) throw std::bad_alloc();
  const size_t size = round_up(bytes == 0 ? 1 : bytes, kAlignment);
  if (current_ == nullptr || current_->size - current_->used < size) {
    Block* next = current_ == nullptr ? first_ : current_->next;
    if (next == nullptr || next->size < size) {
      add_block(size);
      next = current_ == nullptr ? first_ : current_->next;
    }
    current_ = next;
    current_->used = 0;
  }
  char* const memory = reinterpret_cast<char*>(current_) + kHeaderBytes + current_->used;
  current_->used += size;
  return memory;
}

void Workspace::free_from(Block** link) {
  Block* block = *link;
  *link = nullptr;
  while (block != nullptr) {
    Block* const next = block->next;
    ::operator delete (block, std::align_val_t{kAlignment});
    block = next;
  }
}

size_t Workspace::size_bytes() const {
  size_t total = 0;
  for (const Block* block = first_; block != nullptr; block = block->next) total += block->size;
  for (int worker = 0; worker < workers_; ++worker) total += children_[worker].size_bytes();
  return total;
}

void Workspace::release() {
  free_from(&first_);
  current_ = nullptr;
  wanted_ = 0;
  for (int worker = 0; worker < workers_; ++worker) children_[worker].release();
}

Workspace::Frame::Frame(Workspace& workspace)
    : workspace_(workspace),
      block_(workspace.current_),
      used_(workspace.current_ == nullptr ? 0 : workspace.current_->used) {
  ++workspace.depth_;
}

Workspace::Frame::~Frame() {
  workspace_.current_ = block_;
  if (block_ != nullptr) block_->used = used_;
  if (--workspace_.depth_ > 0) return;
  // Several blocks: the next frame takes one of their total size (wanted_) instead.
  const Block* const first = workspace_.first_;
  if (first != nullptr && first->next != nullptr) workspace_.free_from(&workspace_.first_);
}

void* Workspace::Frame::get(size_t bytes) { return workspace_.take(bytes); }

}  // namespace lensmith
