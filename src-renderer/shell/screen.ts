import type { LucideIcon } from '@lucide/svelte';
import type { Component } from 'svelte';
import type { Words } from '../ui/catalogue.ts';
import type { Shortcut } from '../ui/keyboard.ts';
import type { RouteParams } from './router.ts';

/** What the component of a screen is given. */
export interface ScreenProps {
  readonly params: RouteParams;
  readonly query: RouteParams;
}

/** A place of the window. A feature is a folder and one line in features/index.ts that names these. */
export interface Screen {
  readonly id: string;
  readonly title: Words;
  readonly icon: LucideIcon;
  /** Forms of its addresses, the one that the rail leads to first: `/annotate`, `/annotate/:itemId`. */
  readonly routes: readonly string[];
  /** Loaded when it is first shown. */
  readonly load: () => Promise<{ readonly default: Component<ScreenProps> }>;
  /** Place in the rail, upwards; those from 100 on stand at its foot. */
  readonly order: number;
  /** Keys that lead here: `G L`. */
  readonly keys: string;
  /** Its acts, for the list of keys while it is not shown; they are not run. */
  readonly listActs?: () => Promise<readonly Shortcut[]>;
  /** It can be used while no project is open. */
  readonly worksWithoutProject?: boolean;
  /** Called once when the window opens: for a drop target or keys that work on every screen. */
  readonly start?: () => void;
}

/** The act that leads to a place; the desktop's menu knows that of the settings. */
export const goAct = (screenId: string): string =>
  screenId === 'settings' ? screenId : `go.${screenId}`;

/** Screens from here on stand at the foot of the rail. */
export const footOrder = 100;
