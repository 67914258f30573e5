/** Ways to take frames of a video, as a list to choose from. */
import type { Sampling } from '../../../../src-main/ipc/contract/content.ts';
import { texts } from './texts/index.ts';

export interface SamplingChoice {
  readonly value: string;
  readonly label: string;
  readonly group: string;
  readonly sampling: Sampling;
}

const tried: readonly Sampling[] = [
  null,
  { fps: 0.5 },
  { fps: 1 },
  { fps: 2 },
  { fps: 4 },
  { fps: 8 },
  { frames: 4 },
  { frames: 16 },
  { frames: 32 },
  { frames: 64 },
];

export const keyOf = (sampling: Sampling): string => JSON.stringify(sampling);

export function wordsFor(sampling: Sampling): string {
  if (sampling === null) return texts().samplingDefault;
  if ('fps' in sampling) return texts().samplingFps(sampling.fps);
  if ('frames' in sampling) return texts().samplingFrames(sampling.frames);
  return texts().samplingMoments(sampling.timestampsMs.length);
}

/** Those of conversations first, then some to try; each once. @param chosen is among them */
export function samplingChoices(used: readonly Sampling[], chosen: Sampling): SamplingChoice[] {
  const choices = new Map<string, SamplingChoice>();
  const add = (sampling: Sampling, group: string): void => {
    const value = keyOf(sampling);
    if (choices.has(value)) return;
    choices.set(value, { value, label: wordsFor(sampling), group, sampling });
  };
  for (const sampling of used) add(sampling, texts().samplingUsed);
  for (const sampling of tried) add(sampling, texts().samplingTry);
  add(chosen, texts().samplingOther);
  return [...choices.values()];
}
