import type { Split } from '../../../../src-main/ipc/contract/library.ts';
import { formatCount, formatQuantity } from '../../../ui/format.ts';

const items = (count: number): string => formatQuantity(count, 'item');
const files = (count: number): string => formatQuantity(count, 'file');

export const en = {
  title: 'Library',
  items,
  grid: 'Items',
  someOf: (count: number, all: number) => `${formatCount(count)} of ${formatCount(all)}`,
  theFilters: 'the filters',
  item: 'Item',
  chosen: (count: number) =>
    `${items(count)} chosen. What you do in the bar below is done to all of them.`,
  selectNothing: 'Select nothing',

  trashIsEmpty: 'The trash is empty',
  trashText: 'What you delete waits here until you delete it for good.',
  backToLibrary: 'Back to the library',
  nothingMatches: 'Nothing matches',
  noItemFits: (filter: string) => `No item fits ${filter}.`,
  clearFilter: 'Clear the filter',

  loading: 'Loading',
  videoOf: (length: string) => `video of ${length}`,
  fileMissing: 'file missing',
  marks: (count: number) => formatQuantity(count, 'mark'),
  samplesCount: (count: number) => formatQuantity(count, 'sample'),
  stars: (count: number) => formatQuantity(count, 'star'),
  notWhereItWas: 'The file is not where it was',
  cannotBeShown: 'This picture cannot be shown.',

  emptyTitle: 'Drop images and videos here',
  emptyText:
    'Or whole folders: everything below them is taken in. Files stay where they are; Lensmith keeps marks, conversations and splits beside them.',
  import: 'Import…',
  importFolder: 'Import a folder…',
  openSample: 'Open the sample project',
  steps: [
    ['Bring in', 'what the model should learn to see'],
    ['Mark', 'what matters, and write what to say about it'],
    ['Train', 'on this machine, then ask it'],
  ] as readonly (readonly [verb: string, rest: string])[],
  formats: 'JPEG, PNG, WebP, AVIF, TIFF, GIF, HEIC, BMP · MP4, MOV, WebM, MKV, AVI',
  keyImports: 'imports, Ctrl+V pastes',

  keys: {
    before: 'The item before; Shift extends',
    next: 'The next item; Shift extends',
    above: 'The item above',
    below: 'The item below',
    screenUp: 'A screen up',
    screenDown: 'A screen down',
    first: 'The first item',
    last: 'The last item',
    toggle: 'Add to the selection, or take out of it',
    all: 'Select all',
    filter: 'Filter',
    rate: (stars: number) => `Rate ${stars}`,
    unrate: 'Take the rating away',
    tag: 'Tag the selection',
    restore: 'Restore from the trash',
    import: 'Import images and videos…',
  },
  annotate: 'Annotate',
  newSample: 'New sample',
  toTrash: 'Move to the trash',
  restore: 'Restore',
  addToLibrary: (what: string) => `Add ${what} to the library`,
  report: 'Report',

  selection: 'Selection',
  eraseEllipsis: 'Delete for good…',
  erase: 'Delete for good',
  eraseTitle: (count: number) => `Delete ${items(count)} for good?`,
  eraseText:
    'Their marks, tags and the samples that are about nothing else go with them. This cannot be undone.',
  eraseFiles:
    'Files that were copied into the project are deleted from the disk. Files elsewhere stay where they are.',
  keepThem: 'Keep them',
  tags: 'Tags',
  addTag: 'Add a tag',
  addTagEllipsis: 'Add a tag…',
  split: 'Split',
  splits: { train: 'Train', validation: 'Validation', test: 'Test' },
  shortSplits: { none: 'None', train: 'Train', validation: 'Valid.', test: 'Test' },
  inNoSplit: 'In no split',
  rating: 'Rating',
  none: 'None',
  menu: 'Items',

  done: {
    split: (count: number, split: Split | null) =>
      `${items(count)} put ${split === null ? 'in no split' : `in ${split}`}`,
    tagged: (count: number, names: string) => `${items(count)} tagged ${names}`,
    untagged: (count: number, names: string) => `${names} taken off ${items(count)}`,
    trashed: (count: number) => `${items(count)} moved to the trash`,
    restored: (count: number) => `${items(count)} restored`,
    erased: (count: number, copies: number) =>
      `${items(count)} deleted for good; ${
        copies === 0
          ? 'no file was deleted'
          : `${formatQuantity(copies, 'copy', 'copies')} deleted from the disk`
      }`,
    added: (count: number, left: number) =>
      left === 0 ? `${items(count)} added` : `${items(count)} added, ${files(left)} left out`,
    clipped: (count: number) =>
      `${formatQuantity(count, 'picture holds', 'pictures hold')} values that a model sees as white.`,
    lookalikes: (groups: number) =>
      `${formatQuantity(groups, 'group')} of near-duplicates among them`,
  },
  review: 'Review',
  uploadFailed: 'The upload failed.',
  pasted: (date: string) => `Pasted ${date}`,
  importTitle: 'Import images and videos',
  importFolderTitle: 'Import a folder',

  nearDuplicates: 'Near-duplicates',
  keepOneOfEach: 'Keep one of each',
  comparing: 'Comparing pictures…',
  noneAlike: 'Nothing else looks alike.',
  groups: (count: number) =>
    `${formatQuantity(count, 'group')}. The largest comes first; click the one that stays.`,
  keepAll: 'Keep all',
  trashOthers: (count: number) =>
    count === 1 ? 'Trash the other' : `Trash the other ${formatCount(count)}`,

  sortBy: 'Sort by',
  sorts: {
    added: 'Added',
    taken: 'Taken',
    name: 'Name',
    size: 'File size',
    rating: 'Rating',
    random: 'Shuffled',
  },
  shuffleAgain: 'Shuffle again',
  highestFirst: 'Highest first',
  lowestFirst: 'Lowest first',
  density: 'Density',
  densities: { large: 'Large', normal: 'Normal', dense: 'Dense' },
  more: 'More',
  moreOfLibrary: 'More of the library',
  lookForLookalikes: 'Look for near-duplicates',
  findMissing: 'Find missing files…',

  filter: 'Filter',
  filterHint: 'Filter: words, or type:image tag:… rating>=3',
  changeTerm: 'Change this term',
  removeTerm: (text: string) => `Remove ${text}`,
  completions: 'Completions',
  filters: 'Filters',
  sections: { type: 'Type', split: 'Split', annotated: 'Marks', status: 'Samples' },
  facets: {
    image: 'Images',
    video: 'Videos',
    train: 'Train',
    validation: 'Validation',
    test: 'Test',
    yes: 'With marks',
    no: 'Without marks',
    draft: 'Draft',
    reviewed: 'Reviewed',
    rejected: 'Rejected',
  } as Readonly<Record<string, string>>,
  nothingOf: {
    split: 'In no split',
    label: 'Without label',
    status: 'Without samples',
  } as Readonly<Record<string, string>>,
  starsOrMore: (stars: number) => `${stars} stars or more`,
  tagsTeach: 'Select items and press T to tag them.',
  labels: 'Labels',
  labelsTeach: 'Labels of marks appear here.',
  trash: 'Trash',
  notThis: (name: string) => `Not ${name}`,
  allButThese: (name: string) => `${name}; with Alt: all but these`,

  facts: {
    length: 'Length',
    frames: (length: string, frames: number | null) => `${length}, ${frames ?? '?'} frames`,
    rate: 'Rate',
    perSecond: (rate: string, hasSound: boolean) =>
      `${rate} a second${hasSound ? ', with sound' : ''}`,
    codec: 'Codec',
    size: 'Size',
    format: 'Format',
    upright: (format: string) => `${format}, turned upright`,
    taken: 'Taken',
    added: 'Added',
    where: 'Where',
  },
  thumbnailOf: (name: string) => `Thumbnail of ${name}`,
  missingText: 'The file is not where it was. Marks and samples are safe; training needs the file.',
  clipped: 'White to a model',
  clippedText:
    '16-bit grey with values above 255: a model sees all of them as white, here as in Hugging Face transformers. Save it with 8 bits, in the window that shows what matters, and import that.',
  forTraining: 'For training',
  notes: 'Notes',
  notesHint: 'Anything worth finding again',
  samples: 'Samples',
  noQuestion: 'No question yet',
  noAnswer: 'No answer yet',
  statuses: { draft: 'draft', reviewed: 'reviewed', rejected: 'rejected' } as Readonly<
    Record<string, string>
  >,
  samplesTeach: 'What should a model say about it? New sample writes it down.',
  file: 'File',
  showInFolder: 'Show in its folder',
  history: 'History',

  importDone: 'Import',
  reportGone: 'This report is gone: it is kept as long as the project is open.',
  countAdded: (count: number) => `${items(count)} added`,
  soFar: ' so far',
  restCancelled: '; the rest was cancelled',
  undoTakesBack: 'Undo takes all of it back.',
  broken: 'Broken',
  alreadyHere: 'Already here',
  inTrash: (count: number) => `${formatQuantity(count, 'of them is', 'of them are')} in the trash.`,
  sameAsTrashed: 'The same contents as an item in the trash',
  sameAs: 'The same contents as',
  thisItem: 'this item',
  foundAgain: 'Found again',
  noMedia: 'No images or videos',
  andMore: (count: number) => `and ${formatCount(count)} more`,

  uploading: (done: number, total: number) => `Uploading ${formatCount(done)} of ${files(total)}`,
  upload: 'Upload',
  cancel: 'Cancel',
  missing: (count: number) =>
    count === 1
      ? `${files(count)} is not where it was. Nothing of your work is lost.`
      : `${files(count)} are not where they were. Nothing of your work is lost.`,
  show: 'Show',
  findThem: 'Find them…',

  watchedFolders: 'Watched folders',
  notThereNow: 'not there now',
  stopWatching: (path: string) => `Stop watching ${path}`,
  path: 'Path',
  places: 'Places',
  foldersAndFiles: 'Folders and files',
  oneUp: 'One up',
  folderIsCut: 'There is more in this folder; importing it takes all of it.',
  filesChosen: (count: number) => `${files(count)} chosen`,
  mediaHere: (count: number) =>
    `${formatQuantity(count, 'image or video', 'images and videos')} here; the folders below count too`,
  copyIn: 'Copy into the project',
  copyInHint: 'Else the files stay where they are and are found there.',
  watchThis: 'Watch this folder',
  watchThisHint: 'What appears in it later is added by itself.',
  filesOfComputer: 'Files of this computer',
  uploadFrom: 'Upload from this computer…',
  importCount: (count: number) => `Import ${formatCount(count)}`,
  importAndWatch: 'Import and watch',
  importThis: 'Import this folder',

  findTitle: 'Find missing files',
  lookIn: 'Look for missing files in',
  search: 'Search',
  foundItems: (found: number, lost: number) =>
    lost === 0
      ? `${items(found)} found again. Nothing is missing any more.`
      : `${items(found)} found again, ${items(lost)} not found here:`,
  findText:
    'Choose a folder: files in it and below are compared by their contents, so renamed ones are found too.',
  close: 'Close',
  lookHere: 'Look here',
  chooseFolder: 'Choose a folder…',
  stop: 'Stop',

  marksFile: {
    import: 'Import marks…',
    export: 'Export marks…',
    importTitle: 'Import marks of pictures',
    exportTitle: 'Export marks of pictures',
    importText:
      'COCO JSON, as most labelling programs write it: boxes, outlines, masks and keypoints. The pictures have to be in the library; they are found by their names and folders. Marks that are there already do not come twice, and labels that are missing are made.',
    exportText:
      'One file in COCO form with boxes, outlines, masks and keypoints, for labelling programs and other tools.',
    fits: (pictures: number, marks: number) =>
      `${formatQuantity(marks, 'mark')} of ${formatQuantity(pictures, 'picture')} will be written.`,
    unlabelled: (count: number) =>
      `${formatQuantity(count, 'mark has', 'marks have')} no label: left out, since COCO has no marks without.`,
    withoutForm: (count: number) =>
      `${formatQuantity(count, 'line or point', 'lines and points')}: left out, since COCO has no form for them.`,
    turned: (count: number) =>
      `${formatQuantity(count, 'turned box becomes an outline', 'turned boxes become outlines')} of four corners.`,
    looking: 'Looking what fits',
    file: 'File',
    importStart: 'Import',
    exportStart: 'Export',
    imported: (marks: number, pictures: number) =>
      `${formatQuantity(marks, 'mark')} added to ${formatQuantity(pictures, 'picture')}.`,
    alreadyThere: (count: number) =>
      `${formatQuantity(count, 'mark was', 'marks were')} there already.`,
    leftOut: (count: number) => `${formatQuantity(count, 'part')} of the file left out`,
    notImported: 'Nothing was imported',
    notWritten: 'Nothing was written',
    written: (marks: number, pictures: number) =>
      `${formatQuantity(marks, 'mark')} of ${formatQuantity(pictures, 'picture')} written to`,
    importStopped: 'Stopped. What was added until then is there; one undo takes it back.',
    exportStopped: 'Stopped. Nothing was written.',
    marksLeftOut: (count: number) => `${formatQuantity(count, 'mark', 'marks')} left out.`,
    importAnother: 'Import another file',
  },
  lookElsewhere: 'Look elsewhere',
};

export type LibraryTexts = typeof en;
