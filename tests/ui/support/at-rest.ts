import type { Page } from 'playwright-core';

/** Until nothing moves: a theme that changes, or a panel that opens, has other colours on its way. */
export async function atRest(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const endless = (one: Animation): boolean =>
      one.effect?.getComputedTiming().endTime === Infinity;
    const moving = document.getAnimations().filter((one) => !endless(one));
    await Promise.all(moving.map((one) => one.finished.catch(() => undefined)));
  });
  await drawn(page);
}

/** Until what the page has come to is on the screen. */
export async function drawn(page: Page): Promise<void> {
  await page.evaluate(
    () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))),
  );
}

/** Until the pictures that are in sight have come, or have proved broken. */
export async function picturesCame(page: Page): Promise<void> {
  await page.waitForFunction(() => {
    const isInSight = (image: HTMLImageElement): boolean => {
      const { top, bottom, width } = image.getBoundingClientRect();
      return width > 0 && bottom > 0 && top < innerHeight;
    };
    return [...document.images].every((image) => image.complete || !isInSight(image));
  });
}

/** Takes away what messages there are: they come and go in their own time, and cover what lies below. */
export async function clearMessages(page: Page): Promise<void> {
  const clear = (buttons: HTMLElement[]): void => buttons.forEach((button) => button.click());
  await page.getByRole('button', { name: 'Dismiss' }).evaluateAll(clear);
}
