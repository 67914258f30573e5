import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { writeFileAtomic } from '../base/atomic-file.ts';

const rectangle = v.object({
  x: v.pipe(v.number(), v.integer()),
  y: v.pipe(v.number(), v.integer()),
  width: v.pipe(v.number(), v.integer(), v.minValue(1)),
  height: v.pipe(v.number(), v.integer(), v.minValue(1)),
});
export type Rectangle = v.InferOutput<typeof rectangle>;

const windowState = v.object({ bounds: rectangle, isMaximized: v.boolean() });
export type WindowState = v.InferOutput<typeof windowState>;

/** So much of a window must be on a display for a hand to reach it, in pixels. */
const reachable = { width: 160, height: 80 };

function isReachable(bounds: Rectangle, display: Rectangle): boolean {
  const width =
    Math.min(bounds.x + bounds.width, display.x + display.width) - Math.max(bounds.x, display.x);
  const height =
    Math.min(bounds.y + bounds.height, display.y + display.height) - Math.max(bounds.y, display.y);
  // The upper edge is what one drags a window by.
  return width >= reachable.width && height >= reachable.height && bounds.y >= display.y - 8;
}

function statePath(dataDir: string): string {
  return join(dataDir, 'window.json');
}

/**
 * How the window was left, or null when that is not known or lies on no display of now.
 * @param displays the areas of the displays that windows may use
 */
export function readWindowState(
  dataDir: string,
  displays: readonly Rectangle[],
): WindowState | null {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(statePath(dataDir), 'utf8'));
  } catch {
    return null; // the first start, or a file that something else wrote
  }
  const parsed = v.safeParse(windowState, value);
  if (!parsed.success) return null;
  const { bounds } = parsed.output;
  return displays.some((display) => isReachable(bounds, display)) ? parsed.output : null;
}

export function writeWindowState(dataDir: string, state: WindowState): Promise<void> {
  return writeFileAtomic(statePath(dataDir), JSON.stringify(state));
}
