import type { Page } from 'playwright-core';

export interface Place {
  readonly x: number;
  readonly y: number;
}

const centre: Place = { x: 720, y: 450 };

/**
 * Drops files or folders from the system on the page: real drag events, so that folders can be
 * walked.
 * @param paths absolute
 */
export async function dropFiles(page: Page, paths: readonly string[], at = centre): Promise<void> {
  await dragFiles(page, paths, at);
  await dispatchDrag(page, 'drop', paths, at);
}

/** Holds files over the page without letting go. */
export async function dragFiles(page: Page, paths: readonly string[], at = centre): Promise<void> {
  await dispatchDrag(page, 'dragEnter', paths, at);
  await dispatchDrag(page, 'dragOver', paths, at);
}

async function dispatchDrag(
  page: Page,
  type: 'dragEnter' | 'dragOver' | 'drop',
  paths: readonly string[],
  at: Place,
): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const data = { items: [], files: [...paths], dragOperationsMask: 1 };
  await session.send('Input.dispatchDragEvent', { type, x: at.x, y: at.y, data });
  await session.detach();
}

/** Pastes files as the clipboard hands them out: without a path. */
export async function pasteFiles(page: Page, paths: readonly string[]): Promise<void> {
  const input = await page.evaluateHandle(() => {
    const element = document.createElement('input');
    element.type = 'file';
    element.multiple = true;
    return element;
  });
  await input.setInputFiles([...paths]);
  await input.evaluate((element) => {
    const transfer = new DataTransfer();
    for (const file of element.files ?? []) transfer.items.add(file);
    const event = new ClipboardEvent('paste', {
      clipboardData: transfer,
      bubbles: true,
      cancelable: true,
    });
    (document.activeElement ?? document.body).dispatchEvent(event);
  });
  await input.dispose();
}

/** Presses the button at the first place, moves through the others, lets go at the last. */
export async function draw(page: Page, places: readonly Place[], steps = 4): Promise<void> {
  const [first, ...others] = places;
  if (first === undefined) throw new Error('nothing to draw');
  await page.mouse.move(first.x, first.y);
  await page.mouse.down();
  for (const { x, y } of others) await page.mouse.move(x, y, { steps });
  await page.mouse.up();
}

/** Clicks each place in turn, as corners of a polygon are set. */
export async function clickAll(page: Page, places: readonly Place[]): Promise<void> {
  for (const { x, y } of places) await page.mouse.click(x, y);
}

/** Presses keys one after another: `b`, `Control+z`, `Enter`. */
export async function press(page: Page, ...keys: readonly string[]): Promise<void> {
  for (const key of keys) await page.keyboard.press(key);
}
