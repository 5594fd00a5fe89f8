import { progress as progressBar, spinner } from "@clack/prompts";
import { counted, printable } from "../base/index.ts";
import type { Progress, SourceProgress } from "../collect/index.ts";
import type { Terminal } from "./output.ts";

/** Draws how far a collection is: one moving line for a person, nothing but notes otherwise. */
export function collectProgress(
  terminal: Terminal,
  { during, after } = { during: "Collecting", after: "Collected" },
): {
  readonly progress: Progress;
  readonly done: () => void;
} {
  const noted = (note: string): void => terminal.err(`${printable(note)}\n`);
  if (!terminal.interactive) return { progress: { advanced: () => undefined, noted }, done: () => undefined };
  const line = spinner();
  const sources = new Map<string, SourceProgress>();
  line.start(during);
  return {
    progress: {
      advanced: (at) => {
        sources.set(at.source, at);
        line.message([...sources.values()].map(sourceText).join("   "));
      },
      noted,
    },
    done: () => line.stop(after),
  };
}

function sourceText({ source, answered, asked, gaps, retries }: SourceProgress): string {
  const waits = retries > 0 ? `, ${retries} retries` : "";
  return `${source}: ${answered} of ${counted(asked, "answer")}, ${counted(gaps, "gap")}${waits}`;
}

/** A bar over a known number of steps; silent where nobody watches. */
export function stepProgress(
  terminal: Terminal,
  steps: number,
): { readonly step: (name: string) => void; readonly done: (text: string) => void } {
  if (!terminal.interactive) return { step: () => undefined, done: () => undefined };
  const bar = progressBar({ max: steps });
  bar.start("Starting");
  return { step: (name) => bar.advance(1, name), done: (text) => bar.stop(text) };
}
