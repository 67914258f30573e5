/** Every feature of the core, and their handlers in one table: a command without one does not compile. */
import type { CommandName } from '../ipc/contract/index.ts';
import { annotationFeature } from './annotation/handlers.ts';
import { assistFeature } from './assist/handlers.ts';
import { chatFeature } from './chat/handlers.ts';
import { conversationsFeature } from './conversations/handlers.ts';
import type { AppContext } from './core/context.ts';
import type { Handlers } from './core/feature.ts';
import { datasetsFeature } from './datasets/handlers.ts';
import { editsFeature } from './edits/handlers.ts';
import { evaluationsFeature } from './evaluations/handlers.ts';
import { jobsFeature } from './jobs/handlers.ts';
import { libraryFeature } from './library/handlers.ts';
import { modelsFeature } from './models/handlers.ts';
import { preflightFeature } from './preflight/handlers.ts';
import { projectFeature } from './project/handlers.ts';
import { runsFeature } from './runs/handlers.ts';
import { settingsFeature } from './settings/handlers.ts';
import { videoFeature } from './video/handlers.ts';

export function createHandlers(context: AppContext): Handlers<CommandName> {
  const features = [
    annotationFeature(context),
    assistFeature(context),
    chatFeature(context),
    datasetsFeature(context),
    conversationsFeature(context),
    editsFeature(context),
    evaluationsFeature(context),
    jobsFeature(context),
    libraryFeature(context),
    modelsFeature(context),
    preflightFeature(context),
    projectFeature(context),
    runsFeature(context),
    settingsFeature(context),
    videoFeature(context),
  ] as const;
  for (const feature of features) context.projects.follow(feature);
  return merge(features);
}

type HandlersIn<F extends readonly { readonly handlers: object }[]> = F extends readonly [
  infer First extends { readonly handlers: object },
  ...infer Rest extends readonly { readonly handlers: object }[],
]
  ? First['handlers'] & HandlersIn<Rest>
  : unknown;

function merge<const F extends readonly { readonly handlers: object }[]>(
  features: F,
): HandlersIn<F> {
  return Object.assign({}, ...features.map(({ handlers }) => handlers)) as HandlersIn<F>;
}
