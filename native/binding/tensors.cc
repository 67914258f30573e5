// Making, viewing, filling and reading tensors.
#include "binding/tensors.h"

#include <cmath>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

#include "binding/engine.h"
#include "binding/errors.h"
#include "core/check.h"
#include "core/mapped_file.h"

namespace lensmith::binding {
namespace {

[[noreturn]] void bad_argument(const std::string& what, const std::string& expected) {
  throw Error("tensor/bad-argument", what + " is wrong.", expected);
}

int64_t integer(const Napi::Value& value, const char* what) {
  if (!value.IsNumber()) bad_argument(what, "an integer");
  const double number = value.As<Napi::Number>().DoubleValue();
  if (number != std::floor(number) || std::fabs(number) > 9007199254740991.0)
    bad_argument(what, "an integer");
  return static_cast<int64_t>(number);
}

DType dtype_argument(const Napi::Value& value) {
  const int64_t id = integer(value, "dtype");
  if (id < 0 || id >= kDTypeCount) bad_argument("dtype", "a dtype id");
  return static_cast<DType>(id);
}

// Reads dimensions into `dims`; returns their product, refusing what cannot be addressed.
int read_dims(const Napi::Value& value, int64_t* dims) {
  if (!value.IsArray()) bad_argument("shape", "an array of integers");
  const auto list = value.As<Napi::Array>();
  if (list.Length() > static_cast<uint32_t>(kMaxRank)) bad_argument("shape", "at most 6 axes");
  for (uint32_t i = 0; i < list.Length(); ++i) dims[i] = integer(list.Get(i), "shape");
  return static_cast<int>(list.Length());
}

int64_t checked_numel(int rank, const int64_t* dims) {
  int64_t count = 1;
  for (int i = 0; i < rank; ++i) {
    if (dims[i] < 0 || (dims[i] > 0 && count > (int64_t{1} << 46) / dims[i]))
      bad_argument("shape", "non-negative dimensions of an addressable size");
    count *= dims[i];
  }
  return count;
}

// empty(dtype, shape, onHost?) → handle; onHost: in the machine's memory, where kernels reach it
Napi::Value empty(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    Engine& engine = Engine::of(info.Env());
    Tensor tensor;
    tensor.dtype = dtype_argument(info[0]);
    int64_t dims[kMaxRank];
    const int rank = read_dims(info[1], dims);
    const int64_t bytes = bytes_for(tensor.dtype, checked_numel(rank, dims));
    tensor.set_contiguous(rank, dims);
    const bool on_host = info[2].IsBoolean() && info[2].As<Napi::Boolean>().Value();
    tensor.storage = engine.allocate(static_cast<size_t>(bytes), on_host);
    return Napi::Number::New(info.Env(), engine.handles.add(std::move(tensor)));
  });
}

void check_within_storage(const Tensor& view) {
  if (view.numel() == 0) return;
  int64_t last = 0;
  for (int i = 0; i < view.rank; ++i) {
    const int64_t limit = int64_t{1} << 46;
    if (view.stride[i] < 0 || view.stride[i] > limit)
      bad_argument("strides", "non-negative strides");
    const int64_t steps = view.shape[i] - 1;
    if (steps > 0 && view.stride[i] > limit / steps)
      bad_argument("strides", "strides inside the storage");
    last += view.stride[i] * steps;
  }
  const auto size = static_cast<int64_t>(view.storage->size_bytes());
  if (view.offset_bytes < 0 || view.offset_bytes > size ||
      bytes_for(view.dtype, last + 1) > size - view.offset_bytes)
    throw Error("tensor/out-of-bounds", "A view reaches outside of its storage.",
                std::to_string(size) + " bytes", view.describe());
  if (view.offset_bytes % alignment_of(view.dtype) != 0)
    throw Error("tensor/misaligned", "A view does not start at a multiple of its element size.");
}

// view(handle, dtype, offsetBytes from the start of handle's data, shape, strides) → handle
Napi::Value view(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    Engine& engine = Engine::of(info.Env());
    Tensor result = engine.handles.get(static_cast<int32_t>(integer(info[0], "handle")));
    result.dtype = dtype_argument(info[1]);
    result.offset_bytes += integer(info[2], "offset");
    result.rank = read_dims(info[3], result.shape.data());
    checked_numel(result.rank, result.shape.data());
    if (read_dims(info[4], result.stride.data()) != result.rank)
      bad_argument("strides", "as many strides as dimensions");
    check_within_storage(result);
    return Napi::Number::New(info.Env(), engine.handles.add(std::move(result)));
  });
}

// release(handle)
void release(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] {
    Engine::of(info.Env()).handles.remove(static_cast<int32_t>(integer(info[0], "handle")));
  });
}

struct Bytes {
  const uint8_t* data;
  size_t size;
};

Bytes bytes_argument(const Napi::Value& value) {
  if (!value.IsTypedArray()) bad_argument("data", "a typed array");
  const auto array = value.As<Napi::TypedArray>();
  const auto* start = static_cast<const uint8_t*>(array.ArrayBuffer().Data());
  return {start + array.ByteOffset(), array.ByteLength()};
}

