/** What a model holds and needs, in the words of the contract. */
import type { MemoryNeed, ModelFacts } from '../../ipc/contract/models.ts';
import type { InspectOutput } from '../inspect/inspect-task.ts';
import { machineBytes } from '../inspect/machine.ts';

/** Beyond this share of the machine's memory the system and other programs suffer. */
const comfortable = 0.8;

export function memoryNeed(totalBytes: number, machine: number): MemoryNeed {
  const share = totalBytes / machine;
  const verdict = share <= comfortable ? 'fits' : share <= 1 ? 'tight' : 'too-large';
  return { totalBytes, verdict };
}

export function modelFacts(found: InspectOutput, machine: number = machineBytes()): ModelFacts {
  const { memory, tokenizer, images } = found;
  const need = (bytes: number): MemoryNeed => memoryNeed(bytes, machine);
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
      machineBytes: machine,
      tokens: memory.assumptions.tokens,
      loraRank: memory.assumptions.loraRank,
      run: need(memory.run.totalBytes),
      lora: need(memory.train.lora.totalBytes),
      qlora: need(memory.train.qlora.totalBytes),
      projector: need(memory.train.projector.totalBytes),
      full: need(memory.train.full.totalBytes),
    },
    adapter:
      found.adapter === null
        ? null
        : { ...found.adapter, unmatched: found.adapter.unmatched.slice(0, 100) },
  };
}
