import { formatQuantity } from '../../../ui/format.ts';

export const en = {
  title: 'Settings',
  unreadable: 'Settings cannot be read',
  pages: { general: 'General', keys: 'Keys' },

  appearance: 'Appearance',
  theme: 'Theme',
  language: 'Language',

  engine: 'Engine',
  device: 'Compute on',
  deviceAuto: 'Automatic',
  deviceAutoIs: (name: string) => `Automatic: ${name}`,
  deviceMissing: (id: string) => `${id}, which is not there any more`,
  deviceHint:
    'A graphics card is faster and has a memory of its own. Takes effect with the next answer, or the next training run.',
  allCores: 'All cores',
  allCoresHint: (cores: number) =>
    `This machine has ${cores}. Fewer threads leave room for other programs; models answer and train slower.`,
  threads: 'Threads',
  threadsHint: 'Takes effect with the next answer, or the next training run.',

  library: 'Library',
  copyMedia: 'Copy media into the project',
  copyMediaHint:
    'A project that holds its media can be moved to another machine. Otherwise it points at the files where they are.',
  nearDuplicates: 'Near-duplicates differ by at most',
  bits: 'bits',
  nearDuplicatesHint:
    'Of the 64 of their perceptual hashes. Fewer: only what is nearly the same picture.',

  video: 'Video',
  ffmpegExample: 'The first one that is found',
  ffmpegHint: 'The whole path of the program, where the one that is found is not the one you want.',

  machine: 'This machine',
  examining: 'Looking at what this machine offers',
  examineFailed: 'This machine could not be examined',
  processor: 'Processor',
  cores: (cpu: string, count: number) => `${cpu}, ${formatQuantity(count, 'core')}`,
  engineFailed: 'Models cannot be used',
  memory: 'Memory',
  memoryUsed: (share: string) => `${share} in use`,
  graphics: 'Graphics',
  noGraphics: 'None that was found',
  graphicsWithoutDriver: 'without a Vulkan driver, so models cannot use it',
  deviceLacks: (what: string) => `models cannot use it: ${what} is missing`,
  deviceProblems: {
    differs: (what: string) => `passed over: it gives other numbers than the processor (${what})`,
    ends: (what: string) => `passed over: it ends the process that computes on it (${what})`,
    unchecked: (what: string) => `passed over: it could not be checked (${what})`,
  },
  deviceImitated: 'computes on the processor, slower than models do there themselves',
  ffmpegFailed: 'Videos cannot be read with it',
  ffmpegFailedMeaning: 'Pictures work without it.',
  reads: (codecs: string) => `Reads ${codecs}`,
  readsBut: (codecs: string, missing: string) => `Reads ${codecs}; not ${missing}`,
  versions: 'Versions',

  folders: 'Folders',
  dataFolder: 'Data',
  logsFolder: 'Logs',
  starterModel: 'Starter model',
  showFolder: (name: string) => `Show ${name.toLowerCase()} in the file manager`,

  diagnostics: 'Diagnostics',
  diagnosticsText:
    'What runs here, on what, and what went wrong lately. Names of media, projects and folders are left out. Nothing is sent: the text goes where you paste it.',
  copyDiagnostics: 'Copy diagnostics…',
  diagnosticsTitle: 'This is what will be copied',
  gathering: 'Gathering what is known',
  copy: 'Copy',
  cancel: 'Cancel',
  copied: 'Diagnostics are on the clipboard.',
  openLogs: 'Open the log folder',
  downloadLog: 'Download the log',

  findKeys: 'Find an act or its keys',
  foundNoKeys: 'No act of that name.',
  change: (act: string) => `Change the keys of ${act}`,
  reset: (act: string) => `Give ${act} its own keys back`,
  takeAway: (act: string) => `Take the keys of ${act} away`,
  resetAll: 'Reset all keys',
  allReset: 'All acts have their own keys again.',
  recording: (act: string) => `New keys of ${act}`,
  pressKeys: 'Press the new keys. Escape keeps the old ones.',
  pressSecond: 'Press a second key, or wait.',
  isTaken: (keys: string, acts: string) => `${keys} belongs to ${acts}.`,
  takeOver: 'Take it from there',
  keepOld: 'Keep the old ones',
  reserved: (keys: string) => `${keys} belongs to the browser or to the system. Try other keys.`,
  or: 'or',
  noKeys: 'none',
  fixed: 'These say where to go and stay as they are.',
};

export type SettingsTexts = typeof en;
