import { LensmithError } from '../base/errors.ts';
import { canonicalModulePath } from '../formats/adapters/module-names.ts';
import type { CheckpointFolder } from '../formats/weights/checkpoint-folder.ts';
import { engineDTypes } from '../formats/weights/safetensors.ts';
import type { SafetensorsEntry, SafetensorsHeader } from '../formats/weights/safetensors.ts';
import { Parameter } from '../nn/parameter.ts';
import type { ParameterSource } from '../nn/weights.ts';
import { dtypeSizeBytes, isFloat } from '../tensor/dtype.ts';
import type { DType } from '../tensor/dtype.ts';
import { deviceInfo } from '../tensor/device.ts';
import { cast } from '../tensor/ops/index.ts';
import { scoped } from '../tensor/scope.ts';
import { contiguousStrides, mapFile, numelOf, placed, rest } from '../tensor/tensor.ts';
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
 * dtype fits and the device reads files, else copied one by one. Problems are gathered; `finish` reports them all in one error.
 */
interface StoredView {
  readonly tensor: Tensor;
  readonly isMapped: boolean;
}

export class CheckpointSource implements ParameterSource, Disposable {
  readonly #stored = new Map<string, Stored>();
  readonly #taken = new Set<string>();
  readonly #maps = new Map<string, Tensor>();
  readonly #dtype: DType | null;
  readonly #dir: string;
  readonly #sizesOnly: boolean;
  readonly #missing: string[] = [];
  readonly #misshaped: string[] = [];

  /**
   * @param dtype  of the float weights in memory; null keeps that of the file
   * @param rename from a name in the file to that of the model
   * @param sizesOnly weights are checked, and have no values: what does not fit the device, too
   */
  constructor(
    folder: CheckpointFolder,
    dtype: DType | null,
    rename: (diskName: string) => string = canonicalModulePath,
    sizesOnly = false,
  ) {
    this.#dir = folder.dir;
    this.#dtype = dtype;
    this.#sizesOnly = sizesOnly;
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
    const dtype = engineDTypes[entry.dtype];
    if (!sameShape || dtype === undefined || !isFloat(dtype)) {
      this.misfit(name, `[${shape.join(', ')}]`, describe(entry));
      return new Parameter(name, shape, 'f32', null);
    }
    return this.#load(name, stored);
  }

  #load(name: string, { file, entry }: Stored): Parameter {
    const dtype = engineDTypes[entry.dtype] as DType;
    const wanted = this.#dtype ?? dtype;
    if (this.#sizesOnly) {
      const staysInFile = dtype === wanted && isAligned(entry) && deviceInfo().readsMappedFiles;
      return new Parameter(name, entry.shape, wanted, null, staysInFile);
    }
    let isMapped = false;
    const value = scoped(() => {
      const stored = this.#view(file, entry, dtype);
      isMapped = stored.isMapped && dtype === wanted;
      if (dtype === wanted) return stored.tensor;
      const converted = cast(stored.tensor, wanted);
      rest(stored.tensor);
      return converted;
    }).keep();
    return new Parameter(name, entry.shape, wanted, value, isMapped);
  }

  /** A tensor as it lies in the file, or a copy where the device or its place there ask for one. */
  #view(file: SafetensorsHeader, entry: SafetensorsEntry, dtype: DType): StoredView {
    const map = this.#map(file);
    if (!isAligned(entry)) return { tensor: copyAligned(map, entry, dtype), isMapped: false };
    const inFile = map.reinterpret(dtype, entry.byteOffset, entry.shape);
    const tensor = placed(inFile);
    return { tensor, isMapped: tensor === inFile };
  }

  /** Of a tensor of the folder; undefined when it has none of this name, or of a type of its own. */
  dtypeOf(name: string): DType | undefined {
    const stored = this.#stored.get(name);
    return stored && engineDTypes[stored.entry.dtype];
  }

  /** Reports by `finish` that a tensor of the folder is not what was expected. */
  misfit(name: string, expected: string, got: string): void {
    const { diskName } = this.#stored.get(name) ?? { diskName: name };
    this.#misshaped.push(`${diskName}: expected ${expected}, got ${got}`);
  }

  /**
   * A tensor of the folder as it is, for who puts weights together of several; it counts as known.
   * One that is absent, or of another dtype or number of elements, is reported by `finish`. Where u8 is
   * asked for, bytes are bytes: savers may call pairs or fours of them a number of another dtype.
   * @returns null then, and where sizes alone are asked for
   */
  part(name: string, dtype: DType, shape: Shape): Tensor | null {
    const stored = this.#stored.get(name);
    this.#taken.add(name);
    if (stored === undefined) {
      this.#missing.push(name);
      return null;
    }
    const { file } = stored;
    const entry = dtype === 'u8' ? asBytes(stored.entry) : stored.entry;
    if (engineDTypes[entry.dtype] === dtype && numelOf(entry.shape) === numelOf(shape)) {
      if (this.#sizesOnly) return null;
      return scoped(() =>
        this.#view(file, entry, dtype).tensor.viewAs(shape, contiguousStrides(shape)),
      );
    }
    this.misfit(name, `${dtype} [${shape.join(', ')}]`, describe(stored.entry));
    return null;
  }

  /** Counts what is of no use to the engine as known. */
  pass(names: readonly string[]): void {
    for (const name of names) this.#taken.add(name);
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

const asBytes = (entry: SafetensorsEntry): SafetensorsEntry => ({
  ...entry,
  dtype: 'U8',
  shape: [entry.sizeBytes],
});

const describe = ({ dtype, shape }: SafetensorsEntry): string => `${dtype} [${shape.join(', ')}]`;

/** Headers need not be padded: what starts at an odd place cannot be used where it lies. */
function isAligned({ dtype, byteOffset }: SafetensorsEntry): boolean {
  return byteOffset % dtypeSizeBytes[engineDTypes[dtype] as DType] === 0;
}

function copyAligned(map: Tensor, entry: SafetensorsEntry, dtype: DType): Tensor {
  const bytes = placed(map.viewAs([entry.sizeBytes], [1], entry.byteOffset));
  return cast(bytes, 'u8').reinterpret(dtype, 0, entry.shape, contiguousStrides(entry.shape));
}
