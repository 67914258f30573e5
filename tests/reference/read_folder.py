"""What transformers (and PEFT, and bitsandbytes) make of a folder that Lensmith wrote.

    python3 read_folder.py FOLDER IMAGE QUESTION [ADAPTER]

Prints one JSON document: versions, what loading reports, the classes of the linear maps, and for one
picture and question: token ids, logits of the last position in f32, and the first tokens of a greedy answer.
"""
import collections
import functools
import json
import sys
import warnings

import torch
import transformers
from PIL import Image

warnings.filterwarnings("ignore")
transformers.logging.set_verbosity_error()
transformers.logging.disable_progress_bar()


def widen(model):
    """Has a model in few bits computed in f32 from the weights that bitsandbytes reads: transformers keeps what is
    beside them in the folder's dtype, and bitsandbytes rounds weights and inputs to it."""
    for parameter in model.parameters():
        if parameter.is_floating_point():
            parameter.data = parameter.data.float()
    for module in model.modules():
        if type(module).__name__ == "Linear4bit":
            module.forward = functools.partial(apply_nf4, module)


def apply_nf4(module, x):
    from bitsandbytes.functional import dequantize_4bit

    state = module.weight.quant_state
    state.dtype = torch.float32
    return torch.nn.functional.linear(x, dequantize_4bit(module.weight.data, state), module.bias)


def load(folder, adapter):
    model, report = transformers.LlavaForConditionalGeneration.from_pretrained(
        folder, dtype=torch.float32, output_loading_info=True
    )
    if adapter is not None:
        from peft import PeftModel

        model = PeftModel.from_pretrained(model, adapter)
    widen(model)
    return model.eval(), report


def main(folder, image, question, adapter=None):
    model, report = load(folder, adapter)
    processor = transformers.AutoProcessor.from_pretrained(folder)
    content = [{"type": "image"}, {"type": "text", "text": question}]
    text = processor.apply_chat_template([{"role": "user", "content": content}], add_generation_prompt=True)
    inputs = processor(images=Image.open(image), text=text, return_tensors="pt")
    with torch.no_grad():
        logits = model(**inputs).logits[0, -1].float()
        answer = model.generate(**inputs, max_new_tokens=12, do_sample=False)[0, inputs["input_ids"].shape[1] :]
    linear = [type(module).__name__ for module in model.modules() if type(module).__name__.startswith("Linear")]
    return {
        "peer": f"transformers {transformers.__version__} on torch {torch.__version__}",
        "notLoaded": sorted(report["missing_keys"]) + sorted(report["unexpected_keys"]) + sorted(map(str, report["mismatched_keys"])),
        "linearMaps": collections.Counter(linear),
        "inputIds": inputs["input_ids"][0].tolist(),
        "logits": logits.tolist(),
        "answer": answer.tolist(),
    }


print(json.dumps(main(*sys.argv[1:])))
