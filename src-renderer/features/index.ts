/** The places of the window. A feature is a folder here and its line; see shell/screen.ts. */
import { chatScreen } from './chat/screen.ts';
import { samplesScreen } from './conversations/screen.ts';
import { libraryScreen } from './library/screen.ts';
import { modelsScreen } from './models/screen.ts';
import { settingsScreen } from './settings/screen.ts';
import type { Screen } from '../shell/screen.ts';

export const screens: readonly Screen[] = [
  libraryScreen,
  samplesScreen,
  chatScreen,
  modelsScreen,
  settingsScreen,
];
