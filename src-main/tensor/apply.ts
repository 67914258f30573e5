import { LensmithError } from '../base/errors.ts';
import { addon, fromNative } from './native.ts';
import { isViewOp } from './op.ts';
import type { KernelOp, Op, Operands, OutputSpec, ViewOp } from './op.ts';
import { Tensor } from './tensor.ts';
import { waits } from './unread.ts';

/** What listens to ops as they are applied: the autograd tape. */
export interface Recorder {
  /** Whether gradients flow into this tensor. */
  tracks(tensor: Tensor): boolean;
  record<I extends Operands, A>(
    op: Op<I, A>,
    inputs: I,
    attrs: A,
    outputs: Operands,
    needs: readonly boolean[],
  ): void;
}

let recorder: Recorder | null = null;

/** Runs `body` with ops reported to `next` (null: to nobody). */
export function withRecorder<T>(next: Recorder | null, body: () => T): T {
  const previous = recorder;
  recorder = next;
  try {
    return body();
  } finally {
    recorder = previous;
  }
}

export function currentRecorder(): Recorder | null {
  return recorder;
}

/**
 * Applies an op: infers, allocates, queues the kernel (in `unread()` once it is wanted), and reports
 * to the recorder.
 */
export function applyAll<I extends Operands, A>(op: Op<I, A>, inputs: I, attrs: A): Operands {
  const active = recorder;
  const needs = inputs.map((x) => x !== null && active !== null && active.tracks(x));
  const outputs = isViewOp(op) ? view(op, inputs, attrs) : runKernel(op, inputs, attrs, needs);
  if (active === null || !needs.includes(true)) return outputs;
  try {
    active.record(op, inputs, attrs, outputs, needs);
  } catch (error) {
    for (const output of outputs) output?.dispose();
    throw error;
  }
  return outputs;
}

/** As applyAll, for the first output; the tape holds what it needs of the others. */
export function apply<I extends Operands, A>(op: Op<I, A>, inputs: I, attrs: A): Tensor {
  const [output, ...others] = applyAll(op, inputs, attrs);
  for (const other of others) other?.dispose();
  return expectTensor(output, op.name);
}

function view<I extends Operands, A>(op: ViewOp<I, A>, inputs: I, attrs: A): Operands {
  const outputs = [op.view(inputs, attrs)];
  waits(op, inputs, outputs, attrs);
  return outputs;
}

function runKernel<I extends Operands, A>(
  op: KernelOp<I, A>,
  inputs: I,
  attrs: A,
  needs: readonly boolean[],
): Operands {
  const specs = op.infer(inputs, attrs, needs);
  const outputs: (Tensor | null)[] = [];
  try {
    // One by one, so that those which fitted go back when the next one finds no memory.
    for (const spec of specs) outputs.push(allocate(spec));
    if (!waits(op, inputs, outputs, attrs)) op.launch(addon().ops, inputs, outputs, attrs);
  } catch (thrown) {
    for (const output of outputs) output?.dispose();
    throw fromNative(thrown);
  }
  return outputs;
}

function allocate(spec: OutputSpec | null): Tensor | null {
  return spec === null ? null : Tensor.empty(spec.shape, spec.dtype ?? 'f32');
}

export function expectTensor(tensor: Tensor | null | undefined, what: string): Tensor {
  if (tensor) return tensor;
  throw new LensmithError('tensor/missing-operand', `${what}: a tensor is missing.`);
}

/** Handle of an optional operand: 0 when it is not there. */
export function handleOf(tensor: Tensor | null | undefined): number {
  return tensor ? tensor.handle : 0;
}
