import * as v from 'valibot';
import { command } from './command.ts';

export const project = v.object({
  name: v.string(),
  folder: v.string(),
  counts: v.object({ items: v.number(), samples: v.number(), shapes: v.number() }),
});
export type Project = v.InferOutput<typeof project>;

export const recentProject = v.object({
  name: v.string(),
  folder: v.string(),
  openedMs: v.number(),
  /** The folder is not there now: an unplugged disk, or moved. */
  isMissing: v.boolean(),
});
export type RecentProject = v.InferOutput<typeof recentProject>;

export const projectCommands = {
  /** The open project, or null at the start screen. */
  'project.current': command(v.object({}), v.nullable(project)),
  'project.recent': command(v.object({}), v.array(recentProject)),
  /** Makes the folder (it must be new or empty) and opens it. */
  'project.create': command(
    v.object({ folder: v.string(), name: v.pipe(v.string(), v.minLength(1), v.maxLength(200)) }),
    project,
  ),
  'project.open': command(v.object({ folder: v.string() }), project),
  /** A copy of the sample project in the person's data folder, made when it is not there yet. */
  'project.openSample': command(v.object({}), project),
  'project.close': command(v.object({}), v.null()),
  'project.rename': command(v.object({ name: v.pipe(v.string(), v.minLength(1)) }), project),
  'project.forget': command(v.object({ folder: v.string() }), v.null()),
  /** Where new projects go unless the person says otherwise. */
  'project.suggestFolder': command(v.object({ name: v.string() }), v.string()),
};

export const projectEvents = {
  /** Another project, or none, is open now: everything on the screen is about it. */
  'project.opened': v.nullable(project),
  /** Something of the open project changed: what is shown of it should be read again. */
  'project.changed': v.object({
    /** Undo scope of the act: `library`, `item:12` … */
    scope: v.string(),
    label: v.string(),
    cause: v.picklist(['edit', 'undo', 'redo']),
    tables: v.array(v.string()),
    /** Items whose rows, tags, marks or samples changed; empty with `isMany`. */
    itemIds: v.array(v.number()),
    /** So many that they are not listed. */
    isMany: v.boolean(),
  }),
};
export type ProjectChange = v.InferOutput<(typeof projectEvents)['project.changed']>;
