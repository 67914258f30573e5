// The addon's exports: the device, tensors (tensors.cc) and ops (ops.cc).
#include <napi.h>

#include "binding/engine.h"
#include "binding/errors.h"
#include "binding/ops.h"
#include "binding/tensors.h"

namespace lensmith::binding {
namespace {

// open(device, threads, memoryBytes)
void open(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] {
    Engine::of(info.Env())
        .open(info[0].As<Napi::String>().Utf8Value(), info[1].As<Napi::Number>().Int32Value(),
              info[2].IsNumber() ? info[2].As<Napi::Number>().Int64Value() : 0);
  });
}

void close(const Napi::CallbackInfo& info) { Engine::of(info.Env()).close(); }

// synchronize() → Promise<void>
Napi::Value synchronize(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    return Engine::of(info.Env()).settle_after_queue(info.Env(), nullptr);
  });
}

void cancel(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] { Engine::of(info.Env()).stream().cancel(); });
}

// devices() → a DeviceFact each, the graphics devices of this machine
Napi::Value devices(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    Napi::Array list = Napi::Array::New(info.Env());
    for (const DeviceFact& fact : vulkan_devices()) {
      Napi::Object row = Napi::Object::New(info.Env());
      row.Set("id", fact.id);
      row.Set("name", fact.name);
      row.Set("kind", fact.kind);
      row.Set("driver", fact.driver);
      row.Set("memoryBytes", static_cast<double>(fact.memory_bytes));
      Napi::Array features = Napi::Array::New(info.Env());
      for (const std::string& feature : fact.features) features.Set(features.Length(), feature);
      row.Set("features", features);
      row.Set("isSoftware", fact.is_software);
      row.Set("isBest", fact.is_best);
      row.Set("lacks", fact.lacks);
      list.Set(list.Length(), row);
    }
    return list;
  });
}

// deviceInfo() → { name, description, memoryBytes, roundsFactors, readsMappedFiles, dividesMemory }
Napi::Value device_info(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    Device& device = Engine::of(info.Env()).stream().device();
    Napi::Object result = Napi::Object::New(info.Env());
    result.Set("name", device.name());
    result.Set("description", device.description());
    result.Set("memoryBytes", static_cast<double>(device.memory_bytes()));
    result.Set("roundsFactors", device.rounds_factors());
    result.Set("readsMappedFiles", device.reads_mapped_files());
    result.Set("dividesMemory", device.allocator().divides_memory());
    return result;
  });
}

// memory() → { liveBytes, peakBytes, cachedBytes, liveStorages, hostBytes, tensors }
Napi::Value memory(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    Engine& engine = Engine::of(info.Env());
    Device& device = engine.stream().device();
    const MemoryStats stats = device.allocator().stats();
    const bool has_host = &device.host_allocator() != &device.allocator();
    const int64_t host_bytes = has_host ? device.host_allocator().stats().live_bytes : 0;
    Napi::Object result = Napi::Object::New(info.Env());
    result.Set("liveBytes", static_cast<double>(stats.live_bytes));
    result.Set("peakBytes", static_cast<double>(stats.peak_bytes));
    result.Set("cachedBytes", static_cast<double>(stats.cached_bytes));
    result.Set("liveStorages", static_cast<double>(stats.live_storages));
    result.Set("hostBytes", static_cast<double>(host_bytes));
    result.Set("tensors", static_cast<double>(engine.handles.count()));
    return result;
  });
}

// measurePeaks() → { flopPerSecond, bytesPerSecond }; nothing may be queued
Napi::Value measure_peaks(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const DevicePeaks peaks = Engine::of(info.Env()).stream().device().measure_peaks();
    Napi::Object result = Napi::Object::New(info.Env());
    result.Set("flopPerSecond", peaks.flop_per_second);
    result.Set("bytesPerSecond", peaks.bytes_per_second);
    return result;
  });
}

void reset_peak(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] { Engine::of(info.Env()).stream().device().allocator().reset_peak(); });
}

void trim(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] { Engine::of(info.Env()).trim(); });
}

