import { applyAll, withRecorder } from '../tensor/apply.ts';
import { isViewOp } from '../tensor/op.ts';
import type { Op, Operands } from '../tensor/op.ts';
import { scoped } from '../tensor/scope.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { hold } from '../tensor/unread.ts';

/** A value of the forward pass that the backward pass can read, until it is freed. */
export interface Kept {
  read(): Tensor;
  free(): void;
}

/** The value itself. */
class Held implements Kept {
  readonly #alias: Tensor;

  constructor(tensor: Tensor) {
    this.#alias = hold(tensor);
  }

  read(): Tensor {
    return this.#alias;
  }

  free(): void {
    this.#alias.dispose();
  }
}

/**
 * The first output of an op of little work, which is not held: it is made again from the op's
 * inputs, with the same bits, by the first who reads it, and goes when nobody needs it any more.
 * Each `share()` is freed once.
 */
class Remade<I extends Operands, A> implements Kept {
  readonly #op: Op<I, A>;
  readonly #inputs: readonly (Kept | null)[];
  readonly #attrs: A;
  #value: Tensor | null = null;
  #shares = 0;

  constructor(op: Op<I, A>, inputs: readonly (Kept | null)[], attrs: A) {
    this.#op = op;
    this.#inputs = inputs;
    this.#attrs = attrs;
  }

  share(): this {
    this.#shares += 1;
    return this;
  }

  read(): Tensor {
    this.#value ??= withRecorder(null, () =>
      scoped(() => {
        const inputs = this.#inputs.map((input) => input?.read() ?? null) as unknown as I;
        return (applyAll(this.#op, inputs, this.#attrs)[0] as Tensor).keep();
      }),
    );
    return this.#value;
  }

  free(): void {
    this.#shares -= 1;
    if (this.#shares > 0) return;
    this.#value?.dispose();
    this.#value = null;
    for (const input of this.#inputs) input?.free();
  }
}

/** How values of one forward pass are kept: held, or as a recipe. */
export class Keeper {
  readonly #recipes = new Map<number, Remade<Operands, unknown>>();

  keep(tensor: Tensor): Kept {
    return this.#recipes.get(tensor.id)?.share() ?? new Held(tensor);
  }

  /**
   * Takes note of how the first output of an op came to be, where that is cheap to do again.
   * @returns a share of it, or null for an op whose output is better held
   */
  note<I extends Operands, A>(op: Op<I, A>, inputs: I, attrs: A, output: Tensor): Kept | null {
    if (isViewOp(op) || op.isCheap !== true) return null;
    const kept = inputs.map((input) => (input === null ? null : this.keep(input)));
    const recipe = new Remade(op, kept, attrs);
    this.#recipes.set(output.id, recipe as unknown as Remade<Operands, unknown>);
    return recipe.share();
  }

  forget(outputId: number): void {
    this.#recipes.delete(outputId);
  }
}
