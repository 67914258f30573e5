import * as v from 'valibot';
import { command } from './command.ts';

/** What a person sets for the program, whatever project is open. */
export const settings = v.object({
  /** Threads of the engine; 0: as the machine has cores. */
  threads: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(256)),
  /** Copy media into the project when they are added, instead of pointing at them. */
  copyMedia: v.boolean(),
  /** Bits by which perceptual hashes of near-duplicates may differ. */
  nearDuplicateBits: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(32)),
  /** ffmpeg to use; empty: the first that is found. */
  ffmpegPath: v.string(),
});
export type Settings = v.InferOutput<typeof settings>;

/** The machine and this installation, for the status bar and for diagnostics. */
export const systemFacts = v.object({
  version: v.string(),
  platform: v.string(),
  cpu: v.string(),
  cores: v.number(),
  memoryBytes: v.number(),
  freeMemoryBytes: v.number(),
  nodeVersion: v.string(),
  dataDir: v.string(),
  starterModelDir: v.string(),
});
export type SystemFacts = v.InferOutput<typeof systemFacts>;

export const settingsCommands = {
  'settings.read': command(v.object({}), settings),
  'settings.write': command(v.partial(settings), settings),
  'settings.system': command(v.object({}), systemFacts),
};

export const settingsEvents = { 'settings.changed': settings };
