import { execFile } from "node:child_process";
import { readFile, readdir } from "node:fs/promises";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { sortedBy } from "../../src/base/index.ts";
import { ensureConftest } from "../counterparties/conftest.ts";
import { found } from "../counterparties/availability.ts";
import { ownJudged, written, type OwnCase } from "../gate/own-rego-run.ts";

const conftest = await ensureConftest();
const run = promisify(execFile);

interface Compared extends OwnCase {
  /** Of conftest, beside policies and inputs. */
  readonly args?: readonly string[];
  readonly dataArgs?: Readonly<Record<string, string>>;
}

const POD = (name: string, user: number): string =>
  `kind: Pod\nmetadata:\n  name: ${name}\nspec:\n  user: ${user}\n`;
const ROOT = `package main

deny_root contains msg if {
	input.spec.user == 0
	msg := sprintf("%s runs as root", [input.metadata.name])
}
`;

/** Tells the whole input. */
const WHOLE = `package main

deny contains {"msg": "all", "input": input}
`;

async function inputsIn(kind: string): Promise<Record<string, string>> {
  const directory = new URL(`conftest-inputs/${kind}/`, import.meta.url);
  const names = await readdir(directory);
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await readFile(new URL(name, directory), "utf8")])),
  ) as Record<string, string>;
}

