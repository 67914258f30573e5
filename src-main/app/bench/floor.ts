/**
 * What a task must do at least: floating-point operations and bytes, counted from the shapes of the
 * work. Over the machine's measured rates they give the time that no program can go below.
 *
 * Counted are the matrix products (a multiplication and an addition are two operations) and the
 * bytes that cannot stay in a cache: weights once a step, optimiser state read and written. What is
 * left out (norms, activations, softmax) is small beside them, so the floor is a little low.
 */

/** The language model and its batch: N tokens in sequences of L each, of which R are wanted. */
export interface LanguageWork {
  readonly hiddenSize: number;
  readonly intermediateSize: number;
  readonly layers: number;
  /** Query heads and key-value heads times their size. */
  readonly querySize: number;
  readonly keyValueSize: number;
  readonly vocabSize: number;
  readonly lengths: readonly number[];
  /** Rows of each sequence that meet the head: its last, under loss or asked for their next token. */
  readonly wantedRows: readonly number[];
}

export interface VisionWork {
  readonly images: number;
  /** Patches and class token. */
  readonly tokens: number;
  readonly hiddenSize: number;
  readonly intermediateSize: number;
  /** Those before the selected hidden state. */
  readonly layers: number;
  readonly patchSize: number;
  /** Tokens that reach the language model, of all images. */
  readonly projectedTokens: number;
  readonly outputSize: number;
}

const sum = (values: readonly number[]): number => values.reduce((total, x) => total + x, 0);

/** 2·N·in·out of a linear layer. */
const product = (rows: number, inner: number, columns: number): number =>
  2 * rows * inner * columns;

/** Weights of a layer's linear maps: k and v, and q, o, gate, up, down. */
function weightsOfLayer({ hiddenSize, intermediateSize, querySize, keyValueSize }: LanguageWork) {
  return {
    keysAndValues: 2 * hiddenSize * keyValueSize,
    others: 2 * hiddenSize * querySize + 3 * hiddenSize * intermediateSize,
  };
}

/** Of all layers. */
export function layerWeights(work: LanguageWork): number {
  const { keysAndValues, others } = weightsOfLayer(work);
  return work.layers * (keysAndValues + others);
}

/**
 * Linear maps of the layers, once forward: the same count again gives each of the two gradients.
 * Nothing but keys and values is needed of the last layer's other rows.
 */
export function layerFlop(work: LanguageWork): number {
  const unwanted = sum(work.lengths) - sum(work.wantedRows);
  const all = product(sum(work.lengths), layerWeights(work), 1);
  return all - product(unwanted, weightsOfLayer(work).others, 1);
}

/**
 * Scores and weighted values, 2 · 2 · H·K for each pair that sees each other: the lower triangle of a
 * sequence, and of the last layer its last rows.
 */
export function attentionFlop({ layers, querySize, lengths, wantedRows }: LanguageWork): number {
  const pairs = sum(lengths.map((length) => (length * (length + 1)) / 2));
  const lastPairs = sum(
    lengths.map((length, i) => {
      const rows = wantedRows[i] ?? 0;
      return rows * length - (rows * (rows - 1)) / 2;
    }),
  );
  return 4 * querySize * ((layers - 1) * pairs + lastPairs);
}

export function headFlop({ wantedRows, hiddenSize, vocabSize }: LanguageWork): number {
  return product(sum(wantedRows), hiddenSize, vocabSize);
}

/** The tower up to the selected hidden state, and the two-layer projector. */
export function visionFlop(work: VisionWork): number {
  const { images, tokens, hiddenSize: d, intermediateSize: f, layers, patchSize } = work;
  const rows = images * tokens;
  const linear = product(rows, d, 4 * d + 2 * f);
  const attention = images * 4 * tokens * tokens * d;
  const patches = product(images * (tokens - 1), 3 * patchSize * patchSize, d);
  return layers * (linear + attention) + patches + projectorFlop(work);
}

export function projectorFlop({ projectedTokens, hiddenSize, outputSize }: VisionWork): number {
  return product(projectedTokens, hiddenSize + outputSize, outputSize);
}

export interface Floor {
  readonly flop: number;
  readonly bytes: number;
}

export const loraPhases = [
  'vision tower',
  'layers forward',
  'head and loss',
  'layers backward',
  'optimiser',
] as const;
export type LoraPhase = (typeof loraPhases)[number];