void set_memory_limit(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] {
    Engine::of(info.Env())
        .stream()
        .device()
        .allocator()
        .set_limit_bytes(info[0].As<Napi::Number>().Int64Value());
  });
}

void set_profiling(const Napi::CallbackInfo& info) {
  Engine::of(info.Env()).profile.enabled.store(info[0].As<Napi::Boolean>().Value());
}

// takeProfile() → { op: { calls, milliseconds } }
Napi::Value take_profile(const Napi::CallbackInfo& info) {
  Napi::Object result = Napi::Object::New(info.Env());
  for (const auto& [op, entry] : Engine::of(info.Env()).take_profile()) {
    Napi::Object row = Napi::Object::New(info.Env());
    row.Set("calls", static_cast<double>(entry.calls));
    row.Set("milliseconds", entry.milliseconds);
    result.Set(op, row);
  }
  return result;
}

// takeCommandCounts() → { dispatches, copies, barriers, submits, waits }
Napi::Value take_command_counts(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const CommandCounts counts = Engine::of(info.Env()).take_command_counts();
    Napi::Object result = Napi::Object::New(info.Env());
    result.Set("dispatches", static_cast<double>(counts.dispatches));
    result.Set("copies", static_cast<double>(counts.copies));
    result.Set("barriers", static_cast<double>(counts.barriers));
    result.Set("submits", static_cast<double>(counts.submits));
    result.Set("waits", static_cast<double>(counts.waits));
    return result;
  });
}

// beginRecording()
void begin_recording(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] { Engine::of(info.Env()).begin_recording(); });
}

// endRecording() → number of the list
Napi::Value end_recording(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    return Napi::Number::New(info.Env(), Engine::of(info.Env()).end_recording());
  });
}

// replay(list)
void replay(const Napi::CallbackInfo& info) {
  guarded(info.Env(),
          [&] { Engine::of(info.Env()).replay(info[0].As<Napi::Number>().Int32Value()); });
}

// forget(list)
void forget(const Napi::CallbackInfo& info) {
  guarded(info.Env(),
          [&] { Engine::of(info.Env()).forget(info[0].As<Napi::Number>().Int32Value()); });
}

Napi::Object init(Napi::Env env, Napi::Object exports) {
  env.SetInstanceData(new Engine(env));
  exports.Set("open", Napi::Function::New<open>(env, "open"));
  exports.Set("close", Napi::Function::New<close>(env, "close"));
  exports.Set("synchronize", Napi::Function::New<synchronize>(env, "synchronize"));
  exports.Set("cancel", Napi::Function::New<cancel>(env, "cancel"));
  exports.Set("devices", Napi::Function::New<devices>(env, "devices"));
  exports.Set("deviceInfo", Napi::Function::New<device_info>(env, "deviceInfo"));
  exports.Set("measurePeaks", Napi::Function::New<measure_peaks>(env, "measurePeaks"));
  exports.Set("memory", Napi::Function::New<memory>(env, "memory"));
  exports.Set("resetPeak", Napi::Function::New<reset_peak>(env, "resetPeak"));
  exports.Set("trim", Napi::Function::New<trim>(env, "trim"));
  exports.Set("setMemoryLimit", Napi::Function::New<set_memory_limit>(env, "setMemoryLimit"));
  exports.Set("setProfiling", Napi::Function::New<set_profiling>(env, "setProfiling"));
  exports.Set("takeProfile", Napi::Function::New<take_profile>(env, "takeProfile"));
  exports.Set("takeCommandCounts",
              Napi::Function::New<take_command_counts>(env, "takeCommandCounts"));
  exports.Set("beginRecording", Napi::Function::New<begin_recording>(env, "beginRecording"));
  exports.Set("endRecording", Napi::Function::New<end_recording>(env, "endRecording"));
  exports.Set("replay", Napi::Function::New<replay>(env, "replay"));
  exports.Set("forget", Napi::Function::New<forget>(env, "forget"));
  add_tensor_functions(env, exports);
  exports.Set("ops", make_ops(env));
  exports.Set("signatures", make_signatures(env));
  return exports;
}

}  // namespace

NODE_API_MODULE(lensmith, init)

}  // namespace lensmith::binding
