import {
  isGap,
  recordBytes,
  recordDigest,
  type Call,
  type CollectIo,
  type ConnectorContext,
  type FactKind,
  type Gap,
  type RawRecord,
} from "../../facts/index.ts";
import { whyClockDiffers } from "./clock.ts";
import { whyNotOneCluster } from "./cluster.ts";
import { jsonObject, usableAnswer } from "./failure.ts";
import { Misshapen, isObject, type Json } from "./json.ts";
import { normalise, readRecord } from "./normalise.ts";
import {
  factId,
  filled,
  looksUp,
  namespaceOf,
  requestPath,
  resourceOf,
  scopeOf,
  type Ask,
  type Dialect,
  type Omission,
  type Operation,
  type Params,
  type WalkContext,
} from "./operation.ts";
import { BEHIND_LOGIN, callerName, namespaceAsks, operationOf, server } from "./operations/index.ts";
import { readNodeFiles } from "./node-files.ts";
import { askable } from "./redacted.ts";
import { referencesOf } from "./references.ts";
import { Session } from "./session.ts";
import { exclusionOf, type HashicorpSettings } from "./settings.ts";
import { openTransport, type Transport } from "./transport.ts";
import { Vanished } from "./vanished.ts";

/** Questions that are put before what they led to is handed on: bounds memory, and paces token renewal. */
const BATCH = 256;

/** Kinds of facts that name policies, groups or entities. */
const NAMING: readonly FactKind[] = ["auth_role", "group", "principal", "token"];

/** Questions that may wait at once; beyond them a mount is cut with a gap. */
const MAX_WAITING = 1_000_000;

type Outcome = RawRecord | Gap;

/** Who asks, and through what. */
interface Run {
  readonly source: string;
  readonly io: CollectIo;
  readonly transport: Transport;
  readonly session: Session;
}

/**
 * Reads one server: what it tells everyone, then who we are, then everything that the table of operations reaches, then
 * whether it is still the cluster that it was.
 * A sealed or uninitialised store yields its store fact and one gap for the rest; so does a refused login.
 */
export async function* collect(
  settings: HashicorpSettings,
  context: ConnectorContext,
  io: CollectIo,
): AsyncGenerator<Outcome> {
  const transport = openTransport(settings);
  const session = new Session(settings, context, transport);
  const run: Run = { source: context.source, io, transport, session };
  try {
    yield* read(settings, run);
  } finally {
    await session.end();
    await transport.close();
  }
}

async function* read(settings: HashicorpSettings, run: Run): AsyncGenerator<Outcome> {
  const health = await put(run, { operation: "server.health", params: {} });
  yield health;
  const told = productOf(health);
  const product: Params = {
    ...(told.dialect === undefined ? {} : { product: told.dialect }),
    ...(told.enterprise === undefined ? {} : { enterprise: String(told.enterprise) }),
  };
  const seal = await put(run, { operation: "server.seal_status", params: product });
  yield seal;
  const closed = whyClosed(health, seal) ?? whyNoNamespace(settings, told);
  if (closed !== undefined) {
    yield everythingElse(run.source, closed);
    return;
  }
  yield* sameTime(run, health);
  const start = settings.namespace === undefined ? "" : `${settings.namespace}/`;
  // Asked anew by a resumed run, whose first answers are the interrupted one's: another cluster is not shown our token.
  if (!(yield* sameCluster(run, seal, "start"))) return;
  const self = await identify(run, start);
  yield self;
  // Who does not tell us who we are tells nothing else either; `normalise` makes a gap of such an answer.
  if (isGap(self) || normalise(self).some(isGap)) return;
  const { node_config_files: nodeFiles = {} } = settings;
  const storage = bodyOf(seal)?.["storage_type"];
  const walk: WalkContext = {
    ...told,
    ...(typeof storage === "string" ? { storage } : {}),
    nodeFiles: Object.keys(nodeFiles).sort(),
    excluded: (mount) => exclusionOf(settings, mount),
  };
  yield* readNodeFiles(nodeFiles, run.source, run.io);
  const asks = [
    ...server.roots.map((operation) => ({ operation, params: {} })),
    ...namespaceAsks(walk, start),
  ];
  yield* walked(run, walk, asks);
  yield* sameCluster(run, seal, "end");
}

/** Asks which cluster answers; false, and a gap over everything, unless it is certainly the one that answered `first`. */
async function* sameCluster(run: Run, first: Outcome, at: "end" | "start"): AsyncGenerator<Outcome, boolean> {
  const again = await put(run, { operation: "server.identity", params: { at } });
  yield again;
  if (isGap(again) || normalise(again).some(isGap)) return false;
  const why = whyNotOneCluster(bodyOf(first) ?? {}, bodyOf(again) ?? {});
  if (why === undefined) return true;
  const { id, hides } = operationOf("server.identity");
  const omission = { resource: "", hides, reason: "unavailable" as const, ...why };
  yield { ...omitted(run.source, { operation: id, params: {} }, omission), record: recordDigest(again) };
  return false;
}

