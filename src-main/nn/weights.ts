import { LensmithError } from '../base/errors.ts';
import type { Shape } from '../tensor/tensor.ts';
import type { Linear } from './linear.ts';
import type { Parameter } from './parameter.ts';

/** How a weight begins when no checkpoint gives it. */
export type Initialiser = 'normal' | 'zeros' | 'ones';

/** Where parameters come from: a checkpoint, random numbers, or nowhere (sizes only). */
export interface ParameterSource {
  parameter(name: string, shape: Shape, initialiser: Initialiser): Parameter;
}

/**
 * All parameters and linear maps of a model by name, in the order of building.
 * A module asks for its weights while it is built, so the name stands once, in
 * the module that uses it.
 */
export class ModelWeights implements Disposable {
  readonly parameters = new Map<string, Parameter>();
  readonly linears = new Map<string, Linear>();
  readonly #source: ParameterSource;

  constructor(source: ParameterSource) {
    this.#source = source;
  }

  parameter(name: string, shape: Shape, initialiser: Initialiser): Parameter {
    if (this.parameters.has(name)) {
      throw new LensmithError('nn/duplicate-parameter', `Two modules name a weight ${name}.`);
    }
    const parameter = this.#source.parameter(name, shape, initialiser);
    this.parameters.set(name, parameter);
    return parameter;
  }

  /** Names below one prefix: `weights.at('model').at('layers.0')`. */
  at(path: string): WeightScope {
    return new WeightScope(this, path);
  }

  [Symbol.dispose](): void {
    for (const parameter of this.parameters.values()) parameter.dispose();
    for (const linear of this.linears.values()) linear.adapter?.dispose();
  }
}

/** A place in the tree of names. */
export class WeightScope {
  readonly path: string;
  readonly #weights: ModelWeights;

  constructor(weights: ModelWeights, path: string) {
    this.#weights = weights;
    this.path = path;
  }

  at(name: string): WeightScope {
    return new WeightScope(this.#weights, this.#join(name));
  }

  parameter(name: string, shape: Shape, initialiser: Initialiser = 'normal'): Parameter {
    return this.#weights.parameter(this.#join(name), shape, initialiser);
  }

  /** Files a linear map under this place, so that adapters find it. */
  register(linear: Linear): void {
    this.#weights.linears.set(this.path, linear);
  }

  #join(name: string): string {
    return this.path === '' ? name : `${this.path}.${name}`;
  }
}