// upload(handle, typedArray): the array's bytes are copied at once, so the caller may reuse it.
void upload(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] {
    Engine& engine = Engine::of(info.Env());
    const Tensor dst = engine.handles.get(static_cast<int32_t>(integer(info[0], "handle")));
    const Bytes bytes = bytes_argument(info[1]);
    const auto wanted = static_cast<size_t>(bytes_for(dst.dtype, dst.numel()));
    Operand("upload", "tensor", dst).contiguous().writable();
    if (bytes.size != wanted)
      throw Error("tensor/shape-mismatch", "upload: the data does not fit the tensor.",
                  std::to_string(wanted) + " bytes for " + dst.describe(),
                  std::to_string(bytes.size) + " bytes");
    if (wanted == 0) return;
    auto staged = std::make_shared<std::vector<uint8_t>>(bytes.data, bytes.data + bytes.size);
    engine.stream().enqueue([dst, staged](Device& device) { device.upload(dst, staged->data()); });
  });
}

// download(handle) → Promise<ArrayBuffer>, after everything enqueued before
Napi::Value download(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    Engine& engine = Engine::of(info.Env());
    const Tensor src = engine.handles.get(static_cast<int32_t>(integer(info[0], "handle")));
    if (!src.contiguous())
      throw Error("tensor/not-contiguous", "download: the tensor is not contiguous.");
    const auto size = static_cast<size_t>(bytes_for(src.dtype, src.numel()));
    auto bytes = std::make_shared<std::vector<uint8_t>>(size);
    if (size > 0)
      engine.stream().enqueue(
          [src, bytes](Device& device) { device.download(bytes->data(), src); });
    return engine.settle_after_queue(info.Env(), std::move(bytes));
  });
}

// mapFile(path) → { handle, sizeBytes }: the whole file as u8 [sizeBytes], read-only
Napi::Value map_file_to_tensor(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    if (!info[0].IsString()) bad_argument("path", "a string");
    Tensor tensor;
    tensor.storage = map_file(info[0].As<Napi::String>().Utf8Value());
    tensor.dtype = DType::u8;
    const auto size = static_cast<int64_t>(tensor.storage->size_bytes());
    tensor.set_contiguous(1, &size);
    Napi::Object result = Napi::Object::New(info.Env());
    result.Set("handle", Engine::of(info.Env()).handles.add(std::move(tensor)));
    result.Set("sizeBytes", static_cast<double>(size));
    return result;
  });
}

// place(handle) → handle of a copy in the device's own memory, also of what lies in a mapped file
Napi::Value place(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    Engine& engine = Engine::of(info.Env());
    const Tensor src = engine.handles.get(static_cast<int32_t>(integer(info[0], "handle")));
    if (!src.storage->is_mapped_file())
      throw Error("tensor/bad-argument", "place: the tensor is on the device already.");
    Operand("place", "tensor", src).contiguous();
    Tensor dst;
    dst.dtype = src.dtype;
    dst.set_contiguous(src.rank, src.shape.data());
    const int64_t bytes = bytes_for(dst.dtype, dst.numel());
    dst.storage = engine.allocate(static_cast<size_t>(bytes));
    if (bytes > 0)
      engine.stream().enqueue([src, dst](Device& device) { device.upload(dst, src.raw()); });
    return Napi::Number::New(info.Env(), engine.handles.add(std::move(dst)));
  });
}

// rest(handle): once what was asked for so far is done, the pages of a mapped file that the tensor
// lies in need not stay in memory. Nothing happens to other tensors.
void rest(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [&] {
    Engine& engine = Engine::of(info.Env());
    const Tensor tensor = engine.handles.get(static_cast<int32_t>(integer(info[0], "handle")));
    if (!tensor.storage->is_mapped_file()) return;
    Operand("rest", "tensor", tensor).contiguous();
    engine.stream().enqueue([tensor](Device&) {
      const auto bytes = static_cast<size_t>(bytes_for(tensor.dtype, tensor.numel()));
      tensor.storage->rest(static_cast<size_t>(tensor.offset_bytes), bytes);
    });
  });
}

}  // namespace

void add_tensor_functions(Napi::Env env, Napi::Object exports) {
  exports.Set("empty", Napi::Function::New<empty>(env, "empty"));
  exports.Set("view", Napi::Function::New<view>(env, "view"));
  exports.Set("release", Napi::Function::New<release>(env, "release"));
  exports.Set("upload", Napi::Function::New<upload>(env, "upload"));
  exports.Set("download", Napi::Function::New<download>(env, "download"));
  exports.Set("place", Napi::Function::New<place>(env, "place"));
  exports.Set("rest", Napi::Function::New<rest>(env, "rest"));
  exports.Set("mapFile", Napi::Function::New<map_file_to_tensor>(env, "mapFile"));
}

}  // namespace lensmith::binding
