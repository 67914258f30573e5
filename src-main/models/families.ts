import { LensmithError } from '../base/errors.ts';
import { clip } from './clip.ts';
import type { ConfigReader } from './config.ts';
import type { LanguageArchitecture } from './language-model.ts';
import { llama } from './llama.ts';
import { mistral } from './mistral.ts';
import { qwen2 } from './qwen2.ts';
import { siglip } from './siglip.ts';
import type { VisionArchitecture } from './vision-tower.ts';

/** The families a LLaVA model can be composed of: one line each. */
const visionArchitectures: readonly VisionArchitecture[] = [clip, siglip];
const languageArchitectures: readonly LanguageArchitecture[] = [llama, mistral, qwen2];

const defaultVisionType = 'clip_vision_model';

export interface ArchitectureOf {
  readonly vision: VisionArchitecture;
  readonly language: LanguageArchitecture;
}

function find<T extends { readonly modelTypes: readonly string[] }>(
  all: readonly T[],
  config: ConfigReader,
  fallback: string,
): T {
  const type = config.text('model_type', fallback);
  const found = all.find((architecture) => architecture.modelTypes.includes(type));
  if (found !== undefined) return found;
  throw new LensmithError('models/unsupported', `Models of type '${type}' are not supported.`, {
    expected: all.flatMap((architecture) => architecture.modelTypes).join(', '),
    got: type,
    hint: 'Take a model whose image encoder and language model are among these.',
  });
}

/** @throws models/unsupported */
export function visionArchitecture(config: ConfigReader): VisionArchitecture {
  return find(visionArchitectures, config, defaultVisionType);
}

/** @param type `model_type` of a tower's config, which may be anything and may be absent */
export function knownVisionArchitecture(type: unknown): VisionArchitecture | undefined {
  const name = type ?? defaultVisionType;
  return visionArchitectures.find(({ modelTypes }) => modelTypes.some((known) => known === name));
}

/** @throws models/unsupported */
export function languageArchitecture(config: ConfigReader): LanguageArchitecture {
  return find(languageArchitectures, config, 'llama');
}
