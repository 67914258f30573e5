/** A folder looked into piece by piece, so that all that is wrong with it is told at once. */
import { readdir } from 'node:fs/promises';
import { LensmithError, asLensmithError } from '../../base/errors.ts';
import type { Finding, FolderCheck } from '../../ipc/contract/models.ts';
import { readPeftAdapter } from '../../formats/adapters/peft.ts';
import { peftConfigName } from '../../formats/adapters/peft-config.ts';
import { partsOfQuantized } from '../../formats/weights/bitsandbytes.ts';
import { openCheckpointFolder } from '../../formats/weights/checkpoint-folder.ts';
import { ConfigReader } from '../../models/config.ts';
import type { Json } from '../../models/config.ts';
import { languageArchitecture, visionArchitecture } from '../../models/families.ts';
import { llava } from '../../models/llava.ts';
import { readModelConfig } from '../../models/load.ts';
import { loadImageProcessor } from '../../data/image-processor.ts';
import { loadChatTemplate } from '../../tokenizers/chat-template.ts';
import { loadTokenizer } from '../../tokenizers/tokenizer.ts';
import { inspectAdapter } from './adapter-summary.ts';
import { explainWeightsError } from './explain-weights.ts';
import { inspectModel } from './inspect.ts';
import type { InspectOutput } from './inspect-task.ts';

export interface FolderFindings {
  readonly kind: FolderCheck['kind'];
  readonly findings: readonly Finding[];
  /** When nothing was wrong: the model, with the adapter where it is one. */
  readonly found: InspectOutput | null;
}

type Topic = Finding['topic'];

/**
 * Never throws for what is in the folder.
 * @param baseDir model folder of an adapter, where it is known
 */
export async function checkFolder(dir: string, baseDir: string | null): Promise<FolderFindings> {
  const names = await readdir(dir).catch((): string[] => []);
  if (names.includes(peftConfigName)) return checkAdapter(dir, baseDir);
  const looksLike = names.some((name) =>
    /^(config|tokenizer)\.json$|\.(safetensors|gguf|bin|pth?|ckpt)$/i.test(name),
  );
  if (!looksLike) return { kind: 'none', findings: [], found: null };
  const checks = new Checks();
  const config = await checks.run('config', () => readModelConfig(dir), typesOf);
  const kind = config === null ? 'model' : kindOf(config);
  if (config !== null) checks.note('config', wrongKind(kind, config));
  await checks.run('weights', () => openWeights(dir), weightsInWords);
  if (kind !== 'vision') {
    const tokenizer = await checks.run(
      'tokenizer',
      () => loadTokenizer(dir),
      ({ vocabSize }) => `${vocabSize} tokens`,
    );
    if (kind === 'model' && tokenizer !== null) {
      await checks.run(
        'template',
        () => loadChatTemplate(dir, { tokenizer }),
        ({ source }) => (source.kind === 'file' ? source.file : `${source.name} (built in)`),
      );
    }
  }
  if (kind !== 'language') {
    await checks.run(
      'pictures',
      () => loadImageProcessor(dir),
      ({ settings }) => settings.type,
    );
  }
  if (!checks.isGood || kind !== 'model') return { kind, findings: checks.all, found: null };
  const model = await checks.run(
    'whole',
    () => inspectModel(dir),
    () => '',
  );
  const found = model === null ? null : { ...model, adapter: null };
  return { kind, findings: checks.all, found };
}

async function checkAdapter(dir: string, baseDir: string | null): Promise<FolderFindings> {
  const checks = new Checks();
  await checks.run(
    'weights',
    () => readPeftAdapter(dir),
    ({ config, lora }) => `LoRA, rank ${config.rank}, on ${lora.size} linear maps`,
  );
  let found: InspectOutput | null = null;
  if (checks.isGood && baseDir !== null) {
    found = await checks.run(
      'base',
      async () => {
        const summary = await inspectAdapter(baseDir, dir);
        return { ...(await inspectModel(baseDir)), adapter: summary };
      },
      () => baseDir,
    );
  }
  return { kind: 'adapter', findings: checks.all, found };
}

/** What was found so far. */
class Checks {
  readonly all: Finding[] = [];

  get isGood(): boolean {
    return this.all.every(({ state }) => state !== 'bad');
  }

