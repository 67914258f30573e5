import type { Labels } from './labels.svelte.ts';

/** What the labels need of a bench: that of pictures, or that of a video. */
export interface LabelBench {
  readonly labels: Labels;
  readonly activeLabelId: number | null;
  /** Ids of the marks that are selected. */
  readonly selection: readonly number[];
  readonly canvas: { focus(): void } | null;
  chooseLabel(labelId: number | null): Promise<void>;
}
