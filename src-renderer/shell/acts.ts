/** What can be done anywhere in the window. Ids are those that the desktop's menus send too. */
import { screens } from '../features/index.ts';
import { wordsOf } from '../ui/catalogue.ts';
import { shortcuts } from '../ui/keyboard.ts';
import type { Shortcut } from '../ui/keyboard.ts';
import { languageChoices, languageNames } from '../ui/language.svelte.ts';
import { inspector } from './inspector.svelte.ts';
import { navigation } from './navigation.svelte.ts';
import { overlays } from './overlays.svelte.ts';
import { preferences } from './preferences.svelte.ts';
import { projects } from './project.svelte.ts';
import { goAct } from './screen.ts';
import { texts } from './texts/index.ts';
import { themeChoices } from './theme.svelte.ts';
import { undoScopes } from './undo.svelte.ts';

const anywhere = (): string => texts().scopes.anywhere;
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
  const folder = await desktop.chooseFolder({ title: texts().chooseProject });
  if (folder !== null) await projects.open(folder);
}

function windowActs(): Shortcut[] {
  return [
    {
      id: 'palette',
      scope: anywhere,
      description: () => texts().acts.palette,
      keys: 'Mod+K',
      worksInFields: true,
      worksInDialogs: true,
      isOnlyKey: true,
      run: () => overlays.toggle('palette'),
    },
    {
      id: 'shortcuts',
      scope: anywhere,
      description: () => texts().acts.shortcuts,
      keys: '?',
      worksInDialogs: true,
      run: () => overlays.toggle('shortcuts'),
    },
    {
      id: 'inspector',
      scope: anywhere,
      description: () => texts().acts.inspector,
      keys: 'Mod+B',
      isActive: () => inspector.filling !== undefined,
      run: () => {
        inspector.isOpen = !inspector.isOpen;
      },
    },
    {
      id: 'undo',
      scope: anywhere,
      description: () => texts().acts.undo,
      keys: 'Mod+Z',
      isActive: hasProject,
      run: () => undoScopes.step('undo'),
    },
    {
      id: 'redo',
      scope: anywhere,
      description: () => texts().acts.redo,
      keys: ['Mod+Shift+Z', 'Mod+Y'],
      isActive: hasProject,
      run: () => undoScopes.step('redo'),
    },
  ];
}

function projectActs(): Shortcut[] {
  const group = (): string => texts().scopes.project;
  return [
    {
      id: 'new-project',
      scope: group,
      description: () => texts().acts.newProject,
      keys: 'Mod+Shift+N',
      run: beginProject,
    },
    {
      id: 'open-project',
      scope: group,
      description: () => texts().acts.openProject,
      keys: 'Mod+O',
      run: chooseProject,
    },
    {
      id: 'open-sample',
      scope: group,
      description: () => texts().acts.openSample,
      run: () => projects.openSample(),
    },
    {
      id: 'close-project',
      scope: group,
      description: () => texts().acts.closeProject,
      isActive: hasProject,
      run: () => projects.close(),
    },
  ];
}

function themeActs(): Shortcut[] {
  return themeChoices.map((choice) => ({
    id: `theme.${choice}`,
    scope: () => texts().scopes.theme,
    description: () => texts().acts.theme(texts().themes[choice]),
    run: () => preferences.choose({ theme: choice }),
  }));
}

function languageActs(): Shortcut[] {
  return languageChoices.map((choice) => ({
    id: `language.${choice}`,
    scope: () => texts().scopes.language,
    description: () =>
      texts().acts.language(choice === 'system' ? texts().themes.system : languageNames[choice]),
    run: () => preferences.choose({ language: choice }),
  }));
}

function placeActs(): Shortcut[] {
  return screens.map(({ id, title, keys, routes, worksWithoutProject }) => ({
    id: goAct(id),
    scope: () => texts().scopes.places,
    description: () => texts().acts.go(wordsOf(title)),
    keys,
    worksInFields: keys.startsWith('Mod+'),
    isActive: () => worksWithoutProject === true || hasProject(),
    run: () => navigation.go(routes[0] ?? '/'),
  }));
}

/** Puts the acts of the shell in the registry. */
export function registerActs(): () => void {
  return shortcuts.register([
    ...[...languageActs(), ...themeActs(), ...projectActs()],
    ...[...placeActs(), ...windowActs()],
  ]);
}
