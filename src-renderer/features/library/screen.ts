/** The library's place in the window, and what works of it on every screen. */
import LayoutGrid from '@lucide/svelte/icons/layout-grid';
import { dropTargets } from '../../shell/drop.svelte.ts';
import { describeSummary } from '../../shell/dropped-files.ts';
import { jobLinks } from '../../shell/job-links.ts';
import { navigation } from '../../shell/navigation.svelte.ts';
import { projects } from '../../shell/project.svelte.ts';
import type { Screen } from '../../shell/screen.ts';
import { shortcuts } from '../../ui/keyboard.ts';
import type { Shortcut } from '../../ui/keyboard.ts';
import { askForFolder, askForImport, imports } from './imports.svelte.ts';
import { emptyListing, library } from './library.svelte.ts';

function start(): void {
  dropTargets.add({
    describe: (summary) => `Add ${describeSummary(summary)} to the library`,
    accept: (dropped) => imports.files(dropped),
  });
  const isActive = (): boolean => Boolean(projects.current);
  shortcuts.register([
    {
      id: 'import',
      scope: 'Library',
      description: 'Import images and videos…',
      keys: 'Mod+I',
      isActive,
      run: askForImport,
    },
    {
      id: 'import-folder',
      scope: 'Library',
      description: 'Import a folder…',
      isActive,
      run: askForFolder,
    },
  ]);
  jobLinks.set('import', {
    label: 'Report',
    run: (jobId) => {
      library.reportJobId = jobId;
      navigation.go('/library');
    },
  });
}

async function listActs(): Promise<readonly Shortcut[]> {
  const { gridKeys } = await import('./grid-keys.ts');
  const nothing = (): undefined => undefined;
  return gridKeys({
    listing: () => emptyListing,
    layout: nothing,
    pageRows: () => 1,
    reveal: nothing,
    focusFilter: nothing,
    tag: nothing,
  });
}

export const libraryScreen: Screen = {
  id: 'library',
  title: 'Library',
  icon: LayoutGrid,
  routes: ['/library'],
  load: () => import('./LibraryScreen.svelte'),
  order: 10,
  keys: 'G L',
  start,
  listActs,
};
