/** What readers of the gate's outputs would take a text for: each is a small, strict reading of its own, and throws nothing. */

/** What in XML of elements, attributes and text alone is not well-formed, or no character of XML 1.0. */
export function xmlFaults(xml: string): string[] {
  const faults: string[] = [];
  if (!xml.isWellFormed()) faults.push("half a character");
  if (/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u.test(xml))
    faults.push("a forbidden character");
  const token =
    /<\?xml version="1\.0" encoding="UTF-8"\?>|<(\/?)([a-z-]+)((?:\s+[a-z]+="[^"<]*")*)\s*(\/?)>|([^<]+)|(<)/gy;
  const open: string[] = [];
  let roots = 0;
  for (const found of xml.matchAll(token)) {
    const [whole, end, name = "", attributes = "", empty, text, stray] = found;
    if (stray !== undefined) return [...faults, `a stray <: ${xml.slice(found.index, found.index + 40)}`];
    for (const part of [attributes, text ?? ""])
      if (/&(?!(?:amp|lt|gt|quot|apos|#9|#10);)/.test(part))
        faults.push(`a stray & in ${whole.slice(0, 80)}`);
    if (text?.includes("]]>") === true) faults.push("]]> in text");
    if (name === "") {
      if (open.length === 0 && (text ?? "").trim() !== "") faults.push("text outside of all");
    } else if (end === "/") {
      if (open.pop() !== name) faults.push(`the end of ${name}, which was not open`);
    } else {
      if (open.length === 0) roots += 1;
      const names = [...attributes.matchAll(/([a-z]+)="/g)].map(([, one]) => one);
      if (new Set(names).size < names.length) faults.push(`an attribute of ${name} twice`);
      if (empty !== "/") open.push(name);
    }
  }
  if (open.length > 0 || roots !== 1) faults.push("not one whole element");
  return faults;
}

/** What a terminal would do something with. */
export const TERMINAL = /[^\P{Cc}\n\t]|[\p{Cf}\u2028\u2029]/u;

/** Lines that a pipeline's runner would take for a command, or a log for the begin of a section. */
export function runnerCommands(log: string): string[] {
  return log
    .split(/\r\n|[\n\r\u0085\u2028\u2029]/)
    .filter((line) => /^\s*::|##\[|##vso\[/i.test(line) || /section_(?:start|end):\d+:[^\r]*\r/.test(line));
}

/** A line of Markdown without its code: backticks of a number begin code that the next run of as many ends. */
export function withoutCode(line: string): string {
  let told = "";
  let at = 0;
  while (at < line.length) {
    const run = /^`+/.exec(line.slice(at))?.[0];
    if (run === undefined) {
      told += line.charAt(at);
      at += 1;
      continue;
    }
    const from = at + run.length;
    const end = [...line.slice(from).matchAll(/`+/g)].find(([one]) => one.length === run.length);
    at = end === undefined ? from : from + end.index + run.length;
    told += end === undefined ? run : "CODE";
  }
  return told;
}

/** The cells of a row, as those read it who take `\\|` for an escaped bar, and those who take it for an escaped backslash and a bar. */
export function cellCounts(row: string): number[] {
  const bars = (pattern: RegExp): number => (row.replaceAll(pattern, "").match(/\|/g) ?? []).length;
  return [bars(/\\\|/g) - 1, bars(/\\[\\|]/g) - 1];
}

/** Lines without blocks of code; the fence of one that is never closed stays. */
function withoutFences(lines: readonly string[]): string[] {
  const told: string[] = [];
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? "";
    const end = /^ *`{3,}$/.test(line) ? lines.indexOf(line, at + 1) : -1;
    if (end === -1) told.push(line);
    else at = end;
  }
  return told;
}

/** What is active in Markdown where only code may be of the change: HTML, links, mentions, headings. */
export function activeMarkdown(markdown: string): string[] {
  const own =
    /^(?:<!-- countersign-[a-z-]+ -->|<details><summary>(?:[\d,]+ \w+(?: known, waived or excepted)?|How to fix it)<\/summary>|<\/details>|### .*)$/;
  return withoutFences(markdown.split(/[\n\r]/))
    .filter((line) => !own.test(line))
    .map(withoutCode)
    .filter((line) => /[<>@[\]]|https?:|www\.|^\s*(?:#|```|~~~|---)|[#!]\d/.test(line));
}
