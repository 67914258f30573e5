"""The bench's work by transformers and PEFT on the CPU.

usage: transformers_llava.py TASK [THREADS] [RUNS] [DTYPE]    prints one line of JSON
TASK: lora full vision prefill decode; DTYPE: of weights and activations, float32 or bfloat16;
or nf4: bfloat16 beside a decoder whose maps bitsandbytes holds in NF4

CLIP ViT-B/16-224 (the last state but one selected), a two-layer projector and a LLaMA of 512x8 with 32,064
words, random weights as transformers makes them, scaled dot-product attention. Training: a batch of four
samples of 1 + 196 + 96, 112, 144, 160 tokens, padded to the longest, the last 60 % of the words under loss;
LoRA of rank 16 on q, k, v, o of the language model, or all of the language model and the projector; AdamW,
gradients clipped to 1. Rates count real tokens alone, and are of the median of RUNS, after one that is not
measured.
"""
import json
import os
import resource
import statistics
import sys
import tempfile
import time
from importlib.metadata import version

TASK = sys.argv[1]
THREADS = int(sys.argv[2]) if len(sys.argv) > 2 else 2
RUNS = int(sys.argv[3]) if len(sys.argv) > 3 else 3
DTYPE = sys.argv[4] if len(sys.argv) > 4 else "float32"

# Read when the libraries are loaded.
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TRANSFORMERS_VERBOSITY"] = "error"
os.environ["OMP_NUM_THREADS"] = str(THREADS)

import torch
from torch.nn.functional import pad
from transformers import BitsAndBytesConfig, CLIPVisionConfig, LlamaConfig, LlavaConfig, LlavaForConditionalGeneration

IMAGE_TOKEN, IMAGE_TOKENS, TEXT_LENGTHS = 32000, 196, (96, 112, 144, 160)
PROMPT_TOKENS, PREFILL_TOKENS, NEW_TOKENS = 325, 709, 64
LORA_TARGETS = r".*language_model.*\.(q_proj|k_proj|v_proj|o_proj)"


def make_model():
    vision = CLIPVisionConfig(
        hidden_size=768,
        intermediate_size=3072,
        num_hidden_layers=12,
        num_attention_heads=12,
        image_size=224,
        patch_size=16,
    )
    text = LlamaConfig(
        hidden_size=512,
        intermediate_size=1408,
        num_hidden_layers=8,
        num_attention_heads=8,
        num_key_value_heads=8,
        vocab_size=32064,
        max_position_embeddings=2048,
        rms_norm_eps=1e-5,
    )
    config = LlavaConfig(
        vision_config=vision, text_config=text, image_token_index=IMAGE_TOKEN, image_seq_length=IMAGE_TOKENS
    )
    model = LlavaForConditionalGeneration(config)
    if DTYPE == "nf4":
        return in_nf4(model.to(torch.bfloat16))
    model.set_attn_implementation("sdpa")
    return model.to(getattr(torch, DTYPE))


def in_nf4(model):
    """Through a folder: maps are quantised as they are loaded."""
    settings = BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=torch.bfloat16,
        llm_int8_skip_modules=["lm_head", "model.vision_tower", "model.multi_modal_projector"],
    )
    with tempfile.TemporaryDirectory() as folder:
        model.save_pretrained(folder)
        return LlavaForConditionalGeneration.from_pretrained(
            folder, quantization_config=settings, dtype=torch.bfloat16, attn_implementation="sdpa"
        )


def prompt(words, with_image):
    """Beginning of text, the image's tokens, and random words."""
    image = torch.full((IMAGE_TOKENS if with_image else 0,), IMAGE_TOKEN)
    return torch.cat((torch.tensor([1]), image, torch.randint(3, IMAGE_TOKEN, (words,))))


def make_pixels(images):
    return torch.randn(images, 3, 224, 224, dtype=torch.bfloat16 if DTYPE == "nf4" else getattr(torch, DTYPE))


def make_batch():
    rows = [prompt(words, True) for words in TEXT_LENGTHS]
    longest = max(map(len, rows))
    labels = [row.clone() for row in rows]
    for label, words in zip(labels, TEXT_LENGTHS):
        label[: 1 + IMAGE_TOKENS + int(words * 0.4)] = -100

    def stacked(parts, fill):
        return torch.stack([pad(part, (0, longest - len(part)), value=fill) for part in parts])

    batch = dict(
        input_ids=stacked(rows, 0),
        attention_mask=stacked([torch.ones_like(row) for row in rows], 0),
        labels=stacked(labels, -100),
        pixel_values=make_pixels(len(rows)),
    )
    return batch, sum(map(len, rows))


def median_seconds(run):
    run()
    seconds = []
    for _ in range(RUNS):
        start = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


def train(model):
    batch, tokens = make_batch()
    model.train()
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=1e-4)

    def step():
        optimizer.zero_grad(set_to_none=True)
        model(**batch, use_cache=False).loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()

    return tokens / median_seconds(step)


def lora():
    from peft import LoraConfig, get_peft_model  # here alone, or its memory counts against the others

    config = LoraConfig(r=16, lora_alpha=32, lora_dropout=0.0, target_modules=LORA_TARGETS, task_type="CAUSAL_LM")
    return {"lora step": train(get_peft_model(make_model(), config))}


def full():
    model = make_model()
    model.model.vision_tower.requires_grad_(False)
    return {"full step": train(model)}


@torch.inference_mode()
def vision():
    model, pixels = make_model().eval(), make_pixels(4)
    return {"vision": 4 / median_seconds(lambda: model.get_image_features(pixel_values=pixels))}


@torch.inference_mode()
def prefill():
    model, pixels = make_model().eval(), make_pixels(1)
    seen = dict(input_ids=prompt(PREFILL_TOKENS - 1 - IMAGE_TOKENS, True)[None], pixel_values=pixels)
    read = dict(input_ids=prompt(PREFILL_TOKENS - 1, False)[None])

    def rate(inputs):
        return PREFILL_TOKENS / median_seconds(lambda: model(**inputs, use_cache=True, logits_to_keep=1))

    return {"prefill, with vision tower": rate(seen), "prefill, text only": rate(read)}


@torch.inference_mode()
def decode():
    model = make_model().eval()
    words = prompt(PROMPT_TOKENS - 1, False)[None]

    def seconds():
        state = model(input_ids=words, use_cache=True, logits_to_keep=1)
        start = time.perf_counter()
        for _ in range(NEW_TOKENS):
            ids, cache = state.logits[:, -1].argmax(-1, keepdim=True), state.past_key_values
            state = model(input_ids=ids, past_key_values=cache, use_cache=True, logits_to_keep=1)
        return time.perf_counter() - start

    seconds()
    return {"decode": NEW_TOKENS / statistics.median(seconds() for _ in range(RUNS))}


TASKS = dict(lora=lora, full=full, vision=vision, prefill=prefill, decode=decode)


def main():
    if TASK not in TASKS:
        raise SystemExit(f"unknown task {TASK}")
    torch.set_num_threads(THREADS)
    torch.manual_seed(20240)
    figures = TASKS[TASK]()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    peer = f"transformers {version('transformers')} + PEFT {version('peft')}, torch {version('torch')}"
    print(json.dumps(dict(peer=peer, task=TASK, threads=THREADS, figures=figures, peakMemoryBytes=peak)))


if __name__ == "__main__":
    main()