  /** @returns null when it failed */
  async run<T>(
    topic: Topic,
    look: () => Promise<T>,
    words: (found: T) => string,
  ): Promise<T | null> {
    try {
      const found = await look();
      this.all.push({ topic, state: 'good', detail: words(found), error: null });
      return found;
    } catch (thrown) {
      this.#add(topic, asLensmithError(thrown));
      return null;
    }
  }

  /** A fault of what could be read. */
  note(topic: Topic, error: LensmithError | null): void {
    if (error === null) return;
    const at = this.all.findIndex((finding) => finding.topic === topic);
    if (at >= 0) this.all.splice(at, 1);
    this.#add(topic, error);
  }

  #add(topic: Topic, error: LensmithError): void {
    this.all.push({ topic, state: 'bad', detail: '', error: error.toJSON() });
  }
}

async function openWeights(dir: string) {
  try {
    return await openCheckpointFolder(dir);
  } catch (error) {
    throw await explainWeightsError(dir, error);
  }
}

function weightsInWords({ files, tensors }: Awaited<ReturnType<typeof openCheckpointFolder>>) {
  const parts = partsOfQuantized(tensors.keys());
  const plain = [...tensors].filter(([name]) => !parts.has(name));
  const dtypes = new Set(plain.map(([, { entry }]) => entry.dtype.toLowerCase()));
  if (parts.size > 0) dtypes.add([...parts].some((name) => /\.SCB$/.test(name)) ? 'int8' : 'nf4');
  const bytes = files.reduce((sum, { fileSizeBytes }) => sum + fileSizeBytes, 0);
  return `${files.length} × safetensors, ${(bytes / 2 ** 20).toFixed(0)} MB, ${[...dtypes].join(' ')}`;
}

function typesOf(config: Json): string {
  const reader = new ConfigReader(config, 'config.json');
  const own = reader.text('model_type', '?');
  const inner = ['vision_config', 'text_config'].flatMap((name) =>
    reader.has(name) ? reader.section(name).text('model_type', '') || [] : [],
  );
  return inner.length === 0 ? own : `${own}: ${inner.join(' + ')}`;
}

function kindOf(config: Json): FolderCheck['kind'] {
  const reader = new ConfigReader(config, 'config.json');
  if (llava.modelTypes.includes(reader.text('model_type', ''))) return 'model';
  if (holds(() => languageArchitecture(reader))) return 'language';
  const type = reader.text('model_type', '');
  return ['clip', 'siglip'].includes(type) || holds(() => visionArchitecture(reader))
    ? 'vision'
    : 'model';
}

function holds(look: () => unknown): boolean {
  try {
    look();
    return true;
  } catch {
    return false;
  }
}

/** A part of a model, or one of a family that is not known. */
function wrongKind(kind: FolderCheck['kind'], config: Json): LensmithError | null {
  const type = new ConfigReader(config, 'config.json').text('model_type', 'nothing');
  if (kind === 'language') {
    return new LensmithError('models/no-vision', 'This is a language model that cannot see.', {
      expected: 'a LLaVA model: a vision tower, a projector and a language model',
      got: `model_type ${type} alone`,
      hint: 'Assemble a model: with a vision tower in front of it, it can learn to see.',
    });
  }
  if (kind === 'vision') {
    return new LensmithError('models/no-language', 'This is a vision tower that cannot speak.', {
      expected: 'a LLaVA model: a vision tower, a projector and a language model',
      got: `model_type ${type} alone`,
      hint: 'Assemble a model: with a language model behind it, it can learn to speak.',
    });
  }
  if (llava.modelTypes.includes(type)) return innerFault(config);
  return new LensmithError('models/unsupported', `Models of type ${type} are not supported yet.`, {
    expected: `${llava.modelTypes.join(', ')}: CLIP or SigLIP with LLaMA, Mistral or Qwen2`,
    got: `model_type ${type}`,
    hint: 'Take a LLaVA 1.5 or LLaVA-Interleave model, or assemble one of parts.',
  });
}

function innerFault(config: Json): LensmithError | null {
  try {
    const reader = new ConfigReader(config, 'config.json');
    visionArchitecture(reader.section('vision_config'));
    languageArchitecture(reader.section('text_config'));
    return null;
  } catch (thrown) {
    return asLensmithError(thrown);
  }
}