const CASES: Readonly<Record<string, Compared>> = {
  "a rule on one document": {
    policies: { "a.rego": ROOT },
    inputs: { "a.yaml": POD("a", 0), "b.yaml": POD("b", 1) },
  },
  "several documents in a file": {
    policies: { "a.rego": ROOT },
    inputs: { "a.yaml": `---\n${POD("a", 0)}---\n${POD("b", 1)}---\n${POD("c", 0)}` },
  },
  "failures, warnings and violations": {
    policies: {
      "a.rego": `package main

deny contains "one" if input.a
deny contains "two" if input.a
violation_more contains "three" if input.a
warn contains "four" if input.a
warn_other_thing contains "five" if not input.a
warn_never contains "six" if input.zzz
denying contains "no rule" if input.a
`,
    },
    inputs: { "a.yaml": "a: true\n", "b.yaml": "b: true\n" },
  },
  "metadata and places": {
    policies: {
      "a.rego": `package main

deny contains {"msg": "here", "_loc": {"file": "x.tf", "line": 7}, "severity": "low", "more": {"b": [1, 2.5], "a": null}} if input.a
warn contains {"msg": "line alone", "_loc": {"line": 3}} if input.a
deny_odd contains {"msg": "no place", "_loc": "nowhere"} if input.a
`,
    },
    inputs: { "a.yaml": "a: true\n" },
  },
  "exceptions by name": {
    policies: {
      "a.rego": `${ROOT}
violation_tag contains "untagged" if not input.tag
warn_root contains "warned" if input.spec.user == 0
exception contains rules if {
	input.metadata.name == "allowed"
	rules := ["root"]
}
`,
    },
    inputs: { "a.yaml": POD("allowed", 0), "b.yaml": POD("other", 0), "c.yaml": POD("allowed", 1) },
  },
  "an exception from rules without a name, said twice": {
    policies: {
      "a.rego": `package main

deny contains "plain" if input.a
violation contains "plain too" if input.a
deny_other contains "named" if input.a
exception contains [""] if input.a
exception contains ["", "x"] if input.a
`,
    },
    inputs: { "a.yaml": "a: true\n" },
  },
  "a namespace": {
    policies: {
      "a.rego": ROOT,
      "b.rego": `package other.deep\n\ndeny contains "deep" if input.kind\n`,
    },
    inputs: { "a.yaml": POD("a", 0) },
    args: ["--namespace", "other.deep"],
    request: { namespaces: ["other.deep"] },
  },
  "a pattern of namespaces": {
    policies: {
      "a.rego": ROOT,
      "b.rego": `package team.one\n\ndeny contains "one" if input.kind\n`,
      "c.rego": `package team.two\n\nwarn contains "two" if input.kind\n`,
    },
    inputs: { "a.yaml": POD("a", 0) },
    args: ["--namespace", "team.*"],
    request: { namespaces: ["team.*"] },
  },
  "all namespaces": {
    policies: { "a.rego": ROOT, "b.rego": `package other\n\ndeny contains "other" if input.kind\n` },
    inputs: { "a.yaml": POD("a", 0) },
    args: ["--all-namespaces"],
    request: { namespaces: "all" },
  },
  "combined files": {
    policies: {
      "a.rego": `package main

deny contains msg if {
	some one in input
	one.contents.kind == "Pod"
	not any_service
	msg := sprintf("%s of %s has no service among %d", [one.contents.metadata.name, one.path, count(input)])
}

any_service if {
	some one in input
	one.contents.kind == "Service"
}
`,
    },
    inputs: {
      "b.yaml": `${POD("b", 1)}---\n${POD("c", 1)}`,
      "a.yaml": POD("a", 0),
      "x.json": `{"kind": "Thing"}`,
    },
    args: ["--combine"],
    request: { combine: true },
  },
  data: {
    policies: {
      "a.rego": `package main

import data.limits

deny contains msg if {
	input.replicas > limits.most
	msg := sprintf("more than %d in %s", [limits.most, data.regions.eu.name])
}
`,
    },
    inputs: { "a.yaml": "replicas: 5\n", "b.yaml": "replicas: 1\n" },
    data: [
      { path: "limits.yaml", below: [], text: "limits: {most: 3}\n" },
      { path: "regions/eu/name.json", below: ["regions", "eu"], text: `{"name": "Europe"}` },
    ],
    dataArgs: {
      "data/limits.yaml": "limits: {most: 3}\n",
      "data/regions/eu/name.json": `{"name": "Europe"}`,
    },
    args: ["--data", "data"],
  },
  "the name of the file": {
    policies: { "a.rego": `package main\n\ndeny contains data.conftest.file.name if input.a\n` },
    inputs: { "deep/a.yaml": "a: 1\n", "b.json": `{"a": 1}` },
  },
  "values of YAML 1.1": {
    policies: {
      "a.rego": `package main

deny contains sprintf("%s: %s %v", [key, type_name(value), value]) if some key, value in input
`,
    },
    inputs: {
      "a.yaml": `yes_: yes
on: push
off_: Off
yes2: y
octal: 010
hex: 0x1F
under: 1_000
float: 1.50
whole: 3.0
exp: 1e3
time: 1:30
day: 2001-01-01
quoted: "yes"
empty:
tilde: ~
text: no thanks
base: &base {a: 1, b: 2}
merged:
  <<: *base
  b: 3
1: number
version: 1.2.3
`,
    },
  },
  "lists as the root": {
    policies: { "a.rego": `package main\n\ndeny contains sprintf("got %v", [input.a]) if input.a\n` },
    inputs: { "a.json": `[{"a": 1}, {"a": 2}, {"b": 3}]`, "b.yaml": "- a: 4\n- b: 5\n" },
  },
  "JSON with comments": {
    policies: { "a.rego": `package main\n\ndeny contains sprintf("got %v", [input.a]) if input.a\n` },
    inputs: { "a.jsonc": `{\n  // why\n  "a": [1, 2.0, "x"] /* and */\n}\n` },
  },
  Dockerfiles: {
    policies: {
      "a.rego": `package main

deny contains msg if {
	some i
	msg := sprintf("%d %v", [i, input[i]])
}
`,
    },
    inputs: {
      Dockerfile: `# syntax=docker/dockerfile:1
# what it is
FROM --platform=linux/amd64 alpine:3 AS build
ARG VERSION=1 OTHER
ENV A=b C="d e"
ENV OLD some value
LABEL x.y="z"
RUN apk add \\
    # why
    curl && \\
    true
RUN ["echo", "hi"]
COPY --from=build --chown=1:1 a b /c/
ADD ["a b", "c"]
EXPOSE 80 443/tcp
ONBUILD RUN echo later
HEALTHCHECK --interval=5s CMD curl x
HEALTHCHECK NONE
WORKDIR /a b
USER nobody
VOLUME /data /more
STOPSIGNAL SIGTERM

# the second
FROM scratch
COPY <<EOF /file
text
EOF
CMD run it
ENTRYPOINT ["/x", "y"]
`,
      "prod.dockerfile": "FROM a\n",
    },
  },
  ".env and INI": {
    policies: {
      "a.rego": `package main

deny contains sprintf("%s = %v", [key, value]) if some key, value in input
`,
    },
    inputs: {
      ".env.test": `# comment\nA=b\nexport C = "d e"\nE='$A'\nF="\${A}x"\nG=h # why\nI: j\nK="two\nlines"\nL=\n`,
      "a.ini": `[first]\nname = a b\nport=80\non = true\n; comment\n[second]\nx: 1.5\nquoted = "yes"\n`,
    },
  },
  "HCL 2": { policies: { "a.rego": WHOLE }, inputs: await inputsIn("hcl2") },
  TOML: { policies: { "a.rego": WHOLE }, inputs: await inputsIn("toml") },
  "rules of Rego v0": {
    policies: {
      "a.rego": `package main\n\ndeny[msg] {\n\tinput.a == 1\n\tmsg = "old"\n}\n\nwarn[{"msg": "older"}] { input.a }\n`,
    },
    inputs: { "a.yaml": "a: 1\n" },
    args: ["--rego-version", "v0"],
    version: "v0",
  },
  "texts that are empty, and a rule of another file": {
    policies: {
      "a.rego": `package main\n\ndeny contains "" if input.a\ndeny contains "told" if input.a\n`,
      "b.rego": `package main\n\nimport data.lib.helpers\n\ndeny contains helpers.text(input.a) if input.a\nwarn := ["listed"]\n`,
      "lib/helpers.rego": `package lib.helpers\n\ntext(x) := sprintf("helped %v", [x])\n`,
    },
    inputs: { "a.yaml": "a: 1\n" },
  },
};

