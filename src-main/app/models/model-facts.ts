/** What a model holds and needs, in the words of the contract. */
import type { MemoryNeed, ModelFacts } from '../../ipc/contract/models.ts';
import type { InspectOutput } from '../inspect/inspect-task.ts';
import { memoryVerdict } from '../inspect/verdict.ts';

export function memoryNeed(totalBytes: number, deviceBytes: number): MemoryNeed {
  return { totalBytes, verdict: memoryVerdict(totalBytes, deviceBytes) };
}

export function modelFacts(found: InspectOutput): ModelFacts {
  const { memory, tokenizer, images } = found;
  const { device, bytes } = memory.place;
  const need = ({ totalBytes }: { readonly totalBytes: number }): MemoryNeed =>
    memoryNeed(totalBytes, bytes);
  const { lora, qlora, projector, full } = memory.train;
  return {
    dir: found.dir,
    modelType: found.modelType,
    parts: found.parts.map((part) => ({ ...part })),
    parameters: found.parameters,
    dtypes: { ...found.dtypes },
    files: found.files,
    sizeBytes: found.sizeBytes,
    vocabularySize: tokenizer.vocabularySize,
    chatTemplate: tokenizer.chatTemplate,
    image: { sizePx: images.size, tokens: images.tokensPerImage, processor: images.processor },
    contextTokens: found.contextTokens,
    memory: {
      device,
      deviceBytes: bytes,
      tokens: memory.assumptions.tokens,
      loraRank: memory.assumptions.loraRank,
      run: need(memory.run),
      lora: need(lora),
      qlora: need(qlora),
      projector: need(projector),
      full: full === null ? null : need(full),
    },
    adapter:
      found.adapter === null
        ? null
        : { ...found.adapter, unmatched: found.adapter.unmatched.slice(0, 100) },
  };
}
