/** The places of the window. A feature is a folder here and its line; see shell/screen.ts. */
import { annotateScreen } from './annotate/screen.ts';
import { chatScreen } from './chat/screen.ts';
import { samplesScreen } from './conversations/screen.ts';
import { datasetsScreen } from './datasets/screen.ts';
import { evaluateScreen } from './evaluate/screen.ts';
import { libraryScreen } from './library/screen.ts';
import { modelsScreen } from './models/screen.ts';
import { settingsScreen } from './settings/screen.ts';
import { trainScreen } from './train/screen.ts';
import type { Screen } from '../shell/screen.ts';

export const screens: readonly Screen[] = [
  libraryScreen,
  annotateScreen,
  samplesScreen,
  datasetsScreen,
  trainScreen,
  evaluateScreen,
  chatScreen,
  modelsScreen,
  settingsScreen,
];
