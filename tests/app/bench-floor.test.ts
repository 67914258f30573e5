import { describe, expect, test } from 'vitest';
import {
  attentionFlop,
  decodeFloor,
  fullStepFloor,
  layerFlop,
  layerWeights,
  loraStepFloor,
  prefillFloor,
  visionFlop,
} from '../../src-main/app/bench/floor.ts';
import { languageWork, visionWork } from '../../src-main/app/bench/workload.ts';

/** The measured batch: four sequences, the last 60 % of their words under loss. */
const lengths = [293, 309, 341, 357];
const wanted = [58, 68, 86, 96];
const work = languageWork(lengths, wanted);
const vision = visionWork(4);
const words = 1300;
const bf16 = { layer: 2, head: 2 };
const head = work.hiddenSize * work.vocabSize;

describe('the least that a task must do', () => {
  test('weights are those of LLaMA 512×8, and the head', () => {
    // 4 · 512² + 3 · 512 · 1408 a layer.
    expect(layerWeights(work)).toBe(8 * (4 * 512 ** 2 + 3 * 512 * 1408));
    expect(head).toBe(512 * 32064);
  });

  test('attention sums the pairs that see each other, two products of two operations each', () => {
    const pairs = lengths.reduce((total, length) => {
      let seen = 0;
      for (let i = 0; i < length; i++) seen += i + 1;
      return total + seen;
    }, 0);
    expect(attentionFlop(languageWork(lengths, lengths))).toBe(8 * pairs * 2 * 2 * 512);
  });

  test('rows that nobody wants cost the last layer their keys and values alone', () => {
    const [all, one] = [[709], [1]].map((rows) => languageWork([709], rows)) as [
      typeof work,
      typeof work,
    ];
    const saved = 2 * 708 * (2 * 512 ** 2 + 3 * 512 * 1408);
    expect(layerFlop(all) - layerFlop(one)).toBe(saved);
    const pairs = (709 * 710) / 2 - 709;
    expect(attentionFlop(all) - attentionFlop(one)).toBe(pairs * 2 * 2 * 512);
  });

  test('a full step is six operations for each weight and token, the head for supervised rows alone', () => {
    const none = { ...vision, images: 0, projectedTokens: 0 };
    const { flop } = fullStepFloor(languageWork(lengths, lengths), none, true, 0);
    const products = 6 * (layerWeights(work) + head) * words;
    expect(flop).toBe(products + 3.5 * attentionFlop(languageWork(lengths, lengths)));
    const saved = flop - fullStepFloor(work, none, true, 0).flop;
    expect(saved).toBeGreaterThan(6 * head * (words - 308));
  });

  test('a step of adapters saves the gradients of what is frozen, and a cache the tower', () => {
    const lora = loraStepFloor(work, vision, false, 8 * 4 * 2 * 16 * 512);
    const full = fullStepFloor(work, vision, false, layerWeights(work));
    expect(lora.flop).toBeLessThan(full.flop);
    const cached = loraStepFloor(work, vision, true, 8 * 4 * 2 * 16 * 512);
    expect(lora.flop - cached.flop).toBe(visionFlop(vision) - 2 * 784 * (768 + 512) * 512);
  });

  test('a prompt grows with its square in attention alone', () => {
    const [none, once, twice] = [0, 700, 1400].map((length) => {
      const one = languageWork([length], [1]);
      return prefillFloor(one, null).flop - attentionFlop(one);
    }) as [number, number, number];
    expect(twice - none).toBe(2 * (once - none));
  });

  test('a token reads every weight once, however many are decoded together', () => {
    const alone = decodeFloor(work, 0, 1, bf16);
    expect(alone.bytes).toBe(2 * (layerWeights(work) + head));
    expect(decodeFloor(work, 0, 8, bf16)).toEqual({ flop: 8 * alone.flop, bytes: alone.bytes });
  });
});
