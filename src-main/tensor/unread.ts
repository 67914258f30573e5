import { addon, fromNative } from './native.ts';
import { isViewOp } from './op.ts';
import type { Op, Operands } from './op.ts';
import type { Tensor } from './tensor.ts';

/** An op as it was applied, whose kernel waits. */
interface Waiting {
  readonly op: Op;
  readonly inputs: Operands;
  readonly outputs: Operands;
  readonly attrs: unknown;
}

/** Ops in the order in which they were applied, and ids of the values that are wanted of them. */
class UnreadOps {
  readonly #waiting: Waiting[] = [];
  readonly #wanted = new Set<number>();

  want(id: number): void {
    this.#wanted.add(id);
  }

  /** Has handles of its own: what the op reads and writes may be disposed before it is launched. */
  add({ inputs, outputs, ...rest }: Waiting): void {
    const aliases = (tensors: Operands): Operands => tensors.map((one) => one?.alias() ?? null);
    this.#waiting.push({ ...rest, inputs: aliases(inputs), outputs: aliases(outputs) });
  }

  /** Launches what makes the wanted values and, before it, what makes its inputs. */
  launch(): void {
    const due: (() => void)[] = [];
    for (const { op, inputs, outputs, attrs } of this.#waiting.toReversed()) {
      const wanted = outputs.map((output) => output !== null && this.#wanted.has(output.id));
      if (!wanted.includes(true)) continue;
      for (const input of inputs) if (input !== null) this.want(input.id);
      if (isViewOp(op)) continue;
      const { launch, launchOthers = launch } = op;
      const launchWanted = wanted[0] === true ? launch : launchOthers;
      due.push(() => launchWanted(addon().ops, inputs, outputs, attrs));
    }
    for (const launch of due.toReversed()) launch();
  }

  dispose(): void {
    for (const { inputs, outputs } of this.#waiting) {
      for (const tensor of [...inputs, ...outputs]) tensor?.dispose();
    }
  }
}

let current: UnreadOps | null = null;

/**
 * Runs `body` for what is held of it (`hold`) rather than for its result, which nobody reads. Its
 * ops report to the recorder and give outputs of the right shape and dtype, but kernels wait until
 * `body` has ended, and then only those are launched whose outputs are held or go into such. What is
 * in the others is undefined.
 * @param body reads and writes what it made by ops alone
 */
export function unread<T>(body: () => T): T {
  if (current !== null) return body(); // the outer one knows what is wanted
  const ops = new UnreadOps();
  current = ops;
  try {
    const result = body();
    ops.launch();
    return result;
  } catch (thrown) {
    throw fromNative(thrown);
  } finally {
    current = null;
    ops.dispose();
  }
}

/** An alias for whoever will read the value: in `unread()`, it is computed for that. */
export function hold(tensor: Tensor): Tensor {
  current?.want(tensor.id);
  return tensor.alias();
}

/** Leaves it to `unread()` to launch the op. @returns whether it is at work */
export function waits<I extends Operands, A>(
  op: Op<I, A>,
  inputs: I,
  outputs: Operands,
  attrs: A,
): boolean {
  current?.add({ op: op as unknown as Op, inputs, outputs, attrs });
  return current !== null;
}
