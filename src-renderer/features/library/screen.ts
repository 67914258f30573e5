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
import type { MarksWish } from './library.svelte.ts';
import { texts } from './texts/index.ts';

function openMarks(wish: MarksWish): void {
  library.marksWish = wish;
  navigation.go('/library');
}

function start(): void {
  dropTargets.add({
    describe: (summary) => texts().addToLibrary(describeSummary(summary)),
    accept: (dropped) => imports.files(dropped),
  });
  const isActive = (): boolean => Boolean(projects.current);
  shortcuts.register([
    {
      id: 'import',
      scope: () => texts().title,
      description: () => texts().keys.import,
      keys: 'Mod+I',
      isActive,
      run: askForImport,
    },
    {
      id: 'import-folder',
      scope: () => texts().title,
      description: () => texts().importFolder,
      isActive,
      run: askForFolder,
    },
    {
      id: 'import-marks',
      scope: () => texts().title,
      description: () => texts().marksFile.import,
      isActive,
      run: () => openMarks({ way: 'import', jobId: null }),
    },
    {
      id: 'export-marks',
      scope: () => texts().title,
      description: () => texts().marksFile.export,
      isActive,
      run: () => openMarks({ way: 'export', itemIds: null }),
    },
  ]);
  jobLinks.set('import-marks', {
    label: () => texts().report,
    run: (jobId) => openMarks({ way: 'import', jobId }),
  });
  jobLinks.set('import', {
    label: () => texts().report,
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
  title: () => texts().title,
  icon: LayoutGrid,
  routes: ['/library'],
  load: () => import('./LibraryScreen.svelte'),
  order: 10,
  keys: 'G L',
  start,
  listActs,
};
