/**
 * All that windows may ask of the core, and what it tells them unasked. A feature adds its file and
 * a line here; the handlers are in `app/FEATURE`, and one that is missing does not compile.
 */
import type * as v from 'valibot';
import { annotationCommands } from './annotation.ts';
import type { Events, Schema } from './command.ts';
import { conversationsCommands } from './conversations.ts';
import { editsCommands } from './edits.ts';
import { jobsCommands, jobsEvents } from './jobs.ts';
import { libraryCommands, libraryEvents } from './library.ts';
import { preflightCommands } from './preflight.ts';
import { projectCommands, projectEvents } from './project.ts';
import { runsEvents } from './runs.ts';
import { settingsCommands, settingsEvents } from './settings.ts';

export const commands = {
  ...annotationCommands,
  ...conversationsCommands,
  ...editsCommands,
  ...jobsCommands,
  ...libraryCommands,
  ...preflightCommands,
  ...projectCommands,
  ...settingsCommands,
};

export const events = {
  ...jobsEvents,
  ...libraryEvents,
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
