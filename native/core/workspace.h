// Scratch memory that kernels reuse from call to call.
#pragma once

#include <cstddef>
#include <cstdint>

namespace lensmith {

// A stack of scratch memory, owned by one stream. Memory is taken inside a Frame and goes back,
// all at once, when the frame ends; frames nest. Live memory never moves; once the outermost frame
// has ended, memory that had grown in pieces becomes one piece, so that a repeated workload
// allocates nothing. Only one thread at a time may use a Workspace; a job's workers use
// for_worker(w), one each.
class Workspace {
 public:
  static constexpr size_t kAlignment = 64;
  struct Block;

  // workers: how many areas for_worker can give; 0 for a leaf.
  explicit Workspace(int workers = 0);
  ~Workspace();
  Workspace(const Workspace&) = delete;
  Workspace& operator=(const Workspace&) = delete;

  class Frame {
   public:
    explicit Frame(Workspace& workspace);
    ~Frame();
    Frame(const Frame&) = delete;
    Frame& operator=(const Frame&) = delete;

    // bytes of memory with undefined contents, aligned to kAlignment, valid until the frame ends.
    // Throws std::bad_alloc.
    void* get(size_t bytes);

   private:
    Workspace& workspace_;
    Block* block_;
    size_t used_;
  };

  // The area of worker w of a job, w in [0, workers).
  Workspace& for_worker(int worker) { return children_[worker]; }

  // Bytes held, children included.
  size_t size_bytes() const;
  // Gives the memory back to the system. No frame may be open.
  void release();

 private:
  void* take(size_t bytes);
  void add_block(size_t bytes);
  void free_from(Block** link);

  Block* first_ = nullptr;    // chain of blocks, the oldest first
  Block* current_ = nullptr;  // block that memory comes from; those after it are free
  size_t wanted_ = 0;         // size of the one block that would have sufficed so far
  int depth_ = 0;             // open frames
  int workers_ = 0;
  Workspace* children_ = nullptr;
};

}  // namespace lensmith
