/**
 * All that windows may ask of the core, and what it tells them unasked. A feature adds its file and
 * a line here; the handlers are in `app/FEATURE`, and one that is missing does not compile.
 */
import type * as v from 'valibot';
import { annotationCommands } from './annotation.ts';
import { assistCommands } from './assist.ts';
import { chatCommands, chatEvents } from './chat.ts';
import type { Events, Schema } from './command.ts';
import { datasetsCommands } from './datasets.ts';
import { conversationsCommands } from './conversations.ts';
import { editsCommands } from './edits.ts';
import { evaluationsCommands, evaluationsEvents } from './evaluations.ts';
import { jobsCommands, jobsEvents } from './jobs.ts';
import { libraryCommands, libraryEvents } from './library.ts';
import { modelsCommands, modelsEvents } from './models.ts';
import { preflightCommands } from './preflight.ts';
import { projectCommands, projectEvents } from './project.ts';
import { runsCommands, runsEvents } from './runs.ts';
import { settingsCommands, settingsEvents } from './settings.ts';
import { videoCommands } from './video.ts';

export const commands = {
  ...chatCommands,
  ...annotationCommands,
  ...assistCommands,
  ...datasetsCommands,
  ...conversationsCommands,
  ...editsCommands,
  ...evaluationsCommands,
  ...jobsCommands,
  ...libraryCommands,
  ...modelsCommands,
  ...preflightCommands,
  ...projectCommands,
  ...runsCommands,
  ...settingsCommands,
  ...videoCommands,
};

export const events = {
  ...chatEvents,
  ...evaluationsEvents,
  ...jobsEvents,
  ...libraryEvents,
  ...modelsEvents,
  ...projectEvents,
  ...runsEvents,
  ...settingsEvents,
} satisfies Events;

export type CommandTable = typeof commands;
export type CommandName = keyof CommandTable;
export type InputOf<N extends CommandName> = v.InferInput<CommandTable[N]['input']>;
export type OutputOf<N extends CommandName> = v.InferOutput<CommandTable[N]['output']>;
export type PartOf<N extends CommandName> = CommandTable[N]['part'] extends infer P
  ? P extends Schema
    ? v.InferOutput<P>
    : never
  : never;

export type EventTable = typeof events;
export type EventName = keyof EventTable;
export type PayloadOf<E extends EventName> = v.InferOutput<EventTable[E]>;
