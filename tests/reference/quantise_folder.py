"""A model folder in NF4 as transformers and bitsandbytes write it: the vision tower in few bits too.

    python3 quantise_folder.py FOLDER OUT
"""
import sys

import torch
import transformers

folder, out = sys.argv[1:]
settings = transformers.BitsAndBytesConfig(
    load_in_4bit=True,
    bnb_4bit_quant_type="nf4",
    bnb_4bit_use_double_quant=True,
    bnb_4bit_compute_dtype=torch.bfloat16,
)
model = transformers.LlavaForConditionalGeneration.from_pretrained(folder, quantization_config=settings)
model.save_pretrained(out)
transformers.AutoProcessor.from_pretrained(folder).save_pretrained(out)
