import { currentRecorder, withRecorder } from '../tensor/apply.ts';
import { scoped } from '../tensor/scope.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { hold, unread } from '../tensor/unread.ts';
import type { Gradients } from './gradients.ts';
import { Tape } from './tape.ts';
import type { TapeNode } from './tape.ts';

type Body = (...inputs: Tensor[]) => Tensor;

/**
 * Runs `body` without keeping its activations: only its inputs stay, and the
 * backward pass runs it once more, as far as gradients need it: what only the
 * result needs, such as the last map, is not computed again. Saves memory in
 * proportion to depth. `body` must give the same values again (dropout draws by
 * place, so it does) and work on what it makes by ops alone (see `unread`).
 * @source arXiv:1604.06174
 */
export function recompute(body: Body, inputs: readonly Tensor[]): Tensor {
  const outer = currentRecorder();
  if (!(outer instanceof Tape)) return body(...inputs);
  // The first run is watched only for whether a gradient would flow through it at all.
  let touched = false;
  const watcher = {
    tracks(tensor: Tensor): boolean {
      touched ||= outer.tracks(tensor);
      return false;
    },
    record(): void {},
  };
  const output = withRecorder(watcher, () => scoped(() => body(...inputs)));
  if (touched) outer.push(new RecomputeNode(body, inputs, output, outer), output);
  return output;
}

class RecomputeNode implements TapeNode {
  readonly outputId: number;
  readonly #body: Body;
  readonly #inputs: readonly Tensor[];

  constructor(body: Body, inputs: readonly Tensor[], output: Tensor, outer: Tape) {
    this.#body = body;
    this.outputId = output.id;
    // Aliases carry the id, so the inner tape files their gradients under the outer value.
    this.#inputs = inputs.map((input) => {
      const alias = hold(input);
      alias.requiresGrad = outer.tracks(input);
      return alias;
    });
  }

  backward(grad: Tensor, gradients: Gradients): void {
    using inner = new Tape();
    // For what the inner tape keeps: the values that come out were read in the first run.
    const output = scoped(() => {
      const { id, shape, requiresGrad } = inner.run(() =>
        unread(() => this.#body(...this.#inputs)),
      );
      return { id, shape, requiresGrad };
    });
    using found = inner.backward(output, grad);
    for (const id of found.ids()) {
      using inputGrad = found.take(id);
      if (inputGrad) gradients.accumulate(id, inputGrad);
    }
  }

  free(): void {
    for (const input of this.#inputs) input.dispose();
  }
}
