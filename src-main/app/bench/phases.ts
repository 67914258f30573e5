/** Where a LoRA step's time goes: each phase waits until the one before is done. */
import { Tape } from '../../autograd/tape.ts';
import type { LoadedModel } from '../../models/load.ts';
import { packSequences } from '../../nn/sequence.ts';
import { synchronize } from '../../tensor/device.ts';
import { linearCrossEntropy } from '../../tensor/ops/index.ts';
import { scoped } from '../../tensor/scope.ts';
import { Tensor } from '../../tensor/tensor.ts';
import type { AdamW } from '../../training/optimizer.ts';
import type { Figure, TaskOptions } from './figure.ts';
import { loraPhaseFloors } from './floor.ts';
import type { LoraPhase } from './floor.ts';
import { timingOf } from './timing.ts';
import { openWithAdapters, parametersOf, stepOptimizer } from './training-steps.ts';
import { benchBatch, benchPixels, languageWork, visionWork } from './workload.ts';

/** Seconds of each phase, from its first call until the device is idle. */
class PhaseClock {
  readonly #seconds = new Map<LoraPhase, number[]>();
  readonly #asking: number[] = [];
  #askedSeconds = 0;

  /** @param work calls kernels; what it awaits itself counts as the device's */
  async measure<Result>(phase: LoraPhase, work: () => Promise<Result> | Result): Promise<Result> {
    const start = performance.now();
    const pending = work();
    this.#askedSeconds += (performance.now() - start) / 1000;
    const result = await pending;
    await synchronize();
    const seconds = this.#seconds.get(phase) ?? [];
    seconds.push((performance.now() - start) / 1000);
    this.#seconds.set(phase, seconds);
    return result;
  }

  endStep(): void {
    this.#asking.push(this.#askedSeconds);
    this.#askedSeconds = 0;
  }

  /** Without the first step, which warms up. */
  figures(floors: ReturnType<typeof loraPhaseFloors>): Figure[] {
    const figure = (name: string, seconds: readonly number[]) => {
      const timing = timingOf(seconds.slice(1));
      return { name, value: 1000 * timing.median, unit: 'ms', timing };
    };
    return [
      ...[...this.#seconds].map(([phase, seconds]) => ({
        ...figure(phase, seconds),
        floor: floors[phase],
      })),
      figure('of all, JavaScript and the binding, beside kernels', this.#asking),
    ];
  }
}

export async function loraPhases({ format, runs, folder }: TaskOptions): Promise<Figure[]> {
  const { loaded: opened, trainables } = await openWithAdapters(format, folder);
  using loaded = opened;
  using optimizer = stepOptimizer(trainables);
  const { lengths, rowCounts } = benchBatch();
  using pixels = benchPixels(lengths.length);
  const clock = new PhaseClock();
  for (let run = 0; run <= runs; run++) await step(loaded, optimizer, pixels, clock);
  const [work, seen] = [languageWork(lengths, rowCounts), visionWork(lengths.length)];
  return clock.figures(loraPhaseFloors(work, seen, parametersOf(trainables)));
}

async function step(
  { model }: LoadedModel,
  optimizer: AdamW,
  pixels: Tensor,
  clock: PhaseClock,
): Promise<void> {
  const batch = benchBatch();
  using sequences = packSequences(batch.lengths);
  using features = await clock.measure('vision tower', () => model.visionFeatures(pixels));
  using layers = new Tape();
  using hidden = await clock.measure('layers forward', () => {
    const inputs = { inputIds: batch.inputIds, sequences, features };
    return layers.run(() => model.hidden(inputs, { rows: batch.rows }));
  });
  using grad = await clock.measure('head and loss', () => {
    hidden.requiresGrad = true;
    return gradientOfLoss(hidden, model.languageModel.head.value, batch.targets);
  });
  using gradients = await clock.measure('layers backward', () => layers.backward(hidden, grad));
  await clock.measure('optimiser', async () => {
    using measured = await optimizer.measure(gradients);
    optimizer.apply(measured, () => 1e-4);
  });
  clock.endStep();
}

function gradientOfLoss(hidden: Tensor, head: Tensor, targets: Int32Array): Tensor {
  const count = targets.length;
  const tape = new Tape();
  using loss = scoped(() => {
    const target_R = Tensor.from(targets, [count], 'i32');
    const weight_R = Tensor.full([count], 1 / count);
    return tape.run(() => linearCrossEntropy(hidden, head, target_R, weight_R).loss);
  });
  using found = tape.backward(loss);
  return found.take(hidden.id) as Tensor;
}
