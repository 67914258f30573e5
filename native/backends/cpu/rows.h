// Sums over rows that do not depend on the number of threads.
#pragma once

#include <cstring>

#include "backends/cpu/loops.h"

LENSMITH_ISA_BEGIN

// A split of rows into at most 64 blocks, given by the shape alone, none of them too small for a
// thread.
struct RowBlocks {
  int64_t size, count;

  RowBlocks(int64_t rows, int64_t row_size)
      : size(larger(larger(16, ceil_div(rows, 64)), kGrain / larger(1, row_size))),
        count(ceil_div(rows, size)) {}
};

// Gives each block of rows a line of memory to sum into, and adds the lines in their order.
class BlockSums {
 public:
  // out: null where the sum is not wanted.
  BlockSums(Workspace::Frame& frame, const RowBlocks& blocks, int64_t width, float* out)
      : out_(out), width_(width), count_(blocks.count), partial_(out) {
    if (out_ && count_ > 1)
      partial_ =
          static_cast<float*>(frame.get(static_cast<size_t>(count_ * width_) * sizeof(float)));
  }

  // The line of a block, zeroed; null where the sum is not wanted.
  float* start(int64_t block) const {
    if (!out_) return nullptr;
    float* const line = partial_ + block * width_;
    std::memset(line, 0, static_cast<size_t>(width_) * sizeof(float));
    return line;
  }

  void finish(Context& context) const {
    if (!out_ || count_ == 1) return;
    context.pool.parallel_ranges(width_, 512, [&](int64_t begin, int64_t end, int) {
      each_vector(end - begin, [&](int64_t i, auto lanes) {
        F32 sum = F32::zero();
        for (int64_t block = 0; block < count_; ++block)
          sum = sum + load(partial_ + block * width_ + begin + i, lanes);
        store(sum, out_ + begin + i, lanes);
      });
    });
  }

 private:
  float* out_;
  int64_t width_, count_;
  float* partial_;
};

LENSMITH_ISA_END
