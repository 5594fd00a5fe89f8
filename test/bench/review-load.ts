import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { Agent, request } from "undici";
import { formToken } from "../../src/web/tokens.ts";

/** What a person asks for. `decide` is a form that is sent, `next` the page that it leads to. */
export const KINDS = ["home", "list", "filtered", "search", "item", "decide", "next"] as const;

export type Kind = (typeof KINDS)[number];

/** Somebody with a browser: their session, and the items that they still have to decide on. */
export interface Person {
  readonly token: string;
  readonly open: string[];
}

/** Milliseconds of each answer, by kind, and what was not answered as it should be. */
export interface Measured {
  readonly times: Readonly<Record<Kind, number[]>>;
  readonly errors: Map<string, number>;
}

interface Load {
  readonly origin: string;
  readonly campaign: string;
  readonly people: readonly Person[];
  readonly seconds: number;
  /** Milliseconds that each person looks at a page; 0: never waits. */
  readonly thinks_ms: number;
}

/** Of a hundred steps that a person takes. */
const STEPS: readonly (readonly [number, Kind])[] = [
  [8, "home"],
  [30, "list"],
  [42, "filtered"],
  [52, "search"],
  [76, "item"],
  [100, "decide"],
];

const FILTERS = ["risk=critical", "tier=high", "state=open&sort=principal", "recommendation=examine&page=2"];
const WORDS = ["team-1", "secret-20", "person", "entity-7 team", "nothing-at-all"];

const VERSION = /name="version" value="(\d+)"/;
const DIGEST = /name="seen_sha256" value="([0-9a-f]{64})"/;

/** All people at once, each one step after another. */
export async function run({ origin, campaign, people, seconds, thinks_ms }: Load): Promise<Measured> {
  const agent = new Agent({ connections: people.length, pipelining: 1 });
  const times = Object.fromEntries(KINDS.map((kind) => [kind, []])) as unknown as Record<Kind, number[]>;
  const errors = new Map<string, number>();
  const list = `/campaigns/${campaign}/items`;
  const end = performance.now() + seconds * 1000;

  const ask = async (person: Person, kind: Kind, path: string, form?: URLSearchParams) => {
    const start = performance.now();
    const answer = await request(`${origin}${path}`, {
      dispatcher: agent,
      method: form === undefined ? "GET" : "POST",
      headers: {
        cookie: `countersign=${person.token}`,
        ...(form !== undefined && { "content-type": "application/x-www-form-urlencoded" }),
      },
      ...(form !== undefined && { body: form.toString() }),
    });
    const text = await answer.body.text();
    times[kind].push(performance.now() - start);
    const expected = form === undefined ? 200 : 303;
    const { statusCode } = answer;
    if (statusCode !== expected) {
      const fault = `${kind} ${statusCode}`;
      errors.set(fault, (errors.get(fault) ?? 0) + 1);
    }
    return { text, to: String(answer.headers["location"] ?? ""), ok: statusCode === expected };
  };

  const decide = async (person: Person): Promise<void> => {
    const item = person.open.pop();
    if (item === undefined) {
      await ask(person, "list", list);
      return;
    }
    const page = await ask(person, "item", `${list}/${item}`);
    const [version, seen_sha256] = [VERSION.exec(page.text)?.[1], DIGEST.exec(page.text)?.[1]];
    if (version === undefined || seen_sha256 === undefined) return;
    const form = new URLSearchParams({
      version,
      seen_sha256,
      form_token: formToken(person.token),
      choice: "certify",
      justification: "needed for the nightly job",
    });
    const { to, ok } = await ask(person, "decide", `${list}/${item}/decide`, form);
    if (ok) await ask(person, "next", to);
  };

  const steps: Readonly<Record<Exclude<Kind, "next">, (person: Person) => Promise<unknown>>> = {
    home: (person) => ask(person, "home", "/"),
    list: (person) => ask(person, "list", Math.random() < 0.5 ? list : `${list}?page=2`),
    filtered: (person) => ask(person, "filtered", `${list}?${pick(FILTERS)}`),
    search: (person) =>
      ask(person, "search", `${list}?${new URLSearchParams({ search: pick(WORDS) }).toString()}`),
    item: (person) => ask(person, "item", person.open.length > 0 ? `${list}/${pick(person.open)}` : list),
    decide,
  };

  const live = async (person: Person): Promise<void> => {
    await sleep(Math.random() * Math.max(50, thinks_ms));
    while (performance.now() < end) {
      const place = Math.random() * 100;
      const kind = STEPS.find(([until]) => place < until)?.[1] ?? "home";
      await steps[kind as Exclude<Kind, "next">](person);
      if (thinks_ms > 0) await sleep(thinks_ms * (0.5 + Math.random()));
    }
  };
  await Promise.all(people.map(live));
  await agent.close();
  return { times, errors };
}

function pick<T>(all: readonly T[]): T {
  const one = all[Math.floor(Math.random() * all.length)];
  if (one === undefined) throw new Error("expected something to pick from, got nothing");
  return one;
}

/** Milliseconds that so many of a hundred answers took at most. */
export function percentiles(times: readonly number[]) {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share: number): number =>
    Math.round((sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0) * 10) / 10;
  return { count: times.length, p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) };
}
