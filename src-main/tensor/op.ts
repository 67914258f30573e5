import type { DType } from './dtype.ts';
import type { NativeOps } from './native.ts';
import type { Reference } from './reference.ts';
import type { Shape, Tensor } from './tensor.ts';

/** Operands of an op; null where an optional one was not given. */
export type Operands = readonly (Tensor | null)[];

export interface OutputSpec {
  readonly shape: Shape;
  /** f32 when not given. */
  readonly dtype?: DType;
}

/** What a gradient rule is given. Only what `keeps` named can be read. */
export interface VjpContext<A> {
  readonly attrs: A;
  readonly inputCount: number;
  /** Whether the gradient of operand i is wanted. */
  needs(i: number): boolean;
  input(i: number): Tensor;
  output(i: number): Tensor;
  inputSpec(i: number): { readonly shape: Shape; readonly dtype: DType };
}

/** Vector-Jacobian product: from the gradient of output 0 to those of the operands. */
export interface Vjp<A> {
  /**
   * The operands and outputs whose values the rule reads, by position; the
   * tape keeps these and no others.
   */
  keeps(needs: readonly boolean[]): {
    readonly inputs?: readonly number[];
    readonly outputs?: readonly number[];
  };
  /** One entry an operand; null where no gradient is wanted or none exists. */
  rule(context: VjpContext<A>, grad: Tensor): readonly (Tensor | null)[];
}

/** Said in the place of a rule, with the reason; the tape refuses to pass. */
export interface NotDifferentiable {
  readonly notDifferentiable: string;
}

export function notDifferentiable(reason: string): NotDifferentiable {
  return { notDifferentiable: reason };
}

interface OpBase<A> {
  /** The id, in snake_case: that of the native kernel where there is one. */
  readonly name: string;
  /** The op in float64, from its definition; one entry an output. */
  composed(inputs: readonly (Reference | null)[], attrs: A): readonly Reference[];
  readonly vjp: Vjp<A> | NotDifferentiable;
}

/** An op that a kernel computes. */
export interface KernelOp<I extends Operands, A> extends OpBase<A> {
  /**
   * Checks the operands and gives the outputs, null for one that is not wanted.
   * `needs` says for which operands a gradient will be asked.
   */
  infer(inputs: I, attrs: A, needs: readonly boolean[]): readonly (OutputSpec | null)[];
  launch(ops: NativeOps, inputs: I, outputs: Operands, attrs: A): void;
  /** Computes the outputs but for the first, where they can be had without it for less. */
  launchOthers?(ops: NativeOps, inputs: I, outputs: Operands, attrs: A): void;
  /**
   * Whether the first output is so little work, no more than reading it a few times, that the tape
   * makes it again from the inputs rather than keep it. The bits must be the same each time.
   */
  readonly isCheap?: true;
}

/** An op that only looks at memory otherwise. */
export interface ViewOp<I extends Operands, A> extends OpBase<A> {
  view(inputs: I, attrs: A): Tensor;
}

export type Op<I extends Operands = Operands, A = unknown> = KernelOp<I, A> | ViewOp<I, A>;

export function isViewOp<I extends Operands, A>(op: Op<I, A>): op is ViewOp<I, A> {
  return 'view' in op;
}
