// Ops that were asked for once and are done again as they are: a decoded token is the same hundred
// and ninety calls as the one before.
#pragma once

#include <vector>

#include "core/stream.h"

namespace lensmith::binding {

// Holds what the ops work with, so that no memory of theirs serves others meanwhile. Made, added to
// and given up on the JavaScript thread; run() is called by the stream.
class CommandList {
 public:
  // Holds the memory of an op's operands; see ArgumentReader for the calls.
  class Holder {
   public:
    explicit Holder(CommandList& list) : list_(list) {}

    void in(Tensor& tensor) { list_.hold(tensor); }
    void out(Tensor& tensor) { list_.hold(tensor); }
    void optional_in(Tensor& tensor) { list_.hold(tensor); }
    void optional_out(Tensor& tensor) { list_.hold(tensor); }
    template <class Value>
    void real(Value&) {}
    void integer(int32_t&) {}
    void word(uint32_t&) {}
    void flag(bool&) {}

   private:
    CommandList& list_;
  };

  void add(Stream::Work work) { works_.push_back(std::move(work)); }

  // Between ops it heeds a cancellation, as the stream does.
  void run(Device& device, const Stream& stream) const {
    for (const Stream::Work& work : works_) {
      if (stream.is_cancelled()) return;
      work(device);
    }
  }

  // Its memory may serve others from now on, after what is queued.
  void give_up() {
    for (const StorageRef& storage : held_) storage->let_go();
    held_.clear();
  }

 private:
  void hold(const Tensor& tensor) {
    if (!tensor.defined()) return;
    tensor.storage->hold();
    held_.push_back(tensor.storage);
  }

  std::vector<Stream::Work> works_;
  std::vector<StorageRef> held_;
};

}  // namespace lensmith::binding
