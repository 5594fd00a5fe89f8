import { basename } from "node:path";
import type { TSchema } from "@sinclair/typebox";
import { CountersignError, type Location } from "../../base/index.ts";
import { ROSTER_KINDS } from "../../facts/index.ts";
import { Type, closed, literals, type Static } from "../../schema/index.ts";
import { FIELDS } from "./columns.ts";

const optional = <T extends TSchema>(schema: T) => Type.Optional(schema);

const File = Type.String({
  minLength: 1,
  maxLength: 1024,
  description: "path, relative to this file",
});

/** What of ours → how the file heads that column. */
function columnsOf(of: keyof typeof FIELDS) {
  const names = Object.keys(FIELDS[of]);
  return optional(
    closed(
      Object.fromEntries(
        names.map((name) => [name, optional(Type.String({ minLength: 1, maxLength: 256 }))]),
      ),
    ),
  );
}

const Roster = closed({
  file: File,
  kind: literals(ROSTER_KINDS),
  /** Default: `scim` of a file whose name ends in `.json`, else `csv`. */
  format: optional(literals(["csv", "scim"])),
  columns: columnsOf("person"),
  /** A word of the file for somebody's status → what it means. */
  statuses: optional(Type.Record(Type.String({ minLength: 1 }), literals(["active", "leave", "terminated"]))),
  /** The day or instant that the file tells of; default: when it was last written. */
  as_of: optional(Type.String({ pattern: "^[0-9]{4}-[0-9]{2}-[0-9]{2}(T.*)?$" })),
});

const Requests = closed({
  file: File,
  /** Default: `json` of a file whose name ends in `.json`, else `csv`. */
  format: optional(literals(["csv", "json"])),
  columns: columnsOf("request"),
});

/** Most files of each kind that one source reads. */
const MAX_FILES = 16;

export const PeopleSettings = closed({
  address: Type.Literal("people"),
  rosters: optional(Type.Array(Roster, { minItems: 1, maxItems: MAX_FILES })),
  requests: optional(Type.Array(Requests, { minItems: 1, maxItems: MAX_FILES })),
});

export type PeopleSettings = Static<typeof PeopleSettings>;
export type RosterSettings = Static<typeof Roster>;
export type RequestsSettings = Static<typeof Requests>;

export function rosterFormat({ file, format }: RosterSettings): "csv" | "scim" {
  return format ?? (isJson(file) ? "scim" : "csv");
}

export function requestsFormat({ file, format }: RequestsSettings): "csv" | "json" {
  return format ?? (isJson(file) ? "json" : "csv");
}

function isJson(file: string): boolean {
  return file.toLowerCase().endsWith(".json");
}

/** What decides which questions are put: the files by name, without their directories, which differ between machines. */
export function selectionOf({ rosters, requests }: PeopleSettings): Readonly<Record<string, unknown>> {
  return {
    ...(rosters === undefined
      ? {}
      : {
          rosters: rosters.map((one) => ({
            file: basename(one.file),
            kind: one.kind,
            format: rosterFormat(one),
          })),
        }),
    ...(requests === undefined
      ? {}
      : { requests: requests.map((one) => ({ file: basename(one.file), format: requestsFormat(one) })) }),
  };
}

/** Files are known by their names alone, so that two of one name would be one; a source without files reads nothing. E_CONFIG. */
export function refuseUnusablePeople(
  settings: Readonly<Record<string, unknown>>,
  locate: (path: readonly string[]) => Location,
): void {
  const seen = new Set<string>();
  for (const list of ["rosters", "requests"]) {
    const files: unknown = settings[list];
    for (const [index, one] of (Array.isArray(files) ? (files as unknown[]) : []).entries()) {
      const file = (one as { readonly file?: unknown } | null)?.file;
      if (typeof file !== "string") continue;
      const name = basename(file);
      if (seen.has(name)) {
        throw new CountersignError("E_CONFIG", `expected files of different names, got ${name} twice`, {
          location: locate([list, String(index), "file"]),
          fix: "Give one of the files another name, or read it as a source of its own.",
        });
      }
      seen.add(name);
    }
  }
  if (settings["rosters"] === undefined && settings["requests"] === undefined) {
    throw new CountersignError("E_CONFIG", "expected rosters or requests, got neither", {
      location: locate([]),
      fix: "Name a list of people under `rosters`, or a register of requests under `requests`: docs/people.md shows both.",
    });
  }
}