interface Told {
  readonly filename: string;
  readonly namespace: string;
  readonly successes: number;
  readonly failures: readonly unknown[];
  readonly warnings: readonly unknown[];
  readonly exceptions: readonly unknown[];
}

/** Results without their order, which conftest's maps and sets do not have. */
function told(checks: readonly Partial<Told>[]): Told[] {
  const list = (results: readonly unknown[] = []): unknown[] => {
    const some = (results as { msg: string; loc?: object; metadata?: object }[]).map(
      ({ msg, loc = {}, metadata = {} }) => {
        return { msg, loc, metadata };
      },
    );
    return sortedBy(some, (one) => JSON.stringify(one));
  };
  const all = checks.map(
    ({ filename = "", namespace = "", successes = 0, failures, warnings, exceptions }) => {
      return {
        filename,
        namespace,
        successes,
        failures: list(failures),
        warnings: list(warnings),
        exceptions: list(exceptions),
      };
    },
  );
  return sortedBy(all, ({ filename, namespace }) => `${filename}\0${namespace}`);
}

describe.skipIf("missing" in conftest)("own rules beside conftest", () => {
  it.each(Object.keys(CASES))("%s", async (name) => {
    const own = CASES[name];
    if (own === undefined) throw new Error(`no case ${name}`);
    const below = (prefix: string, files: Readonly<Record<string, string>>): Record<string, string> =>
      Object.fromEntries(Object.entries(files).map(([path, text]) => [`${prefix}/${path}`, text]));
    const directory = await written(
      below("policy", own.policies),
      below("input", own.inputs),
      own.dataArgs ?? {},
    );
    const args = ["test", "input", "--no-fail", "--output", "json", ...(own.args ?? [])];
    // Times without an offset are the machine's there.
    const env = { ...process.env, TZ: "UTC" };
    const { stdout } = await run(found(conftest), args, { cwd: directory, env });
    const theirs = told(JSON.parse(stdout) as Partial<Told>[]);
    const { checks, unread } = await ownJudged(directory, own);
    expect(unread).toEqual([]);
    expect(told(checks)).toEqual(theirs);
    expect(theirs.length).toBeGreaterThan(0);
  });
});
