import * as v from 'valibot';
import { command } from './command.ts';
import { errorWire } from './wire.ts';

/** What a person sets for the program, whatever project is open. */
export const settings = v.object({
  /** Threads of the engine; 0: as the machine has cores. */
  threads: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(256)),
  /** What models compute on; `auto`: the best graphics device, else the processor. */
  device: v.pipe(v.string(), v.regex(/^(auto|cpu|vulkan:\d{1,3})$/)),
  /** Copy media into the project when they are added, instead of pointing at them. */
  copyMedia: v.boolean(),
  /** Bits by which perceptual hashes of near-duplicates may differ. */
  nearDuplicateBits: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(32)),
  /** ffmpeg to use; empty: the first that is found. */
  ffmpegPath: v.string(),
  /** How windows look and speak; `system`: as the machine does. */
  theme: v.picklist(['system', 'light', 'dark', 'contrast']),
  language: v.picklist(['system', 'en', 'de']),
  /** Keys that the person chose, by the id of the act; an empty list takes its keys away. */
  keys: v.record(v.string(), v.array(v.pipe(v.string(), v.maxLength(60)))),
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
  logsDir: v.string(),
});
export type SystemFacts = v.InferOutput<typeof systemFacts>;

/** A graphics device that Vulkan shows. */
const graphicsDevice = v.object({
  /** As `device` of the settings takes it. */
  id: v.string(),
  name: v.string(),
  kind: v.picklist(['discrete', 'integrated', 'virtual', 'software', 'other']),
  driver: v.string(),
  memoryBytes: v.number(),
  features: v.array(v.string()),
  isSoftware: v.boolean(),
  /** What it would need to be used; empty when it can be. */
  lacks: v.string(),
  /** Why `auto` passes it over; null when nothing speaks against it. */
  problem: v.nullable(
    v.object({ kind: v.picklist(['differs', 'ends', 'unchecked']), what: v.string() }),
  ),
});
export type GraphicsDevice = v.InferOutput<typeof graphicsDevice>;

const program = v.object({ path: v.string(), source: v.string(), version: v.string() });

/** What was found on this machine by looking. */
export const doctorReport = v.object({
  engine: v.union([
    v.object({ name: v.string(), description: v.string() }),
    v.object({ error: errorWire }),
  ]),
  cpu: v.object({ model: v.string(), cores: v.number() }),
  memory: v.object({ totalBytes: v.number(), availableBytes: v.number() }),
  gpus: v.array(
    v.object({ name: v.string(), memory: v.nullable(v.string()), driver: v.nullable(v.string()) }),
  ),
  /** What `auto` means on this machine, and half a sentence why. */
  automatic: v.union([
    v.object({ device: v.string(), reason: v.string() }),
    v.object({ error: errorWire }),
  ]),
  vulkan: v.union([v.array(graphicsDevice), v.object({ error: errorWire })]),
  ffmpeg: v.union([
    v.object({
      ffmpeg: program,
      ffprobe: program,
      codecs: v.array(v.string()),
      missingCodecs: v.array(v.string()),
    }),
    v.object({ error: errorWire }),
  ]),
  versions: v.record(v.string(), v.string()),
  healthy: v.boolean(),
});
export type DoctorReport = v.InferOutput<typeof doctorReport>;

export const settingsCommands = {
  'settings.read': command(v.object({}), settings),
  'settings.write': command(v.partial(settings), settings),
  'settings.system': command(v.object({}), systemFacts),
  /** The graphics device that models will be computed on, as people call it; null: the processor. */
  'settings.card': command(v.object({}), v.nullable(v.string())),
  /** Runs what it finds to see that it works: takes a second or two. */
  'settings.doctor': command(v.object({}), doctorReport),
  /** A text to send along with a question: machine, versions, settings, failures, the end of the log. */
  'settings.diagnostics': command(v.object({}), v.string()),
  /** The log of the core as it is, whole but for what is older than its last megabytes. */
  'settings.log': command(v.object({}), v.string()),
};

export const settingsEvents = { 'settings.changed': settings };
