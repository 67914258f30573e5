import type { CommandEntry } from '../command.ts';

/** Every command; a new one is a file and a line here. */
// prettier-ignore
export const commands: readonly CommandEntry[] = [
  { name: 'doctor', summary: 'What this machine offers, and what is missing.', load: async () => (await import('./doctor.ts')).doctor },
  { name: 'model inspect', summary: 'Parts, sizes and memory needs of a model.', load: async () => (await import('./model-inspect.ts')).modelInspect },
  { name: 'model forward', summary: 'One pass over a conversation, with all tensors between, to compare implementations.', load: async () => (await import('./model-forward.ts')).modelForward },
  { name: 'model generate', summary: 'Answer a conversation.', load: async () => (await import('./model-generate.ts')).modelGenerate },
  { name: 'model compose', summary: 'Join an image encoder and a language model, with a fresh projector to train.', load: async () => (await import('./model-compose.ts')).modelCompose },
  { name: 'model quantize', summary: 'Write a model with its decoder in NF4 or int8.', load: async () => (await import('./model-quantize.ts')).modelQuantize },
  { name: 'train', summary: 'Teach a model from a dataset.', load: async () => (await import('./train.ts')).train },
  { name: 'eval', summary: 'Score a model on a dataset.', load: async () => (await import('./eval.ts')).evaluate },
  { name: 'export', summary: 'Write an adapter, or a model with its adapter merged, with proof.', load: async () => (await import('./export.ts')).exportCommand },
  { name: 'chat', summary: 'Talk with a model about pictures and clips.', load: async () => (await import('./chat.ts')).chat },
  { name: 'demo', summary: 'Teach the starter model the sample project, from start to end.', load: async () => (await import('./demo.ts')).demo },
  { name: 'bench', summary: 'Measure speed and memory of this machine.', load: async () => (await import('./bench.ts')).bench },
];
