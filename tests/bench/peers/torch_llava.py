"""The bench's work in plain PyTorch, in the way that transformers and PEFT do it.

usage: torch_llava.py TASK [THREADS] [RUNS]    prints one line of JSON
TASK: lora full vision prefill decode

CLIP ViT-B/16-224 (all twelve layers, the last but one selected), a two-layer projector and a LLaMA of
512x8 with 32,064 words, f32, weights N(0, 0.02); a batch of four samples of 1 + 196 + 96, 112, 144, 160
tokens, padded to the longest, the last 60 % of the words under loss. Scaled dot-product attention, logits
of all positions, LoRA of rank 16 on q, k, v, o, AdamW, gradients clipped to 1: what the two libraries
run, less their own overhead.
"""
import json
import resource
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn

HIDDEN, LAYERS, HEADS, INNER, WORDS = 512, 8, 8, 1408, 32064
IMAGE_TOKENS, TEXT_LENGTHS = 196, (96, 112, 144, 160)


class Lora(nn.Module):
    """A frozen linear map and its low-rank addition: W x + (alpha / r) B A x."""

    def __init__(self, base, rank=16, alpha=32):
        super().__init__()
        self.base, self.scale = base, alpha / rank
        self.a = nn.Linear(base.in_features, rank, bias=False)
        self.b = nn.Linear(rank, base.out_features, bias=False)

    def forward(self, x):
        return self.base(x) + self.b(self.a(x)) * self.scale


class RmsNorm(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(size))

    def forward(self, x):
        return self.weight * (x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-5))


def split_heads(x, heads):
    return x.view(x.shape[0], x.shape[1], heads, -1).transpose(1, 2)


def rotate(x, cos, sin):
    low, high = x.chunk(2, dim=-1)
    return x * cos + torch.cat((-high, low), dim=-1) * sin


class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm1, self.norm2 = RmsNorm(HIDDEN), RmsNorm(HIDDEN)
        for name in "qkvo":
            setattr(self, name, nn.Linear(HIDDEN, HIDDEN, bias=False))
        self.gate, self.up = (nn.Linear(HIDDEN, INNER, bias=False) for _ in range(2))
        self.down = nn.Linear(INNER, HIDDEN, bias=False)

    def forward(self, x, cos, sin, mask, cache):
        y = self.norm1(x)
        q, k, v = (split_heads(f(y), HEADS) for f in (self.q, self.k, self.v))
        q, k = rotate(q, cos, sin), rotate(k, cos, sin)
        if cache is not None:
            if cache:
                k, v = torch.cat((cache[0], k), 2), torch.cat((cache[1], v), 2)
            cache[:] = [k, v]
        causal = mask is None and x.shape[1] > 1
        seen = F.scaled_dot_product_attention(q, k, v, attn_mask=mask, is_causal=causal)
        x = x + self.o(seen.transpose(1, 2).reshape(x.shape))
        y = self.norm2(x)
        return x + self.down(F.silu(self.gate(y)) * self.up(y))


