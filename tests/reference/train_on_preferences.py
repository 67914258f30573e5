"""One step of TRL's DPO trainer on preference pairs that Lensmith wrote.

    python3 train_on_preferences.py MODEL PAIRS OUT

Prints one JSON document: the pairs that were read, and the step's loss, which is ln 2 before anything is learnt.
"""
import json
import sys

import datasets
import torch
import transformers
from trl import DPOConfig, DPOTrainer

folder, pairs, out = sys.argv[1:]
table = datasets.load_dataset("json", data_files=pairs, split="train", cache_dir=out)
table = table.cast_column("images", datasets.List(datasets.Image()))
settings = DPOConfig(
    output_dir=out,
    max_steps=1,
    per_device_train_batch_size=len(table),
    max_length=None,
    logging_steps=1,
    save_strategy="no",
    report_to=[],
    use_cpu=True,
    bf16=False,
    gradient_checkpointing=False,
    disable_tqdm=True,
)
trainer = DPOTrainer(
    model=transformers.LlavaForConditionalGeneration.from_pretrained(folder, dtype=torch.float32),
    args=settings,
    train_dataset=table,
    processing_class=transformers.AutoProcessor.from_pretrained(folder),
)
trainer.train()
print(json.dumps({"pairs": len(table), "loss": trainer.state.log_history[0]["loss"]}))
