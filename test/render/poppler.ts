import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { findExecutable, missing, type Availability } from "../counterparties/availability.ts";

/** Poppler's tools, an outside reader of PDF. */
export interface Poppler {
  /** The text of each page, as it is laid out. */
  pages(file: string): string[];
  info(file: string): Record<string, string>;
  /** Rows of `pdffonts`. */
  fonts(file: string): { readonly name: string; readonly embedded: boolean; readonly unicode: boolean }[];
  /** Titles of the bookmarks, in order. */
  bookmarks(file: string): string[];
  /** Names that links lead to. */
  destinations(file: string): string[];
}

const MAX_OUTPUT_BYTES = 256 * 1024 * 1024;

function run(tool: string, args: readonly string[]): string {
  return execFileSync(tool, args, {
    encoding: "utf8",
    maxBuffer: MAX_OUTPUT_BYTES,
    stdio: ["ignore", "pipe", "pipe"],
  });
}

export function ensurePoppler(): Availability<Poppler> {
  const tools = ["pdftotext", "pdfinfo", "pdffonts", "pdftohtml"];
  const lacking = tools.filter((tool) => findExecutable(tool) === undefined);
  return lacking.length > 0
    ? missing(`no ${lacking.join(", ")} (Debian: poppler-utils)`)
    : { found: { pages, info, fonts, bookmarks, destinations } };
}

function pages(file: string): string[] {
  return run("pdftotext", ["-layout", "-enc", "UTF-8", file, "-"]).split("\f").slice(0, -1);
}

function info(file: string): Record<string, string> {
  const lines = run("pdfinfo", [file]).split("\n");
  return Object.fromEntries(
    lines.flatMap((line) => {
      const [, name, value] = /^([^:]+):\s+(.*)$/.exec(line) ?? [];
      return name === undefined || value === undefined ? [] : [[name, value]];
    }),
  );
}

function fonts(file: string): ReturnType<Poppler["fonts"]> {
  const [, , ...rows] = run("pdffonts", [file]).trimEnd().split("\n");
  return rows.map((row) => {
    const [, name = "", embedded, , unicode] = /^(\S+).*?\s(yes|no) (yes|no) (yes|no)\s/.exec(row) ?? [];
    return { name, embedded: embedded === "yes", unicode: unicode === "yes" };
  });
}

function bookmarks(file: string): string[] {
  const xml = run("pdftohtml", ["-xml", "-i", "-stdout", file]);
  const outline = xml.slice(xml.indexOf("<outline>"));
  return [...outline.matchAll(/<item page="\d+">([^<]*)<\/item>/g)].map(([, title = ""]) => title);
}

function destinations(file: string): string[] {
  return [...run("pdfinfo", ["-dests", file]).matchAll(/"([^"]*)"\s*$/gm)].map(([, name = ""]) => name);
}

/** Writes bytes where a tool can read them. */
export function saved(file: string, bytes: Uint8Array): string {
  writeFileSync(file, bytes);
  return file;
}
