import MessagesSquare from '@lucide/svelte/icons/messages-square';
import { jobLinks } from '../../shell/job-links.ts';
import { navigation } from '../../shell/navigation.svelte.ts';
import { projects } from '../../shell/project.svelte.ts';
import type { Screen } from '../../shell/screen.ts';
import { shortcuts } from '../../ui/keyboard.ts';
import { samplesView } from './samples-view.svelte.ts';
import { texts } from './texts/index.ts';

function openImport(jobId: string | null): void {
  samplesView.importJobId = jobId;
  samplesView.isImportOpen = true;
  if (!navigation.path.startsWith('/samples')) navigation.go('/samples');
}

function start(): void {
  jobLinks.set('import-samples', { label: () => texts().report, run: openImport });
  shortcuts.register([
    {
      id: 'import-samples',
      scope: () => texts().title,
      description: () => texts().importCommand,
      isActive: () => Boolean(projects.current),
      run: () => openImport(null),
    },
  ]);
}

/** All conversations of the project; those of one item stand beside it on the Annotate screen. */
export const samplesScreen: Screen = {
  id: 'samples',
  title: () => texts().title,
  icon: MessagesSquare,
  routes: ['/samples', '/samples/:sampleId'],
  load: () => import('./SamplesScreen.svelte'),
  order: 25,
  keys: 'G S',
  start,
};