/** A gap over all that is judged by its age where the server's clock is not ours. */
function* sameTime({ source }: Run, health: Outcome): Generator<Gap> {
  if (isGap(health)) return;
  const why = whyClockDiffers(bodyOf(health) ?? {}, health);
  if (why === undefined) return;
  const ask = { operation: "server.health", params: {} };
  yield { ...omitted(source, ask, { resource: "", ...why }), record: recordDigest(health) };
}

/**
 * Which product answers. Only Vault's health says `enterprise` (since 1.16), and OpenBao's first version was 2.0, so an
 * older number is Vault too; Vault 2.0 and later are told from OpenBao by that field alone.
 */
function productOf(health: Outcome): { dialect?: Dialect; enterprise?: boolean } {
  const { version, enterprise: said } = bodyOf(health) ?? {};
  if (typeof version !== "string" || version === "") return {};
  const suffix = /\+(ent|prem|pro)/.test(version);
  const enterprise = typeof said === "boolean" ? said : suffix ? true : undefined;
  if (enterprise !== undefined) return { dialect: "vault", enterprise };
  // From 1.16 on Vault always says it: where it does not, the edition is not known.
  if (/^(0|1\.(\d|1[0-5]))\./.test(version)) return { dialect: "vault", enterprise: false };
  return { dialect: version.startsWith("1.") ? "vault" : "openbao" };
}

function bodyOf(outcome: Outcome): Json | undefined {
  return isGap(outcome) ? undefined : jsonObject({ body: recordBytes(outcome) });
}

/**
 * Why nothing behind the login can be read; absent when it can. What answers neither question as this API does is not
 * shown a credential.
 */
function whyClosed(health: Outcome, seal: Outcome): Pick<Gap, "reason" | "detail" | "fix"> | undefined {
  if (isGap(health) && isGap(seal)) {
    const { reason, detail, fix } = seal;
    return { reason, detail, ...(fix === undefined ? {} : { fix }) };
  }
  const bodies = [bodyOf(seal), bodyOf(health)];
  const fix = "Initialise and unseal the store, then collect again.";
  if (bodies.some((body) => body?.["initialized"] === false)) {
    return { reason: "unavailable", detail: "the store is not initialised", fix };
  }
  if (bodies.some((body) => body?.["sealed"] === true)) {
    return { reason: "unavailable", detail: "the store is sealed", fix };
  }
  return undefined;
}

/**
 * Why a namespace that is asked for cannot be read; absent when it can. A community edition passes over the header that
 * names one and answers for all of the server: that would be taken for the namespace.
 */
function whyNoNamespace(
  { namespace }: HashicorpSettings,
  { dialect, enterprise }: { dialect?: Dialect; enterprise?: boolean },
): Pick<Gap, "reason" | "detail" | "fix"> | undefined {
  if (namespace === undefined || dialect !== "vault" || enterprise !== false) return undefined;
  return {
    reason: "unsupported",
    detail:
      "the server has no namespaces: it would answer for all of itself in place of the one that is asked for",
    fix: "Take namespace out of the source, and VAULT_NAMESPACE out of the environment.",
  };
}

function everythingElse(source: string, why: Pick<Gap, "reason" | "detail" | "fix">): Gap {
  return {
    store_id: source,
    scope: source,
    resource: factId(source, "", ""),
    operation: "server.seal_status",
    hides: [...BEHIND_LOGIN],
    ...why,
  };
}

/** Asks who we are: the first question that needs the token, so a refused login shows here, as a gap for everything. */
async function identify(run: Run, namespace: string): Promise<Outcome> {
  const self = await put(run, { operation: "token.self", params: {}, namespace });
  const data = bodyOf(self)?.["data"];
  if (isGap(self) || !isObject(data) || normalise(self).some(isGap)) return self;
  run.io.identify(callerName(data));
  run.session.observe(data, self.requested_at);
  return self;
}

/** Puts the questions, then those that their answers lead to, and so on: an order that the answers alone decide. */
async function* walked(run: Run, context: WalkContext, first: readonly Ask[]): AsyncGenerator<Outcome> {
  const walk = new Walk(run.source, context);
  walk.following.push(...first);
  for (let level = walk.next(); level.length > 0; level = walk.next()) {
    for (let from = 0; from < level.length; from += BATCH) {
      const batch = level.slice(from, from + BATCH);
      const outcomes = await run.io.each(batch, (ask) => put(run, ask));
      for (const [index, outcome] of outcomes.entries()) {
        yield outcome;
        const ask = batch[index];
        if (!isGap(outcome) && ask !== undefined) yield* walk.follow(ask, outcome);
      }
      await keepAlive(run, outcomes);
    }
  }
  yield* walk.vanished.gaps();
}

/** What a walk has yet to ask, and what it asked already. */
class Walk {
  following: Ask[] = [];
  readonly vanished = new Vanished();
  readonly #asked = new Set<string>();
  readonly #source: string;
  readonly #context: WalkContext;

  constructor(source: string, context: WalkContext) {
    this.#source = source;
    this.#context = context;
  }

