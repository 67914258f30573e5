// Visitors over an op's argument struct: one reads the positional arguments of a call, one writes
// down the signature, so that JavaScript and C++ can be compared by a test.
#pragma once

#include <napi.h>

#include <cmath>

#include "binding/engine.h"

namespace lensmith::binding {

class ArgumentReader {
 public:
  ArgumentReader(const char* op, const Napi::CallbackInfo& info, Engine& engine)
      : op_(op),
        info_(info),
        handles_(engine.handles),
        takes_mapped_(engine.stream().device().reads_mapped_files()) {}

  void in(Tensor& tensor) {
    tensor = handles_.get(integer_value());
    if (!takes_mapped_ && tensor.storage->is_mapped_file()) {
      throw Error("tensor/not-on-device",
                  std::string(op_) + ": an operand lies in a mapped file, not on the device.",
                  "a tensor that was placed on the device", tensor.describe());
    }
  }
  // A mapped file is refused by the contract: it cannot be written.
  void out(Tensor& tensor) { tensor = handles_.get(integer_value()); }
  void optional_in(Tensor& tensor) {
    const int32_t handle = integer_value();
    if (handle == 0) return;
    --index_;
    in(tensor);
  }
  void optional_out(Tensor& tensor) {
    const int32_t handle = integer_value();
    if (handle != 0) tensor = handles_.get(handle);
  }
  void real(float& value) { value = static_cast<float>(number()); }
  void real(double& value) { value = number(); }
  void integer(int32_t& value) { value = integer_value(); }
  // Modulo 2^32, as JavaScript's >>> 0.
  void word(uint32_t& value) {
    const double exact = number();
    if (!(std::fabs(exact) <= 9007199254740991.0) || exact != std::floor(exact)) fail("an integer");
    value = static_cast<uint32_t>(static_cast<int64_t>(exact));
  }
  void flag(bool& value) {
    if (napi_get_value_bool(info_.Env(), next(), &value) != napi_ok) fail("a boolean");
  }

  void finish() const {
    if (info_.Length() != index_) fail(std::to_string(index_) + " arguments");
  }

 private:
  Napi::Value next() { return info_[index_++]; }

  double number() {
    double value = 0;
    if (napi_get_value_double(info_.Env(), next(), &value) != napi_ok) fail("a number");
    return value;
  }

  int32_t integer_value() {
    const double value = number();
    if (!(std::fabs(value) <= 2147483647.0) || value != std::floor(value)) fail("an integer");
    return static_cast<int32_t>(value);
  }

  [[noreturn]] void fail(const std::string& expected) const {
    throw Error("tensor/bad-argument",
                std::string(op_) + ": argument " + std::to_string(index_) + " is wrong.", expected);
  }

  const char* op_;
  const Napi::CallbackInfo& info_;
  const HandleTable& handles_;
  bool takes_mapped_;
  size_t index_ = 0;
};

class SignatureWriter {
 public:
  explicit SignatureWriter(Napi::Env env) : list_(Napi::Array::New(env)) {}

  void in(Tensor&) { add("in"); }
  void out(Tensor&) { add("out"); }
  void optional_in(Tensor&) { add("optional_in"); }
  void optional_out(Tensor&) { add("optional_out"); }
  void real(float&) { add("real"); }
  void real(double&) { add("real"); }
  void integer(int32_t&) { add("integer"); }
  void word(uint32_t&) { add("word"); }
  void flag(bool&) { add("flag"); }

  Napi::Array list() const { return list_; }

 private:
  void add(const char* kind) { list_.Set(list_.Length(), Napi::String::New(list_.Env(), kind)); }

  Napi::Array list_;
};

}  // namespace lensmith::binding
