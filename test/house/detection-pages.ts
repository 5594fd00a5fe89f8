import type { Detection } from "../../src/events/index.ts";

const GENERATED = "<!-- Made by `npm run generate` from the heads of src/events/detections. Do not edit. -->";

/** One page a detection and an index, by file name below `docs/detections/`. */
export function detectionPages(detections: readonly Detection[]): Map<string, string> {
  return new Map([
    ["README.md", index(detections)],
    ...detections.map((detection): [string, string] => [`${detection.id}.md`, page(detection)]),
  ]);
}

function index(detections: readonly Detection[]): string {
  return document([
    GENERATED,
    "# Detections",
    "`countersign events detect` looks for what is odd in the table of events. Each detection is one SQL statement; its page says how it decides and what it cannot see.",
    table(
      ["detection", "what it finds", "severity"],
      detections.map(({ id, head }) => [`[${id}](${id}.md)`, head.title, head.severity]),
    ),
  ]);
}

function page({ id, head }: Detection): string {
  const parameters = Object.entries(head.parameters ?? {}).map(([name, parameter]) => [
    `\`${name}\``,
    parameter.about,
    parameter.type,
    `\`${JSON.stringify(parameter.default)}\``,
  ]);
  return document([
    GENERATED,
    `# ${id}`,
    `**${head.title}.** Severity ${head.severity}.`,
    "## Logic",
    head.logic,
    "## Blind spots",
    head.blind_spots,
    "## False positives",
    head.false_positives,
    "## Response",
    head.response,
    "## Parameters",
    parameters.length === 0
      ? "None."
      : `${table(["name", "meaning", "type", "default"], parameters)}\n\nSet them under \`events.detections.${id}\` in \`countersign.yaml\`, or with \`--set ${id}.<name>=<value>\`.`,
    `The statement is [${id}.sql](../../src/events/detections/${id}.sql).`,
  ]);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

function document(blocks: readonly string[]): string {
  return `${blocks.map((block) => block.trim()).join("\n\n")}\n`;
}
