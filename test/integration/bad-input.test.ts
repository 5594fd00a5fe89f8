import { mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { WRONG_TOKEN, place, ran, snapshots, store, type Case } from "../cli/places.ts";
import { reply, type Meddle } from "../cli/recorded-store.ts";

const html = (_request: unknown, response: Parameters<Meddle>[1]): boolean => {
  response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html><title>Sign in</title>");
  return true;
};

const sealed: Meddle = (request, response) => {
  const state = {
    type: "shamir",
    initialized: true,
    sealed: true,
    t: 3,
    n: 5,
    progress: 0,
    version: "1.21.1",
    migration: false,
    recovery_seal: false,
  };
  const health = {
    ...state,
    standby: true,
    replication_performance_mode: "unknown",
    replication_dr_mode: "unknown",
  };
  if (request.url?.includes("seal-status") === true) reply(response, 200, state);
  else if (request.url?.includes("sys/health") === true) reply(response, 503, health);
  else reply(response, 503, { errors: ["Vault is sealed"] });
  return true;
};

const only =
  (path: string, meddle: Meddle): Meddle =>
  (request, response, count) =>
    request.url?.includes(path) === true && meddle(request, response, count);

const truncated: Meddle = (_request, response) => {
  response.writeHead(200, { "content-type": "application/json", "content-length": "5000" });
  response.write('{"data":{"kv/":{"type"', () => response.destroy());
  return true;
};

/** Says nothing at all. */
const silent: Meddle = () => true;

/** Knows who asks, and allows nothing more than what everyone may ask for. */
const powerless: Meddle = (request, response) => {
  if (/lookup-self|seal-status|sys\/health/.test(request.url ?? "")) return false;
  reply(response, 403, { errors: ["1 error occurred:\n\t* permission denied\n\n"] });
  return true;
};

const IMPATIENT = "limits: { call_timeout_s: 1 }\n";

describe("a store that cannot be read", () => {
  it.each<[string, Case, string, RegExp, RegExp]>([
    [
      "is not there",
      { address: "http://127.0.0.1:1" },
      "E_UNREACHABLE",
      /nothing listens at the address/,
      /Check the address/,
    ],
    [
      "does not know the token",
      { token: WRONG_TOKEN },
      "E_DENIED",
      /does not know the collector's token/,
      /valid token/,
    ],
    [
      "knows the token and allows it nothing",
      { meddle: powerless },
      "E_DENIED",
      /expected answers, got none: \d+ gaps, of which \d+ refusals/,
      /Grant path "[^]*countersign init prints the whole policy/,
    ],
    ["is sealed", { meddle: sealed }, "E_SEALED", /the store is sealed/, /unseal the store/],
    [
      "answers a page instead of JSON",
      { meddle: html },
      "E_MALFORMED",
      /got an HTML page \(200\)/,
      /another service answered/,
    ],
    [
      "hangs",
      { meddle: silent, more: IMPATIENT },
      "E_UNREACHABLE",
      /expected an answer within 1000 ms, got none/,
      /raise limits\.call_timeout_s/,
    ],
    ["speaks no TLS where the address says so", { address: "https://127.0.0.1" }, "E_UNREACHABLE", /./, /./],
  ])("because it %s: its own message, what to do, exit 3", async (what, given, code, message, fix) => {
    const address = what.startsWith("speaks") ? store.address.replace("http:", "https:") : given.address;
    const complete = { ...given, ...(address === undefined ? {} : { address }) };
    const directory = await place(complete);
    const { exit, out, err } = await ran(directory, complete);
    expect(exit).toBe(3);
    expect(err).toMatch(new RegExp(`^countersign: ${code}: vault-production: `, "m"));
    expect(err).toMatch(message);
    expect(err).toMatch(/^ {2}fix: /m);
    expect(err.slice(err.indexOf("fix: "))).toMatch(fix);
    expect(out).toContain("vault-production: nothing could be read");
    const [manifest] = await snapshots(directory);
    expect(manifest?.sources[0]?.status).not.toBe("complete");
    expect(Object.values(manifest?.gap_counts ?? {}).length).toBeGreaterThan(0);
  });

  it("is told to programs as well", async () => {
    const directory = await place();
    const { exit, out } = await ran(directory, { token: WRONG_TOKEN, command: ["collect", "--json"] });
    expect(JSON.parse(out)).toMatchObject({ exit: 3, errors: [{ error: "E_DENIED", exit: 3 }] });
    expect(exit).toBe(3);
  });

  it("gives a report without a pass where one is asked for", async () => {
    const directory = await place();
    await ran(directory, { meddle: sealed });
    const { exit, out } = await ran(directory, { command: ["report", "--json"] });
    const { exits, summary } = JSON.parse(out) as {
      exits: number[];
      summary: { gap_count: number; outcomes: { compliant: number } };
    };
    expect(exits).toContain(3);
    expect([1, 3]).toContain(exit);
    expect(summary.gap_count).toBeGreaterThan(0);
    const seen = JSON.parse(out) as { frameworks: { status_counts: Record<string, number> }[] };
    for (const { status_counts } of seen.frameworks) expect(status_counts["satisfied"] ?? 0).toBe(0);
  });

  it.each<[string, Case, number]>([
    ["is sealed", { meddle: sealed }, 3],
    ["does not know the token", { token: WRONG_TOKEN }, 3],
    ["has no credential", { auth: "{ method: token, token: env:NOWHERE }" }, 2],
  ])("because it %s: the last report stays, with what helps next", async (_what, given, code) => {
    const directory = await place(given);
    await mkdir(join(directory, "out"));
    await writeFile(join(directory, "out/evidence-report.pdf"), "the last good one");
    const text = await ran(directory, { ...given, command: ["run"] });
    expect(text.exit).toBe(code);
    expect(text.out).toContain("out is left as it was");
    const json = await ran(directory, { ...given, command: ["run", "--json"] });
    expect(JSON.parse(json.out)).toMatchObject({ exit: code, collected: { errors: [{}] } });
    expect(await readdir(join(directory, "out"))).toEqual(["evidence-report.pdf"]);
    expect(await readFile(join(directory, "out/evidence-report.pdf"), "utf8")).toBe("the last good one");
    const { out } = await ran(directory, given);
    expect(out).toMatch(/^Next: mend .*countersign doctor/m);
    expect(out).not.toContain("Next: countersign report");
  });

  it("in part only is reported: what was read, and gaps", async () => {
    const directory = await place({ more: IMPATIENT });
    const meddle = only("sys/mounts", html);
    const { exit } = await ran(directory, { meddle, command: ["run"] });
    expect([1, 3]).toContain(exit);
    expect(await readdir(join(directory, "out"))).toContain("MANIFEST.sha256");
  });
});

describe("a slip in the configuration", () => {
  it.each<[string, string, RegExp]>([
    ["a framework that is not there", "frameworks: [soc2-2018]", /soc2-2018[^]*Did you mean soc2-2017\?/],
    [
      "an answer to what is not there",
      'controls: [{ id: A, answers: ["soc2-2017:CC99"] }]',
      /got soc2-2017:CC99/,
    ],
    [
      "a parameter of no policy",
      "parameters: { rotation_overdu: { limit_days: 1 } }",
      /Did you mean rotation_overdue\?/,
    ],
    ["a bundle that is not there", "policies: [own.tar.gz]", /own policies own\.tar\.gz/],
    ["an unknown key", "framework: [soc2-2017]", /got framework[^]*Did you mean frameworks\?/],
  ])("as %s is exit 2 before the store is asked", async (_what, more, message) => {
    const directory = await place({ more });
    for (const command of [["collect"], ["run"]]) {
      const { exit, err } = await ran(directory, { command });
      expect(exit).toBe(2);
      expect(err).toMatch(message);
      expect(store.asked).toBe(0);
    }
    expect(await snapshots(directory)).toEqual([]);
  });

  it("that names no file to be read says which setting or variable names it", async () => {
    const named = await place({ address: `${store.address}\n    ca_cert_file: nowhere.pem` });
    const stated = await ran(named);
    expect(stated.exit).toBe(2);
    expect(stated.err).toMatch(
      /countersign\.yaml:6:19: .*nowhere\.pem, which sources\.vault-production\.ca_cert_file names/,
    );
    const directory = await place();
    for (const [variable, command] of [
      ["VAULT_CACERT", ["collect"]],
      ["BAO_CLIENT_KEY", ["run"]],
      ["VAULT_CAPATH", ["init", "--discover", "--address", store.address]],
    ] as const) {
      const { exit, err } = await ran(directory, { command }, { env: { [variable]: "/nowhere.pem" } });
      expect({ variable, exit }).toEqual({ variable, exit: 2 });
      expect(err).toContain(`expected to read /nowhere.pem, which ${variable} names, got ENOENT`);
    }
    expect(store.asked).toBe(0);
  });
});

describe("an answer that cannot be used", () => {
  it.each<[string, Meddle, string, RegExp, RegExp]>([
    ["is cut", only("sys/mounts", truncated), "malformed", /expected a whole body, got \d+ bytes/, /proxy/],
    ["is a page", only("sys/mounts", html), "malformed", /HTML page/, /another service/],
    ["never comes", only("sys/mounts", silent), "timeout", /within 1000 ms/, /./],
    [
      "is a refusal",
      only("sys/mounts", (_, response) => (reply(response, 403, { errors: ["permission denied"] }), true)),
      "denied",
      /may not GET sys\/mounts/,
      /capabilities/,
    ],
    [
      "is JSON of another shape",
      only("sys/mounts", (_, response) => (reply(response, 200, { data: [1, 2] }), true)),
      "malformed",
      /./,
      /./,
    ],
    [
      "nests without end",
      only("sys/mounts", (_, response) => {
        response
          .writeHead(200, { "content-type": "application/json" })
          .end(`{"data":${"[".repeat(50_000)}${"]".repeat(50_000)}}`);
        return true;
      }),
      "malformed",
      /levels|parse/,
      /./,
    ],
    [
      "holds half a character",
      only("sys/mounts", (_, response) => {
        response
          .writeHead(200, { "content-type": "application/json" })
          .end('{"data":{"kv\\ud800/":{"type":"kv"}}}');
        return true;
      }),
      "malformed",
      /surrogate|Unicode/i,
      /./,
    ],
    [
      "is larger than any that is kept",
      only("sys/mounts", (_, response) => {
        response
          .writeHead(200, { "content-type": "application/json" })
          .end(`{"data":{"a":"${"x".repeat(9 * 1024 * 1024)}"}}`);
        return true;
      }),
      "limit",
      /bytes, got more/,
      /./,
    ],
    [
      "is an error of the server that holds a credential",
      only(
        "sys/mounts",
        (_, response) => (reply(response, 500, { errors: [`token ${WRONG_TOKEN} failed`] }), true),
      ),
      "unavailable",
      /the server failed \(500\)/,
      /./,
    ],
  ])("because it %s: a gap with its reason, and the rest is read", async (_what, meddle, reason, message) => {
    const directory = await place({ more: IMPATIENT });
    const { exit, out } = await ran(directory, { meddle });
    expect(exit).toBe(3);
    expect(out).toMatch(new RegExp(`^ {2}${reason}: namespace\\.mounts: `, "m"));
    expect(out).toMatch(message);
    const [manifest] = await snapshots(directory);
    expect(manifest?.sources[0]?.status).toBe("partial");
    expect(manifest?.fact_counts["principal"]).toBeGreaterThan(10);
    expect(manifest?.fact_counts["secret"]).toBeUndefined();
  });

  it("because a policy on the server is malformed: a gap that names it", async () => {
    const directory = await place();
    const broken = only("sys/policies/acl/legacy-read", (_, response) => {
      reply(response, 200, {
        data: { name: "legacy-read", policy: 'path "secret/*" { capabilities = ["read"' },
      });
      return true;
    });
    const { exit, out } = await ran(directory, { meddle: broken });
    expect(exit).toBe(3);
    expect(out).toMatch(/^ {2}malformed: namespace\.policy: .*legacy-read/m);
  });
});
