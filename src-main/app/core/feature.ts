import type {
  CommandName,
  CommandTable,
  InputOf,
  OutputOf,
  PartOf,
} from '../../ipc/contract/index.ts';
import type { OpenProject } from '../project/open-project.ts';
import type * as v from 'valibot';

export interface HandlerContext<N extends CommandName> {
  /** Aborted when the window cancels or goes away. */
  readonly signal: AbortSignal;
  /** Sends part of an answer that streams. */
  readonly part: (part: PartOf<N>) => void;
}

/** `input` has passed its schema. */
export type Handler<N extends CommandName> = (
  input: v.InferOutput<CommandTable[N]['input']>,
  context: HandlerContext<N>,
) => OutputOf<N> | Promise<OutputOf<N>>;

/** A handler for every command of these names. */
export type Handlers<N extends CommandName> = { readonly [K in N]: Handler<K> };

/** Commands by their first word: `FeatureCommands<'library'>` are those that begin with `library.`. */
export type FeatureCommands<F extends string> = Extract<CommandName, `${F}.${string}`>;

/** A part of the program that serves commands and follows the project that is open. */
export interface Feature<N extends CommandName = never> {
  readonly handlers: Handlers<N>;
  /** After a project was opened; what it begins belongs to that project. */
  onOpened?(project: OpenProject): void;
  /** Before a project is closed: what it began must have ended when this resolves. */
  onClosing?(project: OpenProject): Promise<void>;
}

export type { InputOf };
