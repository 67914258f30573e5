import { LensmithError } from '../base/errors.ts';
import { canonicalModulePath } from '../formats/adapters/module-names.ts';
import type { CheckpointFolder } from '../formats/weights/checkpoint-folder.ts';
import { engineDTypes } from '../formats/weights/safetensors.ts';
import type { SafetensorsEntry, SafetensorsHeader } from '../formats/weights/safetensors.ts';
import { Parameter } from '../nn/parameter.ts';
import type { ParameterSource } from '../nn/weights.ts';
import { dtypeSizeBytes } from '../tensor/dtype.ts';
import type { DType } from '../tensor/dtype.ts';
import { cast } from '../tensor/ops/index.ts';
import { scoped } from '../tensor/scope.ts';
import { contiguousStrides, mapFile } from '../tensor/tensor.ts';
import type { Shape, Tensor } from '../tensor/tensor.ts';

/** Weights of one folder that do not fit its model. */
export interface Misfits {
  readonly dir: string;
  readonly missing: readonly string[];
  readonly misshaped: readonly string[];
  readonly unknown: readonly string[];
}

interface Stored {
  /** The name in the file, which errors show. */
  readonly diskName: string;
  readonly file: SafetensorsHeader;
  readonly entry: SafetensorsEntry;
}

/**
 * Parameters from the safetensors of a folder, mapped without a copy where the
 * dtype fits. Problems are gathered; `finish` reports them all in one error.
 */
export class CheckpointSource implements ParameterSource, Disposable {
  readonly #stored = new Map<string, Stored>();
  readonly #taken = new Set<string>();
  readonly #maps = new Map<string, Tensor>();
  readonly #dtype: DType | null;
  readonly #dir: string;
  readonly #missing: string[] = [];
  readonly #misshaped: string[] = [];

  /**
   * @param dtype  of the float weights in memory; null keeps that of the file
   * @param rename from a name in the file to that of the model
   */
  constructor(
    folder: CheckpointFolder,
    dtype: DType | null,
    rename: (diskName: string) => string = canonicalModulePath,
  ) {
    this.#dir = folder.dir;
    this.#dtype = dtype;
    for (const [diskName, { file, entry }] of folder.tensors) {
      const name = rename(diskName);
      const other = this.#stored.get(name);
      if (other !== undefined) {
        throw new LensmithError('models/ambiguous-weight', `${name} is in the folder twice.`, {
          got: `${other.diskName} and ${diskName}`,
        });
      }
      this.#stored.set(name, { diskName, file, entry });
    }
  }

  parameter(name: string, shape: Shape): Parameter {
    const stored = this.#stored.get(name);
    if (stored === undefined) {
      this.#missing.push(name);
      return new Parameter(name, shape, 'f32', null);
    }
    this.#taken.add(name);
    const { entry } = stored;
    const sameShape =
      entry.shape.length === shape.length && shape.every((size, i) => entry.shape[i] === size);
    if (!sameShape || engineDTypes[entry.dtype] === undefined) {
      this.#misshaped.push(
        `${stored.diskName}: expected [${shape.join(', ')}], got ${entry.dtype} [${entry.shape.join(', ')}]`,
      );
      return new Parameter(name, shape, 'f32', null);
    }
    return this.#load(name, stored);
  }

  #load(name: string, { file, entry }: Stored): Parameter {
    const dtype = engineDTypes[entry.dtype] as DType;
    const map = this.#map(file);
    const wanted = this.#dtype ?? dtype;
    // Headers need not be padded: what starts at an odd place cannot be used where it lies.
    const aligned = entry.byteOffset % dtypeSizeBytes[dtype] === 0;
    const value = scoped(() => {
      const inPlace = aligned
        ? map.reinterpret(dtype, entry.byteOffset, entry.shape)
        : copyAligned(map, entry, dtype);
      return dtype === wanted ? inPlace : cast(inPlace, wanted);
    }).keep();
    return new Parameter(name, entry.shape, wanted, value, aligned && dtype === wanted);
  }

  #map(file: SafetensorsHeader): Tensor {
    const known = this.#maps.get(file.path);
    if (known !== undefined) return known;
    const map = mapFile(file.path).keep();
    this.#maps.set(file.path, map);
    return map;
  }

  /** Whether every weight that was asked for was there, in its shape. */
  get fits(): boolean {
    return this.#missing.length + this.#misshaped.length === 0;
  }

  /**
   * Reports what did not fit.
   * @param ignored names of weights that this model has no use for
   * @throws models/weights-mismatch listing every missing, misshaped and unknown weight
   */
  finish(ignored: readonly RegExp[]): void {
    requireFit([this.misfits(ignored)]);
  }

  /** What `finish` would report. */
  misfits(ignored: readonly RegExp[]): Misfits {
    const unknown = [...this.#stored]
      .filter(([name]) => !this.#taken.has(name) && !ignored.some((rule) => rule.test(name)))
      .map(([, stored]) => stored.diskName);
    return { dir: this.#dir, missing: this.#missing, misshaped: this.#misshaped, unknown };
  }

  /** Lets go of the files; weights that were taken keep theirs mapped. */
  [Symbol.dispose](): void {
    for (const map of this.#maps.values()) map.dispose();
  }
}

/**
 * One error for all folders that a model is made from.
 * @throws models/weights-mismatch
 */
export function requireFit(folders: readonly Misfits[]): void {
  const count = (kind: 'missing' | 'misshaped' | 'unknown'): number =>
    folders.reduce((sum, folder) => sum + folder[kind].length, 0);
  const texts = folders.flatMap(({ dir, missing, misshaped, unknown }) => {
    const problems = [
      ...missing.map((name) => `missing: ${name}`),
      ...misshaped.map((text) => `wrong shape or type: ${text}`),
      ...unknown.map((name) => `unknown: ${name}`),
    ];
    if (problems.length === 0) return [];
    return [`The weights in ${dir} do not fit config.json.\n  ${problems.join('\n  ')}`];
  });
  if (texts.length === 0) return;
  throw new LensmithError('models/weights-mismatch', texts.join('\n'), {
    expected: 'every weight of the model once, in its shape, and no other',
    got: `${count('missing')} missing, ${count('misshaped')} misshaped, ${count('unknown')} unknown`,
    hint: 'The folder may hold another model than its config.json says, or a partial download.',
  });
}

function copyAligned(map: Tensor, entry: SafetensorsEntry, dtype: DType): Tensor {
  const bytes = map.viewAs([entry.sizeBytes], [1], entry.byteOffset);
  return cast(bytes, 'u8').reinterpret(dtype, 0, entry.shape, contiguousStrides(entry.shape));
}
