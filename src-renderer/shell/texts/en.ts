import { englishDesktopWords } from '../../../src-main/ipc/contract/desktop-words.ts';
import type { DesktopWords } from '../../../src-main/ipc/contract/desktop-words.ts';
import { formatCount, formatQuantity } from '../../ui/format.ts';

export const en = {
  /** Groups of acts in the palette and among the keys. */
  scopes: {
    anywhere: 'Anywhere',
    project: 'Project',
    places: 'Places',
    theme: 'Theme',
    language: 'Language',
  },
  acts: {
    palette: 'Search commands and places',
    shortcuts: 'Show all keys',
    inspector: 'Show or hide the inspector',
    undo: 'Undo',
    redo: 'Redo',
    newProject: 'New project…',
    openProject: 'Open project…',
    openSample: 'Open the sample project',
    closeProject: 'Close the project',
    theme: (name: string) => `Theme: ${name}`,
    language: (name: string) => `Language: ${name}`,
    go: (place: string) => `Go to ${place}`,
  },
  chooseProject: 'Open a project',
  skip: 'Skip to the content',

  themes: { system: 'As the system', light: 'Light', dark: 'Dark', contrast: 'High contrast' },
  theme: 'Theme',
  keys: 'Keys',
  or: 'or',
  nothingByKeys: 'These keys do nothing here.',
  tryKeys: 'Press keys to see what they do here.',
  changeKeys: 'Change keys…',
  place: 'Place',
  places: 'Places',
  hideInspector: 'Hide the inspector',
  showInspector: 'Show the inspector',
  inspector: 'the inspector',
  connecting: 'Connecting',

  connectionLost:
    'The connection to the core was lost. Everything up to your last act is saved; training goes on from its last checkpoint.',
  connectingAgain: 'Connecting again',
  loadAgain: 'Load the window again',

  jobs: 'Jobs',
  jobsActive: (count: number) => `${formatQuantity(count, 'job')} going on`,
  jobsFailed: (count: number) => `${formatQuantity(count, 'job')} failed`,
  noJobs: 'Imports, exports and other long work show here while they run.',
  jobFailed: 'It failed.',
  jobFailedAs: (title: string, why: string) => `${title}: ${why}`,
  cancelled: 'Cancelled',
  queued: 'Waits for its turn',
  done: 'Done',
  paused: 'Paused',
  progress: (done: number, total: number) => `${formatCount(done)} of ${formatCount(total)}`,
  pauseJob: (title: string) => `Pause ${title}`,
  resumeJob: (title: string) => `Resume ${title}`,
  cancelJob: (title: string) => `Cancel ${title}`,
  dismissJob: (title: string) => `Dismiss ${title}`,

  jobDialog: {
    working: 'At work',
    stop: 'Stop',
    inBackground: 'Go on in the background',
    done: 'Done',
  },

  cancel: 'Cancel',
  create: 'Create',
  open: 'Open',
  choose: 'Choose…',
  name: 'Name',
  folder: 'Folder',
  newProject: 'New project',
  untitled: 'Untitled',
  nameExample: 'Solder joints, line 4',
  newFolderHint:
    'It must be new or empty. Everything of the project stands in it, so it can be moved and copied.',
  projectFolder: 'Folder of the project',
  openProject: 'Open project',
  folderExample: '/home/you/Lensmith/solder-joints',
  openFolderHint: 'On the machine that runs Lensmith, which need not be the one you sit at.',
  folderUntouched: 'Nothing in the folder was changed.',
  project: 'Project',
  rename: 'Rename',
  renameDots: 'Rename…',
  renameTitle: 'Rename the project',
  renameHint: 'The folder keeps its name.',
  showFolder: 'Show the folder',
  recent: 'Recent',

  searchLabel: 'Command or place',
  searchExample: 'What do you want to do?',
  found: 'Commands and places',
  notFound: 'Nothing of that name. Try fewer letters.',
  openRecent: (name: string) => `Open ${name}`,

  fault: 'This place ran into a fault',
  faultMeaning: 'Everything you did is saved: each act is written down as it is done.',
  tryAgain: 'Try again',
  noPlace: 'There is no such place',
  noPlaceText: (path: string) => `Nothing is at ${path}.`,
  backToStart: 'Back to the start',
  isLoading: (place: string) => `${place} is loading`,

  claim: 'Teach a vision-language model what you know, on your own machine.',
  openFailed: 'The project could not be opened',
  openFailedMeaning: 'Nothing in its folder was changed.',
  newProjectText: 'An empty library for your own images and videos',
  openProjectText: 'A project folder that is on this machine',
  openSampleText: 'Marked images and a small model, ready to train in a minute or two',
  missing: (folder: string) => `Not there now: ${folder}`,
  forget: (name: string) => `Take ${name} off this list`,
  opening: 'Opening',

  cores: (cpu: string, count: number) => `${cpu}, ${formatQuantity(count, 'core')}`,
  chosenCard: (number: string) => `Graphics card ${number}`,
  memoryUsed: (share: string) => `${share} used`,
  computeElsewhere: 'Choose where to compute…',
  modelLoaded: (name: string, size: string, device: string) =>
    `${name} is in memory: ${size} of weights on ${device}`,
  notConnected: 'Not connected',
  saved: 'Saved',
  training: 'Training',

  runPreparing: (run: string) => `${run}: getting ready`,
  runReading: (run: string, done: number, total: number) =>
    `${run}: reading ${formatCount(done)} of ${formatCount(total)} samples`,
  runAt: (run: string, parts: readonly string[]) => `${run}: ${parts.join(', ')}`,
  step: (step: number) => `step ${formatCount(step)}`,
  stepOf: (step: number, total: number) => `step ${formatCount(step)} of ${formatCount(total)}`,
  loss: (loss: string) => `loss ${loss}`,
  phases: {
    preparing: 'preparing',
    training: 'training',
    evaluating: 'evaluating',
    pausing: 'pausing',
    stopping: 'stopping',
  },
  runEnds: { done: 'done.', stopped: 'stopped.', paused: 'paused.' },
  runEndedEarly: 'It ended early.',
  show: 'Show',

  dropFirst: 'Open a project first',
  images: (count: number) => formatQuantity(count, 'image'),
  videos: (count: number) => formatQuantity(count, 'video'),
  otherFiles: (count: number) =>
    formatQuantity(count, 'folder or other file', 'folders or other files'),
  theseFiles: 'these files',
  and: (parts: readonly string[]) =>
    parts.length < 3
      ? parts.join(' and ')
      : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1) ?? ''}`,

  nothingTo: { undo: 'Nothing to undo here', redo: 'Nothing to redo here' },
  did: {
    undo: (label: string) => `Undid: ${label}`,
    redo: (label: string) => `Redid: ${label}`,
  },

  /** Of the desktop's own menus, icon and notices. */
  desktop: englishDesktopWords as DesktopWords,
};

export type ShellTexts = typeof en;
