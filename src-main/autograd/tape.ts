import { LensmithError } from '../base/errors.ts';
import { withRecorder } from '../tensor/apply.ts';
import type { Recorder } from '../tensor/apply.ts';
import type { Op, Operands, Vjp, VjpContext } from '../tensor/op.ts';
import { fromNative } from '../tensor/native.ts';
import { scoped } from '../tensor/scope.ts';
import { Tensor } from '../tensor/tensor.ts';
import { Gradients } from './gradients.ts';
import { Keeper } from './kept.ts';
import type { Kept } from './kept.ts';

/** How to get from the gradient of one value to the gradients of what it was made of. */
export interface TapeNode {
  /** Id of the value. */
  readonly outputId: number;
  backward(grad: Tensor, gradients: Gradients): void;
  /** Gives back what the node kept of the forward pass. */
  free(): void;
}

/**
 * A define-by-run tape: while `record` runs, every op that a gradient flows
 * through leaves a node, which keeps the operands its rule will read and
 * nothing else, those that are cheap as recipes. `backward` walks the nodes once, last first, and frees each
 * as it goes.
 */
export class Tape implements Recorder, Disposable {
  readonly #nodes: TapeNode[] = [];
  readonly #produced = new Set<number>();
  readonly #keeper = new Keeper();

  /** Whether a gradient flows into the tensor: a leaf that wants one, or made of such. */
  tracks(tensor: Tensor): boolean {
    return tensor.requiresGrad || this.#produced.has(tensor.id);
  }

  /** Runs `body` with its ops recorded. */
  run<T>(body: () => T): T {
    return withRecorder(this, body);
  }

  /** Called by ops as they are applied. */
  record<I extends Operands, A>(
    op: Op<I, A>,
    inputs: I,
    attrs: A,
    outputs: Operands,
    needs: readonly boolean[],
  ): void {
    const output = outputs[0];
    if (!output) return;
    if ('notDifferentiable' in op.vjp) {
      // Token ids may be picked on the side; a float that loses its gradient would train nothing.
      if (output.dtype === 'i32') return;
      throw new LensmithError('autograd/not-differentiable', `${op.name} has no gradient.`, {
        got: op.vjp.notDifferentiable,
        hint: 'Keep it out of the computation of the loss.',
      });
    }
    const node = new OpNode(op.vjp, inputs, attrs, outputs, needs, this.#keeper);
    node.recipe = this.#keeper.note(op, inputs, attrs, output);
    this.push(node, output);
  }

  push(node: TapeNode, output: Tensor): void {
    this.#nodes.push(node);
    this.#produced.add(output.id);
  }

  /**
   * Gradients of `output` with respect to every leaf that wants one, by the
   * leaf's id. The tape is empty afterwards.
   * @param output what was recorded; it may be disposed by now
   * @param seed   gradient of the output, in its shape; ones when not given
   */
  backward(output: Pick<Tensor, 'id' | 'shape' | 'requiresGrad'>, seed?: Tensor): Gradients {
    const gradients = new Gradients();
    try {
      withRecorder(null, () => {
        if (seed === undefined) {
          using ones = Tensor.full(output.shape, 1).keep();
          gradients.accumulate(output.id, ones);
        } else gradients.accumulate(output.id, seed);
        this.#walk(gradients);
        // A leaf may be the output itself; anything else that no node took belongs to nobody.
        if (!output.requiresGrad) gradients.take(output.id)?.dispose();
      });
      return gradients;
    } catch (error) {
      gradients[Symbol.dispose]();
      throw error;
    } finally {
      this[Symbol.dispose]();
    }
  }

  #walk(gradients: Gradients): void {
    for (let node = this.#nodes.pop(); node !== undefined; node = this.#nodes.pop()) {
      const grad = gradients.take(node.outputId);
      try {
        if (grad !== null) this.#visit(node, grad, gradients);
      } finally {
        grad?.dispose();
        node.free();
      }
    }
  }

  #visit(node: TapeNode, grad: Tensor, gradients: Gradients): void {
    try {
      scoped(() => {
        node.backward(grad, gradients);
      });
    } catch (thrown) {
      throw fromNative(thrown); // rules call kernels directly
    }
  }

  /** Frees what the nodes keep: after an error, or when no gradient is wanted after all. */
  [Symbol.dispose](): void {
    for (const node of this.#nodes) node.free();
    this.#nodes.length = 0;
    this.#produced.clear();
  }
}

class OpNode<A> implements TapeNode, VjpContext<A> {
  readonly outputId: number;
  readonly attrs: A;
  readonly #vjp: Vjp<A>;
  readonly #needs: readonly boolean[];
  readonly #inputIds: readonly (number | null)[];
  readonly #specs: readonly (Pick<Tensor, 'shape' | 'dtype'> | null)[];
  readonly #keeper: Keeper;
  readonly #inputs = new Map<number, Kept>();
  readonly #outputs = new Map<number, Kept>();
  /** Of the output, for the nodes after this one. */
  recipe: Kept | null = null;

  constructor(
    vjp: Vjp<A>,
    inputs: Operands,
    attrs: A,
    outputs: Operands,
    needs: readonly boolean[],
    keeper: Keeper,
  ) {
    this.#vjp = vjp;
    this.#keeper = keeper;
    this.attrs = attrs;
    this.#needs = needs;
    this.outputId = (outputs[0] as Tensor).id;
    this.#inputIds = inputs.map((x) => x?.id ?? null);
    this.#specs = inputs.map((x) => (x ? { shape: x.shape, dtype: x.dtype } : null));
    const keeps = vjp.keeps(needs);
    for (const i of keeps.inputs ?? []) this.#keep(this.#inputs, inputs, i);
    for (const i of keeps.outputs ?? []) this.#keep(this.#outputs, outputs, i);
  }

  #keep(into: Map<number, Kept>, from: Operands, i: number): void {
    const tensor = from[i];
    if (tensor) into.set(i, this.#keeper.keep(tensor));
  }

  get inputCount(): number {
    return this.#specs.length;
  }

  needs(i: number): boolean {
    return this.#needs[i] ?? false;
  }

  input(i: number): Tensor {
    return kept(this.#inputs.get(i), 'input', i).read();
  }

  output(i: number): Tensor {
    return kept(this.#outputs.get(i), 'output', i).read();
  }

  inputSpec(i: number): Pick<Tensor, 'shape' | 'dtype'> {
    return kept(this.#specs[i] ?? undefined, 'input', i);
  }

  backward(grad: Tensor, gradients: Gradients): void {
    this.#vjp.rule(this, grad).forEach((inputGrad, i) => {
      const id = this.#inputIds[i];
      if (inputGrad && id && this.needs(i)) gradients.accumulate(id, inputGrad);
    });
  }

  free(): void {
    for (const value of this.#inputs.values()) value.free();
    for (const value of this.#outputs.values()) value.free();
    this.#inputs.clear();
    this.#outputs.clear();
    this.recipe?.free();
    this.recipe = null;
    this.#keeper.forget(this.outputId);
  }
}

function kept<T>(value: T | undefined, what: string, i: number): T {
  if (value !== undefined) return value;
  throw new LensmithError('autograd/not-kept', `A gradient rule reads ${what} ${i}, not kept.`, {
    hint: 'Name it in the keeps() of the rule.',
  });
}
