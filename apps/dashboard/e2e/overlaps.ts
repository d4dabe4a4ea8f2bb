import type { Page } from "playwright-core";

/** What of a layout a user would stumble over, as one line each. */
export function troublesOf(page: Page, within: string): Promise<readonly string[]> {
  return page.evaluate((selector) => {
    interface Box {
      readonly text: string;
      readonly left: number;
      readonly right: number;
      readonly top: number;
      readonly bottom: number;
    }
    const troubles: string[] = [];
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth > clientWidth) troubles.push(`The page is ${scrollWidth - clientWidth} px too wide.`);
    for (const select of document.querySelectorAll("select")) {
      const { width } = select.closest("label")?.getBoundingClientRect() ?? select.getBoundingClientRect();
      if (width < 100) troubles.push(`The list ${select.value} is ${Math.round(width)} px wide.`);
    }
    for (const element of document.querySelectorAll(selector)) {
      const boxes = seenTexts(element);
      for (const [index, one] of boxes.entries()) {
        if (one.right > clientWidth + 1) troubles.push(`"${one.text}" is beside the screen.`);
        for (const other of boxes.slice(index + 1)) {
          const width = Math.min(one.right, other.right) - Math.max(one.left, other.left);
          const height = Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top);
          // Lines of text may touch; letters that lie upon each other do so by more.
          if (width > 1 && height > 5) troubles.push(`"${one.text}" lies upon "${other.text}".`);
        }
      }
    }
    return troubles;

    /** The boxes of all texts within an element, as far as nothing cuts them off. */
    function seenTexts(root: Element): Box[] {
      const boxes: Box[] = [];
      const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
      for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
        const text = node.nodeValue?.trim() ?? "";
        if (text === "" || node.parentElement?.closest(".sr-only") !== null) continue;
        const range = document.createRange();
        range.selectNodeContents(node);
        let { left, right, top, bottom } = range.getBoundingClientRect();
        for (
          let around: Element | null = node.parentElement;
          around !== null;
          around = around.parentElement
        ) {
          if (getComputedStyle(around).overflowX === "visible") continue;
          const edge = around.getBoundingClientRect();
          left = Math.max(left, edge.left);
          right = Math.min(right, edge.right);
          top = Math.max(top, edge.top);
          bottom = Math.min(bottom, edge.bottom);
        }
        if (right > left && bottom > top) boxes.push({ text, left, right, top, bottom });
      }
      return boxes;
    }
  }, within);
}
