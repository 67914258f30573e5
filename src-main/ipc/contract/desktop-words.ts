/**
 * Words of the desktop's own menus, icon and notices. The page has them in its language and tells them;
 * these are what the shell says until then.
 */
import * as v from 'valibot';

export const englishDesktopWords = {
  file: 'File',
  newProject: 'New Project…',
  openProject: 'Open Project…',
  closeProject: 'Close Project',
  import: 'Add Images and Videos…',
  settings: 'Settings…',
  closeWindow: 'Close Window',
  quit: 'Quit Lensmith',
  edit: 'Edit',
  undo: 'Undo',
  redo: 'Redo',
  cut: 'Cut',
  copy: 'Copy',
  paste: 'Paste',
  selectAll: 'Select All',
  view: 'View',
  palette: 'Command Palette…',
  actualSize: 'Actual Size',
  zoomIn: 'Zoom In',
  zoomOut: 'Zoom Out',
  fullScreen: 'Full Screen',
  developerTools: 'Developer Tools',
  window: 'Window',
  minimize: 'Minimise',
  help: 'Help',
  shortcuts: 'Keyboard Shortcuts',
  about: 'About Lensmith',
  services: 'Services',
  hide: 'Hide Lensmith',
  hideOthers: 'Hide Others',
  showAll: 'Show All',
  showWindow: 'Show Lensmith',
  tryAgain: 'Try Again',
  coreFails: 'Lensmith cannot start its core process.',
  coreFailsDetail: 'Your projects are untouched. It ended again and again.',
} as const;

export type DesktopWords = Readonly<Record<keyof typeof englishDesktopWords, string>>;

const word = v.pipe(v.string(), v.minLength(1), v.maxLength(200));

export const desktopWords = v.object(
  Object.fromEntries(Object.keys(englishDesktopWords).map((key) => [key, word])) as Record<
    keyof DesktopWords,
    typeof word
  >,
);
