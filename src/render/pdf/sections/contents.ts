import { setParagraph } from "../blocks.ts";
import type { Document, Placed } from "../document.ts";
import { measure } from "../text.ts";
import { STYLES } from "../theme.ts";

/** The table of contents: every listed heading leads to its place. */
export function printContents(document: Document, entries: readonly Placed[]): void {
  document.startSection();
  document.heading(1, "Contents", { anchor: "contents", listed: false });
  const toc = document.section.add("TOC");
  for (const entry of entries) {
    if (!entry.listed) continue;
    const style = entry.level === 1 ? { ...STYLES.body, face: "strong" as const } : STYLES.body;
    const indent = entry.level === 1 ? 0 : 14;
    if (entry.level === 1) document.space(3);
    const lines = setParagraph(
      { content: [{ text: entry.title, colour: "ink" }], style },
      document.width - indent - 40,
    );
    const height = lines.length * style.leading;
    document.ensure(height);
    const item = toc.add("TOCI");
    const link = item.add("Link");
    const { left, right } = document.page;
    const top = document.y;
    const page = String(entry.page);
    const pageLines = setParagraph({ content: [{ text: page }], style: STYLES.body }, 40);
    document.drawLines(link, lines, left + indent, top);
    document.drawLines(link, pageLines, 0, top + height - style.leading, right);
    const area = { x: left + indent, y: top, width: right - left - indent, height };
    document.canvas.goTo(link, area, entry.anchor, `Go to ${entry.title}, page ${page}`);
    document.targets.add(entry.anchor);
    link.end();
    item.end();
    const textEnd = left + indent + (lines.at(-1)?.line.width ?? 0) + 6;
    const dotsEnd = right - measure(page, "sans", STYLES.body.size) - 6;
    if (dotsEnd > textEnd) {
      const y = top + height - 3.4;
      document.canvas.artifact(() => document.canvas.rule(textEnd, y, dotsEnd, y, "rule", 0.4));
    }
    document.y += height;
  }
  toc.end();
}
