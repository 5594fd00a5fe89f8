import { readFile } from "node:fs/promises";
import { type Browser, type Page, chromium } from "playwright-core";
import { findExecutable, isExecutable, missing, type Availability } from "../counterparties/availability.ts";

/** The browser of this machine. */
const EXECUTABLE = process.env["CHROMIUM"] ?? findExecutable("chromium", ["/usr/bin"]) ?? "";

/** Debian's `chromium`, or what `CHROMIUM` names. */
export function ensureChromium(): Availability<string> {
  return isExecutable(EXECUTABLE)
    ? { found: EXECUTABLE }
    : missing("no Chromium on the PATH, and CHROMIUM names none");
}

const AXE = await readFile(new URL(import.meta.resolve("axe-core/axe.min.js")), "utf8");

export function launch(): Promise<Browser> {
  return chromium.launch({ executablePath: EXECUTABLE, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
}

export interface Violation {
  readonly id: string;
  readonly help: string;
  readonly nodes: readonly string[];
}

/** What axe finds on a page, by the rules of WCAG 2.2 A and AA and good practice. The page's own policy lets no script in: axe comes by the debugger. */
export async function violations(page: Page): Promise<readonly Violation[]> {
  await page.evaluate(AXE);
  const found = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: {
        run(options: object): Promise<{
          violations: { id: string; help: string; nodes: { html: string; failureSummary?: string }[] }[];
        }>;
      };
    };
    const { violations: all } = await axe.run({
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    });
    return all.map(({ id, help, nodes }) => ({
      id,
      help,
      nodes: nodes.map(({ html, failureSummary }) => `${html} ${failureSummary ?? ""}`),
    }));
  });
  return found;
}
