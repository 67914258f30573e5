import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fillSampleProject } from '../conversations/sample-project.ts';
import type { AppContext } from '../core/context.ts';
import type { Feature, FeatureCommands } from '../core/feature.ts';
import type { OpenProject } from './open-project.ts';
import { RecentProjects } from './recent-projects.ts';

export function projectFeature(context: AppContext): Feature<FeatureCommands<'project'>> {
  const { projects, now, dataDir } = context;
  const recent = new RecentProjects(dataDir);
  const opened = async (project: OpenProject) => {
    const { name, folder } = project;
    await recent.remember({ name, folder, openedMs: now() });
    return project.summary;
  };
  return {
    handlers: {
      'project.current': () => projects.currentOrNull?.summary ?? null,
      'project.recent': () => recent.list(),
      'project.create': async ({ folder, name }) => opened(await projects.create(folder, name)),
      'project.open': async ({ folder }) => opened(await projects.open(folder)),
      'project.openSample': async () => opened(await openSample(context)),
      'project.close': async () => {
        await projects.close();
        return null;
      },
      'project.rename': async ({ name }) => {
        projects.current.store.writeMeta('name', name);
        context.events.emit('project.opened', projects.current.summary);
        return opened(projects.current);
      },
      'project.forget': async ({ folder }) => {
        await recent.forget(folder);
        return null;
      },
      'project.suggestFolder': ({ name }) => freeFolder(join(homedir(), 'Lensmith'), name),
    },
  };
}

/** The sample project is an ordinary one in the data folder; the person may change it. */
async function openSample(context: AppContext): Promise<OpenProject> {
  const { projects, dataDir } = context;
  const folder = join(dataDir, 'sample-project');
  const project = existsSync(folder)
    ? await projects.open(folder)
    : await projects.create(folder, 'Sample project: a part inspector');
  fillSampleProject(context, project);
  return project;
}

function freeFolder(parent: string, name: string): string {
  const stem = name.replace(/[^\p{L}\p{N}_.-]+/gu, ' ').trim() || 'Project';
  let folder = join(parent, stem);
  for (let n = 2; existsSync(folder); n++) folder = join(parent, `${stem} ${n}`);
  return folder;
}