/**
 * A step that trains low-rank adapters: forward, and the gradient of every input on the way back.
 * Frozen weights have no gradient; attention's backward pass has five products for its two. The
 * projector counts with the layers, the head both ways.
 * @param adapterParameters A and B of all adapted maps
 */
export function loraPhaseFloors(
  work: LanguageWork,
  vision: VisionWork,
  adapterParameters: number,
): Readonly<Record<LoraPhase, Floor>> {
  const { hiddenSize, querySize, keyValueSize } = work;
  const tokens = sum(work.lengths);
  // What the first layer reads is frozen: nothing asks for its gradient.
  const frozen = product(tokens, hiddenSize, querySize + 2 * keyValueSize);
  // x·A and ·B forward; two gradients each on the way back.
  const adapters = product(tokens, adapterParameters, 1);
  const forward = layerFlop(work) + attentionFlop(work) + adapters + projectorFlop(vision);
  const backward = layerFlop(work) - frozen + 2.5 * attentionFlop(work) + 2 * adapters;
  const [layers, head] = [4 * layerWeights(work), 4 * work.hiddenSize * work.vocabSize];
  return {
    'vision tower': { flop: visionFlop(vision) - projectorFlop(vision), bytes: 0 },
    'layers forward': { flop: forward, bytes: layers },
    'head and loss': { flop: 2 * headFlop(work), bytes: head },
    'layers backward': { flop: backward, bytes: layers },
    optimiser: { flop: 0, bytes: optimizerBytes(adapterParameters) },
  };
}

/** All phases of it together. */
export function loraStepFloor(
  work: LanguageWork,
  vision: VisionWork,
  isCached: boolean,
  adapterParameters: number,
): Floor {
  const floors = loraPhaseFloors(work, vision, adapterParameters);
  const counted = loraPhases.filter((phase) => !(isCached && phase === 'vision tower'));
  return {
    flop: sum(counted.map((phase) => floors[phase].flop)),
    bytes: sum(counted.map((phase) => floors[phase].bytes)),
  };
}

/** A step that trains the language model and the projector: weights have gradients as well. */
export function fullStepFloor(
  work: LanguageWork,
  vision: VisionWork,
  isCached: boolean,
  trainedParameters: number,
): Floor {
  const forward = layerFlop(work) + attentionFlop(work) + headFlop(work);
  const backward = 2 * layerFlop(work) + 2.5 * attentionFlop(work) + 2 * headFlop(work);
  return {
    flop: forward + backward + seenFlop(vision, isCached) + 2 * projectorFlop(vision),
    bytes: 2 * weightBytes(work) + optimizerBytes(trainedParameters),
  };
}

/** A prompt; only rows that are wanted, its last, meet the head. */
export function prefillFloor(work: LanguageWork, vision: VisionWork | null): Floor {
  const language = layerFlop(work) + attentionFlop(work) + headFlop(work);
  return {
    flop: language + (vision === null ? 0 : visionFlop(vision)),
    bytes: weightBytes(work),
  };
}

/**
 * One token of each sequence: all weights and the held keys and values are read once.
 * @param held tokens before it, of each sequence
 */
export function decodeFloor(
  work: LanguageWork,
  held: number,
  sequences: number,
  bytesPerWeight: { readonly layer: number; readonly head: number },
): Floor {
  const [layers, head] = [layerWeights(work), work.hiddenSize * work.vocabSize];
  const cache = sequences * held * work.layers * 2 * work.keyValueSize;
  return {
    flop: sequences * (2 * (layers + head) + 4 * held * work.layers * work.querySize),
    bytes:
      layers * bytesPerWeight.layer +
      head * bytesPerWeight.head +
      cache * Float32Array.BYTES_PER_ELEMENT,
  };
}

/** With the tower's features at hand only the projector is left. */
function seenFlop(vision: VisionWork, isCached: boolean): number {
  return isCached ? projectorFlop(vision) : visionFlop(vision);
}

function weightBytes(work: LanguageWork): number {
  const weights = layerWeights(work) + work.hiddenSize * work.vocabSize;
  return weights * Float32Array.BYTES_PER_ELEMENT;
}

/** AdamW in f32: parameter, gradient and two moments read, all but the gradient written. */
function optimizerBytes(parameters: number): number {
  return parameters * 7 * Float32Array.BYTES_PER_ELEMENT;
}
