"""The steps of tests/bench/gpu by transformers and PEFT: same shapes, same machine.

    python3 llava_steps.py tiny|small|7b [TASK,TASK…]

Random weights in bf16, made on the device; SDPA attention. A step is forward, backward, clipping to norm 1
and fused AdamW on adapters of rank 16 on all maps of the language model; pictures and texts are those of
shapes.ts, right padded, the last 60 % of the words under loss, and rates count real tokens alone.
lora_recomputing: with gradient checkpointing. qlora: the decoder's maps in NF4 with double quantisation by
bitsandbytes, the rest as prepare_model_for_kbit_training leaves it (f32, gradient checkpointing), bf16 by autocast, as
transformers' Trainer has it; qlora_keeping: the same without checkpointing. decode: greedy tokens after the prompt, a
key-value cache.
One line of JSON a task: median seconds, tokens per second, peak bytes on the device.
"""
import contextlib
import gc
import json
import statistics
import sys
import time

import torch
from peft import LoraConfig, get_peft_model, prepare_model_for_kbit_training
from transformers import CLIPVisionConfig, LlamaConfig, LlavaConfig, LlavaForConditionalGeneration

SIZES = {
    "tiny": dict(vision=(64, 128, 2, 4, 56), text=(64, 160, 2, 4), words=512, lengths=[12, 20], prompt=20, new=4, runs=1),
    "small": dict(vision=(1024, 4096, 6, 16, 336), text=(1024, 2816, 8, 16), words=32064, lengths=[96, 192], prompt=512, new=32, runs=5),
    "7b": dict(vision=(1024, 4096, 24, 16, 336), text=(4096, 11008, 32, 32), words=32064, lengths=[96, 192, 288, 384], prompt=512, new=128, runs=8),
}
PATCH = 14
WARM_UP_TOKENS = 8
TARGETS = r".*language_model.*\.(q_proj|k_proj|v_proj|o_proj|gate_proj|up_proj|down_proj)"
NAMES = ("hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads")

size = SIZES[sys.argv[1]]
on_gpu = torch.cuda.is_available()
device = torch.device("cuda" if on_gpu else "cpu")
image_side = size["vision"][4]
image_tokens = (image_side // PATCH) ** 2
image_id = size["words"] - 1


def wait():
    if on_gpu:
        torch.cuda.synchronize()


def make_model(quantized):
    vision = CLIPVisionConfig(**dict(zip(NAMES, size["vision"])), image_size=image_side, patch_size=PATCH)
    text = LlamaConfig(
        **dict(zip(NAMES, size["text"])), vocab_size=size["words"], max_position_embeddings=4096, rms_norm_eps=1e-5
    )
    config = LlavaConfig(vision_config=vision, text_config=text, image_token_index=image_id, image_seq_length=image_tokens)
    torch.manual_seed(20240)
    torch.set_default_dtype(torch.bfloat16)
    try:
        with device:
            model = LlavaForConditionalGeneration(config)
    finally:
        torch.set_default_dtype(torch.float32)
    model.set_attn_implementation("sdpa")
    return in_four_bits(model) if quantized else model


def in_four_bits(model):
    """The maps of the decoder's layers in NF4 with double quantisation, as QLoRA holds them."""
    import bitsandbytes

    for name, module in list(model.named_modules()):
        if not isinstance(module, torch.nn.Linear) or "language_model.layers" not in name:
            continue
        small = bitsandbytes.nn.Linear4bit(
            module.in_features,
            module.out_features,
            bias=False,
            compute_dtype=torch.bfloat16,
            quant_type="nf4",
            compress_statistics=True,
        )
        small.weight = bitsandbytes.nn.Params4bit(module.weight.data, requires_grad=False, quant_type="nf4")
        parent = model.get_submodule(name.rpartition(".")[0])
        setattr(parent, name.rpartition(".")[2], small.to(device))
    model.is_loaded_in_4bit = True  # or PEFT takes them for plain maps, and does not recompute
    return model


def make_batch():
    generator = torch.Generator().manual_seed(1)
    rows, labels = [], []
    for words in size["lengths"]:
        text = torch.randint(3, image_id, (words,), generator=generator)
        row = torch.cat([torch.tensor([1]), torch.full((image_tokens,), image_id), text])
        label = row.clone()
        label[: 1 + image_tokens + int(words * 0.4)] = -100
        rows.append(row)
        labels.append(label)
    longest = max(map(len, rows))

    def stacked(parts, fill):
        return torch.stack([torch.nn.functional.pad(part, (0, longest - len(part)), value=fill) for part in parts]).to(device)

    pixels = torch.randn(len(rows), 3, image_side, image_side, generator=generator).to(device, torch.bfloat16)
    batch = dict(
        input_ids=stacked(rows, 0),
        attention_mask=stacked([torch.ones_like(row) for row in rows], 0),
        labels=stacked(labels, -100),
        pixel_values=pixels,
    )
    return batch, sum(map(len, rows))


def train(quantized, recomputes=False):
    model = make_model(quantized)
    if quantized:
        model = prepare_model_for_kbit_training(model, use_gradient_checkpointing=recomputes)
    elif recomputes:
        model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
    model = get_peft_model(model, LoraConfig(r=16, lora_alpha=32, lora_dropout=0.0, target_modules=TARGETS))
    model.train()
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=1e-4, weight_decay=0.01, fused=on_gpu)
    batch, tokens = make_batch()
    in_bf16 = torch.autocast(device.type, torch.bfloat16) if quantized else contextlib.nullcontext()
    seconds = []
    for run in range(size["runs"] + 2):
        wait()
        start = time.perf_counter()
        optimizer.zero_grad(set_to_none=True)
        with in_bf16:
            loss = model(**batch, use_cache=False).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        wait()
        if run >= 2:
            seconds.append(time.perf_counter() - start)
    median = statistics.median(seconds)
    return dict(seconds=median, tokens_per_second=tokens / median)


@torch.no_grad()
def decode():
    model = make_model(False).eval()
    generator = torch.Generator().manual_seed(3)
    prompt = torch.randint(3, image_id, (1, size["prompt"]), generator=generator).to(device)
    state = model(input_ids=prompt, use_cache=True, logits_to_keep=1)
    cache, token = state.past_key_values, state.logits[:, -1].argmax(-1, keepdim=True)
    for run in range(WARM_UP_TOKENS + size["new"]):
        if run == WARM_UP_TOKENS:
            wait()
            start = time.perf_counter()
        state = model(input_ids=token, past_key_values=cache, use_cache=True)
        cache, token = state.past_key_values, state.logits[:, -1].argmax(-1, keepdim=True)
        token.item()
    wait()
    seconds = time.perf_counter() - start
    return dict(seconds=seconds, tokens_per_second=size["new"] / seconds)


TASKS = dict(
    lora=lambda: train(False),
    lora_recomputing=lambda: train(False, recomputes=True),
    qlora=lambda: train(True, recomputes=True),
    qlora_keeping=lambda: train(True),
    decode=decode,
)
for task in sys.argv[2].split(",") if len(sys.argv) > 2 else TASKS:
    gc.collect()  # what the task before left in cycles
    if on_gpu:
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()
    try:
        figures = TASKS[task]()
        peak = torch.cuda.max_memory_allocated() if on_gpu else 0
        print(json.dumps(dict(task=task, device=str(device), peak_bytes=peak, **figures)), flush=True)
    except Exception as error:  # a task that does not run here says why, and the others go on
        print(json.dumps(dict(task=task, device=str(device), error=repr(error)[:300])), flush=True)