  /** The questions of the next level. */
  next(): readonly Ask[] {
    const level = this.following;
    this.following = [];
    return level;
  }

  /** Notes what an answer leads to; yields a gap for what is left out. */
  *follow(ask: Ask, record: RawRecord): Generator<Gap> {
    for (const further of this.#furtherOf(ask, record)) {
      if (!("operation" in further)) yield omitted(this.#source, ask, further);
      else if (this.#isNew(further)) {
        if (this.following.length < MAX_WAITING) this.following.push(further);
        else yield omitted(this.#source, further, beyondLimit(further));
      }
    }
  }

  #furtherOf(ask: Ask, record: RawRecord): readonly (Ask | Omission)[] {
    const operation = operationOf(ask.operation);
    const { meaning, answered } = readRecord(operation, record);
    if (operation.nothingText !== undefined && looksUp(operation)) {
      this.vanished.note(operation, ask.params, record, meaning === "nothing");
    }
    if (meaning !== "answer") return [];
    try {
      const inherited = ask.namespace === undefined ? {} : { namespace: ask.namespace };
      const next = operation.next?.(answered, this.#context) ?? [];
      const led = askable(operation, answered, next).map((further) =>
        "operation" in further ? { ...inherited, ...further } : further,
      );
      return [...led, ...this.#namedIn(operation, record)];
    } catch (thrown) {
      // `normalise` runs `next` too, and makes a gap of what it stumbles over.
      if (thrown instanceof Misshapen) return [];
      throw thrown;
    }
  }

  #namedIn(operation: Operation, record: RawRecord): Ask[] {
    if (!operation.hides.some((kind) => NAMING.includes(kind))) return [];
    return normalise(record).flatMap((found) =>
      isGap(found) ? [] : referencesOf(found, namespaceOf(record.store_id, record.scope), this.#context),
    );
  }

  /** One request is put once, whatever leads to it. */
  #isNew({ operation, params, namespace = "" }: Ask): boolean {
    const { method, path, body } = operationOf(operation);
    const asked = [namespace, method, filled(path, params), body === undefined ? "" : bodyFor(body, params)];
    const name = JSON.stringify(asked);
    if (this.#asked.has(name)) return false;
    this.#asked.add(name);
    return true;
  }
}

async function keepAlive(run: Run, outcomes: readonly Outcome[]): Promise<void> {
  const asked = outcomes.flatMap((outcome) => (isGap(outcome) ? [] : [outcome.requested_at])).sort();
  const latest = asked.at(-1);
  if (latest !== undefined) await run.session.keepAlive(latest);
}

function beyondLimit({ operation, params }: Ask): Omission {
  const { hides, resource } = operationOf(operation);
  const detail = `expected at most ${MAX_WAITING} questions to wait, got more`;
  return { resource: filled(resource, params), hides, reason: "limit", detail };
}

function omitted(source: string, { operation, namespace = "" }: Ask, omission: Omission): Gap {
  return {
    store_id: source,
    scope: scopeOf(source, namespace),
    resource: factId(source, namespace, omission.resource),
    operation,
    reason: omission.reason,
    hides: [...omission.hides],
    detail: omission.detail,
    ...(omission.fix === undefined ? {} : { fix: omission.fix }),
  };
}

async function put(run: Run, ask: Ask): Promise<Outcome> {
  const operation = operationOf(ask.operation);
  const namespace = operation.rootOnly === true ? "" : (ask.namespace ?? "");
  const { source, transport, session } = run;
  const call: Call = {
    operation: operation.id,
    scope: scopeOf(source, namespace),
    params: ask.params,
    hides: operation.hides,
    resource: resourceOf(operation, source, namespace, ask.params),
    ...(operation.fresh === true ? { fresh: true } : {}),
    ...(operation.redact === undefined ? {} : { redact: operation.redact }),
    ...(operation.condense === undefined ? {} : { condense: operation.condense }),
  };
  return await run.io.call(call, async (limits) => {
    const token = operation.needs.length === 0 ? undefined : await session.token(limits);
    const request = {
      method: operation.method === "POST" ? ("POST" as const) : ("GET" as const),
      path: `${requestPath(operation, ask.params)}${queryOf(operation)}`,
      namespace: namespace.replace(/\/$/, ""),
      ...(token === undefined ? {} : { token }),
      ...(operation.body === undefined ? {} : { body: bodyFor(operation.body, ask.params) }),
    };
    return usableAnswer(operation, ask.params, await transport.send(request, limits));
  });
}

/** `list=true` with GET is LIST in a standard method, which proxies let through. */
function queryOf(operation: Operation): string {
  const query = [operation.method === "LIST" ? "list=true" : "", operation.query ?? ""].filter(
    (part) => part !== "",
  );
  return query.length === 0 ? "" : `?${query.join("&")}`;
}

function bodyFor(template: Readonly<Record<string, string>>, params: Params): Record<string, string> {
  return Object.fromEntries(Object.entries(template).map(([key, param]) => [key, params[param] ?? ""]));
}
