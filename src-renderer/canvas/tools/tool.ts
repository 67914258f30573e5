import type { Geometry } from '../../../src-main/ipc/contract/shapes.ts';
import type { Bones } from '../geometry/hit.ts';
import type { Point, Rect } from '../geometry/plane.ts';
import type { Snapped, SnapGuides } from '../geometry/snap.ts';
import type { Edit, Refusal, SegmentPrompt } from '../host.ts';
import type { TiledMask } from '../mask/tiled-mask.ts';
import type { Ghost } from '../pending-writes.ts';
import type { Scene } from '../scene.ts';
import type { Viewport } from '../viewport.ts';

export const toolIds = [
  'select',
  'box',
  'rotated-box',
  'polygon',
  'freehand',
  'point',
  'skeleton',
  'brush',
  'eraser',
  'segment',
] as const;

export type ToolId = (typeof toolIds)[number];

/** A pointer event as tools see it. */
export interface PointerInput {
  /** Image pixels. */
  readonly at: Point;
  /** CSS pixels from the canvas's corner. */
  readonly screen: Point;
  /** All places since the event before, in image pixels; the last is `at`. */
  readonly path: readonly Point[];
  /** 2 for the second press of a double click. */
  readonly clicks: number;
  readonly device: 'mouse' | 'pen' | 'touch';
  readonly shift: boolean;
  readonly alt: boolean;
  /** Ctrl, or Command on a Mac. */
  readonly mod: boolean;
}

export interface KeyInput {
  /** As KeyboardEvent.key, in lower case. */
  readonly key: string;
  readonly shift: boolean;
  readonly alt: boolean;
  readonly mod: boolean;
}

/** What a tool shows while it works; in the look of the active label where nothing else is said. */
export interface Preview {
  /** Shown in place of the shapes' own geometries. */
  readonly edits?: readonly Edit[];
  readonly ghosts?: readonly Ghost[];
  /** A line in the making. */
  readonly line?: {
    readonly points: readonly Point[];
    /** Drawn towards the first corner as well. */
    readonly isClosed: boolean;
    /** Whether a click now would close it. */
    readonly closes: boolean;
    readonly hasCorners: boolean;
  };
  readonly skeleton?: {
    readonly joints: readonly (Point & { readonly visibility: number })[];
    readonly bones: Bones;
  };
  readonly marquee?: Rect;
  readonly guides?: SnapGuides;
  readonly brush?: { readonly center: Point; readonly radius: number; readonly erases: boolean };
  /** `replaces`: the shape that is hidden meanwhile, being painted on. */
  readonly paint?: {
    readonly mask: TiledMask;
    readonly labelId: number | null;
    readonly replaces: number | null;
  };
  /** A few words beside a point, e.g. the size of a box. */
  readonly caption?: { readonly at: Point; readonly text: string };
}

/** What tools stand on. */
export interface ToolContext {
  readonly scene: Scene;
  readonly viewport: Viewport;
  readonly settings: ToolSettings;
  show(preview: Preview | null): void;
  setCursor(cursor: string): void;
  select(ids: Iterable<number>): void;
  hover(id: number | null): void;
  create(geometry: Geometry): void;
  change(edits: readonly Edit[]): void;
  duplicate(copies: readonly Edit[]): void;
  remove(ids: readonly number[]): void;
  refuse(why: Refusal): void;
  prompt(prompts: readonly SegmentPrompt[]): void;
  endPrompts(isTaken: boolean): void;
  /** `point` inside the picture and at what it snaps to, unless Alt is held. */
  snapped(point: Point, input: PointerInput, except?: ReadonlySet<number>): Snapped;
  /** The shift that snaps `rect`; none while Alt is held. */
  snappedRect(rect: Rect, input: PointerInput, except: ReadonlySet<number>): Snapped;
}

export interface ToolSettings {
  readonly activeLabelId: number | null;
  /** Image pixels. */
  readonly brushRadius: number;
  readonly snaps: boolean;
  /** Screen pixels. */
  readonly snapDistance: number;
}

/**
 * Turns input into intents. It writes nothing before its gesture ends, and after `cancel` nothing of
 * the gesture is left.
 */
export interface Tool {
  readonly id: ToolId;
  readonly cursor: string;
  /** Whether a press on a handle of the selected shape edits that shape instead. */
  readonly yieldsToHandles: boolean;
  /** Whether something is begun that `cancel` would throw away. */
  readonly isBusy: boolean;
  down(input: PointerInput): void;
  /** The pointer moves while it is down. */
  drag(input: PointerInput): void;
  up(input: PointerInput): void;
  /** The pointer moves while it is up. */
  hover(input: PointerInput): void;
  /** @returns whether the key meant something to the tool */
  key(input: KeyInput): boolean;
  /** Ends what is begun as it stands. @returns whether there was something */
  commit(): boolean;
  cancel(): void;
}

/** Image pixels that a press may miss its target by; a finger is blunter than a mouse. */
export function reach(context: ToolContext, input: PointerInput): number {
  return (input.device === 'touch' ? 16 : 7) * context.viewport.pixel;
}

/** Image pixels that a pointer must move before a press becomes a drag. */
export function slack(context: ToolContext, input: PointerInput): number {
  return (input.device === 'touch' ? 8 : 3) * context.viewport.pixel;
}
