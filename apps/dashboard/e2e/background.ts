import type { Page } from "playwright-core";

/**
 * Has a page take part in {@link hide} and {@link show}; before it is opened. A headless Chromium never hides a page,
 * whichever tab is in front: what a page in the background sees is put in its place.
 */
export async function prepareToHide(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const held: FrameRequestCallback[] = [];
    const request = globalThis.requestAnimationFrame.bind(globalThis);
    let isHidden = false;
    Object.defineProperties(Document.prototype, {
      hidden: { get: () => isHidden },
      visibilityState: { get: () => (isHidden ? "hidden" : "visible") },
    });
    globalThis.requestAnimationFrame = (callback) => (isHidden ? -held.push(callback) : request(callback));
    addEventListener("test-visibility", (event) => {
      isHidden = (event as CustomEvent<boolean>).detail;
      document.dispatchEvent(new Event("visibilitychange"));
      if (!isHidden) for (const callback of held.splice(0)) request(callback);
    });
  });
}

/** Puts the page into the background: it is told so, and gets no frames. */
export async function hide(page: Page): Promise<void> {
  await page.evaluate(() => dispatchEvent(new CustomEvent("test-visibility", { detail: true })));
}

/** Brings it back. */
export async function show(page: Page): Promise<void> {
  await page.evaluate(() => dispatchEvent(new CustomEvent("test-visibility", { detail: false })));
}
