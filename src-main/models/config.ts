import { LensmithError } from '../base/errors.ts';
import { isActivationKind } from '../tensor/ops/index.ts';
import type { ActivationKind } from '../tensor/ops/index.ts';

export type Json = Readonly<Record<string, unknown>>;

export function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Reads the fields of a config.json with their defaults; what has the wrong
 * type or an impossible size is an error that names the field.
 */
export class ConfigReader {
  readonly json: Json;
  readonly #place: string;

  /** @param place as errors name it: `config.json`, `config.json: text_config` */
  constructor(json: Json, place: string) {
    this.json = json;
    this.#place = place;
  }

  has(name: string): boolean {
    return this.json[name] !== undefined && this.json[name] !== null;
  }

  section(name: string): ConfigReader {
    const value = this.json[name] ?? {};
    if (!isJson(value)) throw this.wrong(name, 'an object');
    return new ConfigReader(value, `${this.#place}: ${name}`);
  }

  /** A whole number of at least 1 that memory could hold. */
  size(name: string, fallback?: number): number {
    const value = this.json[name] ?? fallback;
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 1 || value > 2 ** 31) {
      throw this.wrong(name, 'a positive whole number');
    }
    return value;
  }

  /** As `size`, where null stands for none, which is not the same as a name that is left out. */
  sizeOrNull(name: string, fallback: number | null): number | null {
    const value = this.json[name];
    if (value === null) return null;
    return value === undefined ? fallback : this.size(name);
  }

  number(name: string, fallback?: number): number {
    const value = this.json[name] ?? fallback;
    if (typeof value !== 'number' || !Number.isFinite(value)) throw this.wrong(name, 'a number');
    return value;
  }

  numberOrNull(name: string): number | null {
    return this.has(name) ? this.number(name) : null;
  }

  flag(name: string, fallback: boolean): boolean {
    const value = this.json[name] ?? fallback;
    if (typeof value !== 'boolean') throw this.wrong(name, 'true or false');
    return value;
  }

  text(name: string, fallback?: string): string {
    const value = this.json[name] ?? fallback;
    if (typeof value !== 'string') throw this.wrong(name, 'a text');
    return value;
  }

  /** The non-linearity under the names that the reference uses. */
  activation(name: string, fallback: string): ActivationKind {
    const given = this.text(name, fallback);
    const kind = activationNames[given] ?? given;
    if (!isActivationKind(kind)) {
      throw this.wrong(name, [...Object.keys(activationNames), 'gelu', 'silu', 'relu'].join(', '));
    }
    return kind;
  }

  /** @throws models/bad-config unless the relation holds */
  require(holds: boolean, what: string): void {
    if (holds) return;
    throw new LensmithError('models/bad-config', `${this.#place} does not fit together.`, {
      expected: what,
    });
  }

  wrong(name: string, expected: string): LensmithError {
    return new LensmithError('models/bad-config', `${this.#place}: ${name} is wrong.`, {
      expected,
      got: JSON.stringify(this.json[name]) ?? 'nothing',
    });
  }
}

const activationNames: Readonly<Record<string, ActivationKind>> = {
  gelu_pytorch_tanh: 'gelu_tanh',
  gelu_new: 'gelu_tanh',
  gelu_fast: 'gelu_tanh',
  gelu_python: 'gelu',
  quick_gelu: 'quick_gelu',
  swish: 'silu',
};
