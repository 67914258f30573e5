#include "binding/engine.h"

#include <cstring>
#include <utility>

#include "binding/errors.h"

namespace lensmith::binding {

int32_t HandleTable::add(Tensor tensor) {
  tensor.storage->hold();
  ++live_;
  if (free_.empty()) {
    tensors_.push_back(std::move(tensor));
    return base_ + static_cast<int32_t>(tensors_.size() - 1);
  }
  const int32_t handle = free_.back();
  free_.pop_back();
  tensors_[index_of(handle)] = std::move(tensor);
  return handle;
}

size_t HandleTable::index_of(int32_t handle) const {
  const auto index = static_cast<size_t>(int64_t{handle} - base_);
  if (handle < base_ || index >= tensors_.size())
    throw Error("tensor/disposed", "A tensor was used after it was disposed.", "a live tensor",
                "handle " + std::to_string(handle));
  return index;
}

const Tensor& HandleTable::get(int32_t handle) const {
  const Tensor& tensor = tensors_[index_of(handle)];
  if (!tensor.defined())
    throw Error("tensor/disposed", "A tensor was used after it was disposed.", "a live tensor",
                "handle " + std::to_string(handle));
  return tensor;
}

void HandleTable::remove(int32_t handle) {
  if (handle > 0 && handle < base_) return;
  get(handle).storage->let_go();
  tensors_[index_of(handle)] = Tensor();
  free_.push_back(handle);
  --live_;
}

void HandleTable::clear() {
  for (const Tensor& tensor : tensors_)
    if (tensor.defined()) tensor.storage->let_go();
  base_ += static_cast<int32_t>(tensors_.size());
  tensors_.clear();
  free_.clear();
  live_ = 0;
}

void Profile::add(const char* op, double milliseconds) { add({{op, {1, milliseconds}}}); }

void Profile::add(const OpTimes& times) {
  const std::lock_guard lock(mutex_);
  for (const auto& [op, time] : times) {
    OpTime& entry = entries_[op];
    entry.calls += time.calls;
    entry.milliseconds += time.milliseconds;
  }
}

OpTimes Profile::take() {
  const std::lock_guard lock(mutex_);
  return std::exchange(entries_, {});
}

struct Engine::Settlement {
  Napi::Promise::Deferred deferred;
  std::shared_ptr<std::vector<uint8_t>> bytes;
  std::optional<Error> error;
};

Engine::Engine(Napi::Env env)
    : notify_(Napi::ThreadSafeFunction::New(
          env, Napi::Function::New(env, [](const Napi::CallbackInfo&) {}), "lensmith", 0, 1)) {
  notify_.Unref(env);  // only pending reads keep the process alive
  // Node runs these last first. The stream's thread must have ended before the environment frees
  // what notify_ stands for; the destructor, which runs with the instance data, would be too late.
  napi_add_env_cleanup_hook(
      env,
      [](void* self) {
        auto* engine = static_cast<Engine*>(self);
        engine->close();
        engine->notify_.Release();
      },
      this);
}

void Engine::open(const std::string& device, int threads, int64_t memory_bytes) {
  if (stream_) throw Error("device/already-open", "A device is already open in this thread.");
  const bool is_vulkan = device == "vulkan" || device.starts_with("vulkan:");
  if (device != "cpu" && !is_vulkan)
    throw Error("device/unknown", "There is no such device.", "cpu, vulkan or vulkan:N", device);
  stream_ = std::make_unique<Stream>(is_vulkan ? make_vulkan_device(device, memory_bytes)
                                               : make_cpu_device(threads));
  // A graphics device has no more to give than that; the CPU has to be told where to stop.
  if (!is_vulkan) stream_->device().allocator().set_budget_bytes(memory_bytes);
}

void Engine::close() {
  if (!stream_) return;
  if (profile.enabled.load()) profile.add(take_profile());
  stream_->cancel();
  // Storages go back to the device's allocator, so they must go before it; the stream joins its
  // thread, and drops what is queued, when it is destroyed.
  handles.clear();
  if (recording_) recording_->give_up();
  recording_.reset();
  for (const auto& [number, list] : lists_) list->give_up();
  lists_.clear();
  stream_.reset();
}

void Engine::begin_recording() {
  stream();  // throws where no device is open
  if (recording_) throw Error("tensor/bad-argument", "Ops are being recorded already.");
  recording_ = std::make_shared<CommandList>();
}

int32_t Engine::end_recording() {
  if (!recording_) throw Error("tensor/bad-argument", "No ops are being recorded.");
  lists_[++last_list_] = std::move(recording_);
  return last_list_;
}

void Engine::replay(int32_t number) {
  const auto found = lists_.find(number);
  if (found == lists_.end())
    throw Error("tensor/disposed", "Recorded ops were used after they were disposed.");
  Stream& stream = this->stream();
  stream.enqueue([list = found->second, &stream](Device& device) { list->run(device, stream); });
}

void Engine::forget(int32_t number) {
  const auto found = lists_.find(number);
  if (found == lists_.end()) return;
  found->second->give_up();
  lists_.erase(found);
}

StorageRef Engine::allocate(size_t size_bytes, bool on_host) {
  Device& device = stream().device();
  CachingAllocator& allocator = on_host ? device.host_allocator() : device.allocator();
  if (const int64_t excess = allocator.excess_bytes(size_bytes); excess > 0) {
    stream().drain();
    allocator.trim(allocator.stats().cached_bytes - excess);
  }
  try {
    return allocator.allocate(size_bytes);
  } catch (const Error&) {
    trim();
    return allocator.allocate(size_bytes);
  }
}

void Engine::trim() {
  stream().drain();
  stream().device().allocator().trim();
  stream().device().host_allocator().trim();
}

OpTimes Engine::take_profile() {
  if (stream_) {
    stream_->drain();
    profile.add(stream_->device().take_times());
  }
  return profile.take();
}

CommandCounts Engine::take_command_counts() {
  stream().drain();
  return stream().device().take_command_counts();
}

Stream& Engine::stream() {
  if (!stream_) throw Error("device/not-open", "No device is open.", "a call of open() first", {});
  return *stream_;
}

Napi::Promise Engine::settle_after_queue(Napi::Env env,
                                         std::shared_ptr<std::vector<uint8_t>> bytes) {
  Stream& stream = this->stream();  // throws before anything waits for the answer
  auto* settlement = new Settlement{Napi::Promise::Deferred::New(env), std::move(bytes), {}};
  const Napi::Promise promise = settlement->deferred.Promise();
  if (pending_++ == 0) notify_.Ref(env);
  stream.barrier([this, settlement](std::optional<Error> error) {
    settlement->error = std::move(error);
    notify_.BlockingCall(settlement, [this](Napi::Env js, Napi::Function, Settlement* done) {
      const std::unique_ptr<Settlement> owner(done);
      if (js != nullptr) settle(js, *done);
    });
  });
  return promise;
}

void Engine::settle(Napi::Env env, Settlement& settlement) {
  if (--pending_ == 0) notify_.Unref(env);
  const Napi::HandleScope scope(env);
  if (settlement.error) {
    settlement.deferred.Reject(to_js(env, *settlement.error).Value());
  } else if (settlement.bytes) {
    Napi::ArrayBuffer buffer = Napi::ArrayBuffer::New(env, settlement.bytes->size());
    if (!settlement.bytes->empty())
      std::memcpy(buffer.Data(), settlement.bytes->data(), settlement.bytes->size());
    settlement.deferred.Resolve(buffer);
  } else {
    settlement.deferred.Resolve(env.Undefined());
  }
}

}  // namespace lensmith::binding
