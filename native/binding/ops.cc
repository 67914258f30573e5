// One JavaScript function for each op, made from ops.def: it reads the arguments, checks them
// against the contract and enqueues the kernel.
#include "binding/ops.h"

#include <utility>

#include "binding/arguments.h"
#include "binding/errors.h"

namespace lensmith::binding {
namespace {

template <class Args, Kernel<Args> OpTable::*kernel>
void call(const Napi::CallbackInfo& info) {
  const auto* name = static_cast<const char*>(info.Data());
  guarded(info.Env(), [&] {
    Engine& engine = Engine::of(info.Env());
    Args args;
    ArgumentReader reader(name, info, engine);
    args.visit(reader);
    reader.finish();
    check(args);
    CommandList* const recording = engine.recording();
    if (recording != nullptr) {
      CommandList::Holder holder(*recording);
      args.visit(holder);
    }
    Stream::Work work = [name, args = std::move(args), &engine](Device& device) {
      timed(engine.profile, device, name, [&] { (device.ops().*kernel)(device, args); });
    };
    if (recording != nullptr) recording->add(work);
    engine.stream().enqueue(std::move(work));
  });
}

template <class Args>
Napi::Array signature(Napi::Env env) {
  Args args;
  SignatureWriter writer(env);
  args.visit(writer);
  return writer.list();
}

}  // namespace

Napi::Object make_ops(Napi::Env env) {
  Napi::Object ops = Napi::Object::New(env);
#define OP(name, Args)                                                                             \
  {                                                                                                \
    static constexpr char op_name[] = #name;                                                       \
    ops.Set(op_name, Napi::Function::New<call<Args, &OpTable::name>>(env, op_name,                 \
                                                                     const_cast<char*>(op_name))); \
  }
#include "ops/ops.def"
  return ops;
}

Napi::Object make_signatures(Napi::Env env) {
  Napi::Object signatures = Napi::Object::New(env);
#define OP(name, Args) signatures.Set(#name, signature<Args>(env));
#include "ops/ops.def"
  return signatures;
}

}  // namespace lensmith::binding