class Llama(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(WORDS, HIDDEN)
        self.layers = nn.ModuleList(Layer() for _ in range(LAYERS))
        self.norm, self.head = RmsNorm(HIDDEN), nn.Linear(HIDDEN, WORDS, bias=False)

    def forward(self, x, mask=None, caches=None, start=0):
        size = HIDDEN // HEADS
        frequency = 10000 ** (-torch.arange(0, size, 2) / size)
        angle = torch.arange(start, start + x.shape[1])[:, None] * frequency
        angle = torch.cat((angle, angle), -1)
        cos, sin = angle.cos(), angle.sin()
        for i, layer in enumerate(self.layers):
            x = layer(x, cos, sin, mask, caches[i] if caches else None)
        return self.norm(x)


class TowerLayer(nn.Module):
    def __init__(self, size=768, heads=12):
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(size), nn.LayerNorm(size)
        for name in "qkvo":
            setattr(self, name, nn.Linear(size, size))
        self.up, self.down = nn.Linear(size, 4 * size), nn.Linear(4 * size, size)

    def forward(self, x):
        y = self.norm1(x)
        q, k, v = (split_heads(f(y), self.heads) for f in (self.q, self.k, self.v))
        seen = F.scaled_dot_product_attention(q, k, v)
        x = x + self.o(seen.transpose(1, 2).reshape(x.shape))
        y = self.up(self.norm2(x))
        return x + self.down(y * torch.sigmoid(1.702 * y))


class Tower(nn.Module):
    def __init__(self, size=768):
        super().__init__()
        self.patches = nn.Conv2d(3, size, 16, 16, bias=False)
        self.first = nn.Parameter(torch.zeros(size))
        self.places = nn.Parameter(torch.zeros(IMAGE_TOKENS + 1, size))
        self.norm = nn.LayerNorm(size)
        self.layers = nn.ModuleList(TowerLayer() for _ in range(12))

    def forward(self, pixels):
        x = self.patches(pixels).flatten(2).transpose(1, 2)
        x = torch.cat((self.first.expand(len(x), 1, -1), x), 1) + self.places
        states = [self.norm(x)]
        for layer in self.layers:
            states.append(layer(states[-1]))
        return states[-2][:, 1:]


class Llava(nn.Module):
    def __init__(self):
        super().__init__()
        self.tower, self.llm = Tower(), Llama()
        self.projector = nn.Sequential(nn.Linear(768, HIDDEN), nn.GELU(), nn.Linear(HIDDEN, HIDDEN))
        for parameter in self.parameters():
            if parameter.dim() > 1:
                nn.init.normal_(parameter, std=0.02)

    def inputs(self, ids, pixels):
        x = self.llm.embed(ids)
        if pixels is None:
            return x
        seen = self.projector(self.tower(pixels)).reshape(-1, HIDDEN)
        at = (ids == 32000)[..., None].expand_as(x)
        return x.masked_scatter(at, seen)


def prompt(words):
    return torch.cat((torch.tensor([1]), torch.full((IMAGE_TOKENS,), 32000), torch.randint(3, 32000, (words,))))


def training_batch():
    rows = [prompt(n) for n in TEXT_LENGTHS]
    longest = max(map(len, rows))
    ids, labels, real = [torch.full((len(rows), longest), fill) for fill in (0, -100, 0)]
    for i, (row, words) in enumerate(zip(rows, TEXT_LENGTHS)):
        ids[i, : len(row)], real[i, : len(row)] = row, 1
        begin = 1 + IMAGE_TOKENS + int(words * 0.4)
        labels[i, begin : len(row)] = row[begin:]
    causal = torch.ones(longest, longest, dtype=torch.bool).tril()
    mask = causal & real[:, None, None, :].bool()
    return ids, labels, mask, torch.randn(4, 3, 224, 224), int(real.sum())


def training(model, is_lora):
    if is_lora:
        model.requires_grad_(False)
        for layer in model.llm.layers:
            for name in "qkvo":
                setattr(layer, name, Lora(getattr(layer, name)))
    else:
        model.tower.requires_grad_(False)
    trained = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=1e-4)
    ids, labels, mask, pixels, tokens = training_batch()

    def step():
        optimizer.zero_grad(set_to_none=True)
        logits = model.llm.head(model.llm(model.inputs(ids, pixels), mask)).float()
        loss = F.cross_entropy(logits[:, :-1].reshape(-1, WORDS), labels[:, 1:].reshape(-1))
        loss.backward()
        nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()

    return step, tokens


def prefill(model, with_image):
    ids = prompt(512)[None] if with_image else torch.randint(3, 32000, (1, 709))
    pixels = torch.randn(1, 3, 224, 224) if with_image else None

    def run():
        caches = [[] for _ in range(LAYERS)]
        hidden = model.llm(model.inputs(ids, pixels), caches=caches)
        return model.llm.head(hidden[:, -1]).argmax(-1), caches

    return run


def decode_seconds(model, words=325, count=64):
    caches = [[] for _ in range(LAYERS)]
    ids = torch.randint(3, 32000, (1, words))
    for made in range(count + 1):
        if made == 1:
            start = time.perf_counter()
        at = 0 if made == 0 else words + made - 1
        hidden = model.llm(model.llm.embed(ids), caches=caches, start=at)
        ids = model.llm.head(hidden[:, -1]).argmax(-1)[:, None]
    return time.perf_counter() - start


def rates(amount, run, runs):
    run()
    seconds = []
    for _ in range(runs):
        start = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - start)
    return amount / sorted(seconds)[len(seconds) // 2]


def measure(task, runs):
    torch.manual_seed(20240)
    model = Llava()
    if task in ("lora", "full"):
        step, tokens = training(model, task == "lora")
        return {f"{task} step": rates(tokens, step, runs)}
    model.eval()
    with torch.inference_mode():
        if task == "vision":
            pixels = torch.randn(4, 3, 224, 224)
            return {"vision": rates(4, lambda: model.projector(model.tower(pixels)), runs)}
        if task == "prefill":
            return {
                "prefill, with vision tower": rates(709, prefill(model, True), runs),
                "prefill, text only": rates(709, prefill(model, False), runs),
            }
        if task == "decode":
            decode_seconds(model)
            seconds = sorted(decode_seconds(model) for _ in range(runs))
            return {"decode": 64 / seconds[len(seconds) // 2]}
    raise SystemExit(f"unknown task {task}")


def main():
    task = sys.argv[1]
    threads = int(sys.argv[2]) if len(sys.argv) > 2 else 2
    runs = int(sys.argv[3]) if len(sys.argv) > 3 else 3
    torch.set_num_threads(threads)
    figures = measure(task, runs)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    report = {"peer": f"torch {torch.__version__}", "task": task, "threads": threads}
    print(json.dumps({**report, "figures": figures, "peakMemoryBytes": peak}))


if __name__ == "__main__":
    main()
