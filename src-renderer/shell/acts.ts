/** What can be done anywhere in the window. Ids are those that the desktop's menus send too. */
import { screens } from '../features/index.ts';
import { shortcuts } from '../ui/keyboard.ts';
import type { Shortcut } from '../ui/keyboard.ts';
import { inspector } from './inspector.svelte.ts';
import { navigation } from './navigation.svelte.ts';
import { overlays } from './overlays.svelte.ts';
import { projects } from './project.svelte.ts';
import { theme } from './theme.svelte.ts';
import type { ThemeChoice } from './theme.svelte.ts';
import { undoScopes } from './undo.svelte.ts';

const scope = 'Anywhere';
const hasProject = (): boolean => Boolean(projects.current);

/** Asks for the name and the folder of a new project. */
export function beginProject(): void {
  projects.problem = null;
  overlays.open = 'new-project';
}

/** Asks for a folder natively on a desktop, in a dialog of ours elsewhere. */
export async function chooseProject(): Promise<void> {
  const desktop = window.lensmithDesktop;
  projects.problem = null;
  if (desktop === undefined) {
    overlays.open = 'open-project';
    return;
  }
  const folder = await desktop.chooseFolder({ title: 'Open a project' });
  if (folder !== null) await projects.open(folder);
}

function windowActs(): Shortcut[] {
  return [
    {
      id: 'palette',
      scope,
      description: 'Search commands and places',
      keys: 'Mod+K',
      worksInFields: true,
      isOnlyKey: true,
      run: () => overlays.toggle('palette'),
    },
    {
      id: 'shortcuts',
      scope,
      description: 'Show all keys',
      keys: '?',
      run: () => overlays.toggle('shortcuts'),
    },
    {
      id: 'inspector',
      scope,
      description: 'Show or hide the inspector',
      keys: 'Mod+B',
      isActive: () => inspector.filling !== undefined,
      run: () => {
        inspector.isOpen = !inspector.isOpen;
      },
    },
    {
      id: 'undo',
      scope,
      description: 'Undo',
      keys: 'Mod+Z',
      isActive: hasProject,
      run: () => undoScopes.step('undo'),
    },
    {
      id: 'redo',
      scope,
      description: 'Redo',
      keys: ['Mod+Shift+Z', 'Mod+Y'],
      isActive: hasProject,
      run: () => undoScopes.step('redo'),
    },
  ];
}

function projectActs(): Shortcut[] {
  const group = 'Project';
  return [
    {
      id: 'new-project',
      scope: group,
      description: 'New project…',
      keys: 'Mod+Shift+N',
      run: beginProject,
    },
    {
      id: 'open-project',
      scope: group,
      description: 'Open project…',
      keys: 'Mod+O',
      run: chooseProject,
    },
    {
      id: 'open-sample',
      scope: group,
      description: 'Open the sample project',
      run: () => projects.openSample(),
    },
    {
      id: 'close-project',
      scope: group,
      description: 'Close the project',
      isActive: hasProject,
      run: () => projects.close(),
    },
  ];
}

function themeActs(): Shortcut[] {
  const names: Readonly<Record<ThemeChoice, string>> = {
    system: 'as the system',
    light: 'light',
    dark: 'dark',
    contrast: 'high contrast',
  };
  return Object.entries(names).map(([choice, name]) => ({
    id: `theme.${choice}`,
    scope: 'Theme',
    description: `Theme: ${name}`,
    run: () => {
      theme.choice = choice as ThemeChoice;
    },
  }));
}

function placeActs(): Shortcut[] {
  return screens.map(({ id, title, keys, routes, worksWithoutProject }) => ({
    id: id === 'settings' ? 'settings' : `go.${id}`,
    scope: 'Places',
    description: `Go to ${title}`,
    keys,
    worksInFields: keys.startsWith('Mod+'),
    isActive: () => worksWithoutProject === true || hasProject(),
    run: () => navigation.go(routes[0] ?? '/'),
  }));
}

/** Puts the acts of the shell in the registry. */
export function registerActs(): () => void {
  return shortcuts.register([...themeActs(), ...projectActs(), ...placeActs(), ...windowActs()]);
}
