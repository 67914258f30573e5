import type { CheckpointFolder } from '../formats/weights/checkpoint-folder.ts';
import { openCheckpointFolder } from '../formats/weights/checkpoint-folder.ts';
import { engineDTypes } from '../formats/weights/safetensors.ts';
import { Parameter } from '../nn/parameter.ts';
import { randomSource } from '../nn/sources.ts';
import type { Initialiser, ParameterSource } from '../nn/weights.ts';
import type { DType } from '../tensor/dtype.ts';
import { copyInto, mean, slice } from '../tensor/ops/index.ts';
import { scoped } from '../tensor/scope.ts';
import { Tensor } from '../tensor/tensor.ts';
import type { Shape } from '../tensor/tensor.ts';
import { CheckpointSource, requireFit } from './checkpoint-source.ts';
import { ConfigReader } from './config.ts';
import type { Json } from './config.ts';
import { languageArchitecture } from './families.ts';
import { modelFrom } from './load.ts';
import type { LoadedModel } from './load.ts';
import type { ModelPart } from './parts.ts';

/**
 * Parameters of a LLaVA model out of two folders, its projector fresh. The
 * vocabulary may be larger than that of the language model: rows that its
 * embedding and head lack are the mean of those they have.
 */
class ComposedSource implements ParameterSource {
  readonly #vision: CheckpointSource;
  readonly #language: CheckpointSource;
  readonly #fresh: ParameterSource;
  readonly #dtype: DType;
  readonly #storedRows: number;

  constructor(
    sources: { readonly vision: CheckpointSource; readonly language: CheckpointSource },
    options: { readonly dtype: DType; readonly storedRows: number; readonly seed: number },
  ) {
    this.#vision = sources.vision;
    this.#language = sources.language;
    this.#dtype = options.dtype;
    this.#storedRows = options.storedRows;
    this.#fresh = randomSource(options.seed, options.dtype);
  }

  parameter(name: string, shape: Shape, initialiser: Initialiser): Parameter {
    if (name.startsWith('model.vision_tower.')) return this.#vision.parameter(name, shape);
    if (name.startsWith('model.multi_modal_projector.')) {
      // Sizes that no file bears out are not worth their memory: finishing reports them.
      return this.#vision.fits && this.#language.fits
        ? this.#fresh.parameter(name, shape, initialiser)
        : new Parameter(name, shape, this.#dtype, null);
    }
    return isTable(name) ? this.#table(name, shape) : this.#language.parameter(name, shape);
  }

  /** @param shape [V, D], of which the files have the first rows */
  #table(name: string, shape: Shape): Parameter {
    const [rows, size] = [shape[0] as number, shape[1] as number];
    const stored = this.#language.parameter(name, [this.#storedRows, size]);
    const more = rows - this.#storedRows;
    if (more === 0) return stored;
    if (!this.#language.fits) {
      stored.dispose();
      return new Parameter(name, shape, this.#dtype, null);
    }
    const value = scoped(() => {
      const table = Tensor.empty(shape, stored.dtype);
      const middle = mean(stored.value, 0).viewAs([more, size], [0, 1]);
      copyInto(stored.value, slice(table, 0, 0, this.#storedRows));
      copyInto(middle, slice(table, 0, this.#storedRows, rows));
      return table;
    }).keep();
    stored.dispose();
    return new Parameter(name, shape, stored.dtype, value);
  }
}

/** As the token embedding is stored. */
function storedDType(folder: CheckpointFolder, part: ModelPart): DType {
  for (const [name, { entry }] of folder.tensors) {
    if (part.rename(name) !== 'model.language_model.embed_tokens.weight') continue;
    const dtype = engineDTypes[entry.dtype];
    return dtype === 'bf16' || dtype === 'f16' ? dtype : 'f32';
  }
  return 'f32';
}

/**
 * Whether the weights of the parts are there in their shapes, of which only headers are read.
 * @throws as composeModel
 */
export async function requireComposable(
  config: Json,
  vision: ModelPart,
  language: ModelPart,
): Promise<void> {
  using visionSource = new CheckpointSource(
    await openCheckpointFolder(vision.dir),
    null,
    vision.rename,
  );
  using languageSource = new CheckpointSource(
    await openCheckpointFolder(language.dir),
    null,
    language.rename,
  );
  const storedRows = storedRowsOf(language);
  // Mapped as stored, so nothing is read; what the model would make itself needs no memory here.
  using loaded = modelFrom(config, {
    parameter(name, shape) {
      if (name.startsWith('model.vision_tower.')) return visionSource.parameter(name, shape);
      if (name.startsWith('model.multi_modal_projector.')) {
        return new Parameter(name, shape, 'f32', null);
      }
      if (!isTable(name)) return languageSource.parameter(name, shape);
      languageSource.parameter(name, [storedRows, shape[1] as number]).dispose();
      return new Parameter(name, shape, 'f32', null);
    },
  });
  void loaded;
  requireFit([visionSource.misfits(vision.ignored), languageSource.misfits(language.ignored)]);
}

/** The dtype that a composed model gets by default. */
export async function storedDTypeOf(language: ModelPart): Promise<DType> {
  return storedDType(await openCheckpointFolder(language.dir), language);
}

const isTable = (name: string): boolean =>
  name === 'lm_head.weight' || name.endsWith('.embed_tokens.weight');

/** Rows of the token embedding that a language model's folder has. */
export function storedRowsOf({ config }: ModelPart): number {
  const reader = new ConfigReader(config, 'text_config');
  return languageArchitecture(reader).parseConfig(reader).vocabSize;
}

export interface ComposeOptions {
  /** Of all float weights; as the language model's embedding is stored by default. */
  readonly dtype?: DType | undefined;
  /** Of the projector: N(0, 0.02²), biases 0. */
  readonly seed: number;
}

/**
 * A LLaVA model with the tower of one folder and the language model of another.
 * @param config of the model to be; its vocabulary has at least the rows of the language model's
 * @throws models/weights-mismatch for both folders in one, models/bad-config, models/unsupported,
 *         and the errors of openCheckpointFolder
 */
export async function composeModel(
  config: Json,
  vision: ModelPart,
  language: ModelPart,
  options: ComposeOptions,
): Promise<LoadedModel> {
  const [visionFolder, languageFolder] = [
    await openCheckpointFolder(vision.dir),
    await openCheckpointFolder(language.dir),
  ];
  const dtype = options.dtype ?? storedDType(languageFolder, language);
  using visionSource = new CheckpointSource(visionFolder, dtype, vision.rename);
  using languageSource = new CheckpointSource(languageFolder, dtype, language.rename);
  const storedRows = storedRowsOf(language);
  const sources = { vision: visionSource, language: languageSource };
  const composed = new ComposedSource(sources, { dtype, storedRows, seed: options.seed });
  const loaded = modelFrom(config, composed);
  try {
    requireFit([visionSource.misfits(vision.ignored), languageSource.misfits(language.ignored)]);
    return loaded;
  } catch (error) {
    loaded[Symbol.dispose]();
    throw error;
  }
}
