import { packSamples } from '../../src-main/data/packing.ts';
import type { LoadedModel } from '../../src-main/models/load.ts';
import { packSequences } from '../../src-main/nn/sequence.ts';
import { argmax, gatherRows } from '../../src-main/tensor/ops/index.ts';
import { scoped } from '../../src-main/tensor/scope.ts';
import { Tensor } from '../../src-main/tensor/tensor.ts';
import { EVAL_SETS } from './data.ts';
import type { EvalItem, EvalSetName, StarterData, StarterSample } from './data.ts';
import type { EncodedSample } from './encode.ts';

export interface Scores {
  /** Share of answers that greedy decoding gets wholly right, by set. */
  readonly overall: Record<string, number>;
  /** The same by set and task. */
  readonly byTask: Record<string, Record<string, number>>;
}

const batchSize = 40;

/**
 * Exact match on the four evaluation sets. One pass over question and answer
 * decides it: greedy decoding gives the answer exactly when the most likely
 * token is the answer's at every place, its end included.
 */
export async function scoreEvalSets(
  loaded: LoadedModel,
  data: StarterData,
  encode: (sample: StarterSample) => EncodedSample,
): Promise<Scores> {
  const overall: Record<string, number> = {};
  const byTask: Record<string, Record<string, number>> = {};
  for (const set of EVAL_SETS) {
    const items = data.evalSet(set satisfies EvalSetName);
    const right: boolean[] = [];
    for (let i = 0; i < items.length; i += batchSize) {
      const batch = items.slice(i, i + batchSize).map((item) => encode(asSample(item)));
      right.push(...(await rightAnswers(loaded, batch)));
    }
    const tasks = [...new Set(items.map((item) => item.task))];
    const share = (task: string | null): number => {
      const chosen = right.filter((_, i) => task === null || items[i]?.task === task);
      return Math.round((1000 * chosen.filter(Boolean).length) / chosen.length) / 1000;
    };
    overall[set] = share(null);
    byTask[set] = Object.fromEntries(tasks.map((task) => [task, share(task)]));
  }
  return { overall, byTask };
}

function asSample({ image, width, height, task, question, answer }: EvalItem): StarterSample {
  return { image, width, height, turns: [{ task, question, answer }] };
}

async function rightAnswers(loaded: LoadedModel, batch: EncodedSample[]): Promise<boolean[]> {
  const packed = packSamples(batch);
  using sequences = packSequences(packed.lengths);
  using best = scoped(() => {
    const { model } = loaded;
    const { imageSize } = model.visionTower;
    const pixels = new Float32Array(batch.length * 3 * imageSize ** 2);
    batch.forEach(({ pixels: image }, i) => image && pixels.set(image, i * image.length));
    const features = model.visionFeatures(
      Tensor.from(pixels, [batch.length, 3, imageSize, imageSize]),
    );
    const hidden = model.hidden({ inputIds: packed.inputIds, sequences, features });
    const rows = Tensor.from(packed.rows, [packed.rows.length], 'i32');
    return argmax(model.logits(gatherRows(hidden, rows)));
  });
  const chosen = await best.readInts();
  let row = 0;
  return packed.rowCounts.map((count) => {
    const end = row + count;
    let right = true;
    for (; row < end; row++) right &&= chosen[row] === packed.targets[row];
    return right;
  });
}
