import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core";

/** Screenshots of a test run: build output, to be looked at. */
export const SHOTS: string = fileURLToPath(new URL("../screenshots/", import.meta.url));

export const DESKTOP = { viewport: { width: 1440, height: 900 } } as const;
export const PHONE = {
  viewport: { width: 390, height: 844 },
  deviceScaleFactor: 2,
  isMobile: true,
  hasTouch: true,
} as const;

/** A page of its own browser profile, and what went wrong on it. */
export interface OpenedPage extends AsyncDisposable {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Errors on the console and exceptions; a test looks whether there are any it does not expect. */
  readonly errors: string[];
  /** All that was written to the console, and all that was asked for by HTTP or WebSocket. */
  readonly said: string[];
  readonly addresses: string[];
}

export async function openPage(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = DESKTOP,
): Promise<OpenedPage> {
  const context = await browser.newContext({ locale: "en-GB", timezoneId: "Asia/Bangkok", ...options });
  const page = await context.newPage();
  const errors: string[] = [];
  const said: string[] = [];
  const addresses: string[] = [];
  page.on("request", (request) => addresses.push(request.url()));
  page.on("websocket", (socket) => addresses.push(socket.url()));
  page.on("console", (message) => {
    said.push(message.text());
    if (message.type() === "error") errors.push(message.text());
  });
  page.on("dialog", (dialog) => {
    errors.push(`A dialog opened: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on("pageerror", (error) => errors.push(String(error)));
  await page.goto(url);
  return {
    page,
    context,
    errors,
    said,
    addresses,
    [Symbol.asyncDispose]: () => context.close(),
  };
}

/** Keeps a picture of the page as it is. */
export async function keepShot(page: Page, name: string): Promise<void> {
  mkdirSync(SHOTS, { recursive: true });
  await page.screenshot({ path: `${SHOTS}${name}.png` });
}

/** How many pixels of the first chart have the colour of the edge of a certain gap, in the light theme. */
export function countGapPixels(page: Page): Promise<number> {
  return page.evaluate(() => {
    const canvas = document.querySelector<HTMLCanvasElement>(".uplot canvas");
    const pixels = canvas?.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
    let count = 0;
    for (let index = 0; index < pixels.length; index += 4) {
      if (pixels[index] === 0xc0 && pixels[index + 1] === 0x30 && pixels[index + 2] === 0x2b) count += 1;
    }
    return count;
  });
}

/**
 * How wide the widest hole in a line is, in pixels of its canvas: columns without a pixel of its colour between others
 * that have some. `left` is where to begin to look.
 */
export function widestHole(
  page: Page,
  selector: string,
  { colour, left = 0 }: { readonly colour: readonly [number, number, number]; readonly left?: number },
): Promise<number> {
  return page.evaluate(
    ({ selector, colour, left }) => {
      const canvas = document.querySelector<HTMLCanvasElement>(selector);
      const context = canvas?.getContext("2d");
      if (canvas === null || context === null || context === undefined) return -1;
      const { data, width } = context.getImageData(0, 0, canvas.width, canvas.height);
      const isDrawn = new Array<boolean>(width).fill(false);
      for (let index = 0; index < data.length; index += 4) {
        const isNear = colour.every((part, channel) => Math.abs((data[index + channel] ?? 0) - part) < 40);
        if (isNear && (data[index + 3] ?? 0) > 100) isDrawn[(index / 4) % width] = true;
      }
      const columns = [...isDrawn.keys()].filter((column) => column >= left && isDrawn[column]);
      return columns.reduce(
        (widest, column, index) => Math.max(widest, column - (columns[index - 1] ?? column) - 1),
        0,
      );
    },
    { selector, colour, left },
  );
}
