import { statSync } from "node:fs";
import { at, textAt, type Json } from "../counterparties/json.ts";
import { vaultApi, type Method, type VaultApi } from "../counterparties/vault-api.ts";
import type { VaultCluster } from "../counterparties/vault-cluster.ts";

/** How an operation has to stand in the event table: `who` as the table names principals, "-" where the log names none. */
export interface Entry {
  readonly who: string;
  readonly operation: string;
  readonly outcome: "denied" | "failed" | "success" | "unanswered";
}

/** A part of the log that was written between two sizes of the file, and when it shall have begun. */
export interface Phase {
  readonly fromByte: number;
  readonly toByte: number;
  readonly begun: string;
}

/** What one operation is, and how it should end: 2xx, 403, or another refusal. */
interface Call {
  readonly method: Method;
  readonly path: string;
  readonly body?: Json;
  readonly operation: string;
  readonly outcome?: "denied" | "failed" | "unanswered";
  /** The log has no line of it: the device is off. */
  readonly unlogged?: boolean;
}

/** What a script did at a server: every call is in the ledger, and nothing else asks the server anything. */
export class Script {
  readonly ledger: Entry[] = [];
  readonly phases: Phase[] = [];
  readonly #cluster: VaultCluster;
  readonly #logFile: string;
  readonly #clients = new Map<string, VaultApi>();

  constructor(cluster: VaultCluster, logFile: string) {
    this.#cluster = cluster;
    this.#logFile = logFile;
  }

  /** Does `work`, of which the log shall tell as of `begun`. The file grows before a call is answered. */
  async phase(begun: string, work: () => Promise<void>): Promise<void> {
    const fromByte = this.#size();
    await work();
    this.phases.push({ fromByte, toByte: this.#size(), begun });
  }

  /** What the server writes by itself to the device that is read, when it is enabled. */
  triesDevice(): void {
    this.ledger.push({ who: "service:vault", operation: "other", outcome: "unanswered" });
  }

  /** Somebody at an address of their own. */
  actor(name: string, from: string): Actor {
    return new Actor(name, (address) => this.#client(address), from, this.ledger);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#clients.values()].map((client) => client.close()));
  }

  #client(from: string): VaultApi {
    const { address, caCertPath } = this.#cluster.connection;
    const terms = { address, from, ...(caCertPath === undefined ? {} : { caCertPath }) };
    const client = this.#clients.get(from) ?? vaultApi(terms);
    this.#clients.set(from, client);
    return client;
  }

  #size(): number {
    return statSync(this.#logFile, { throwIfNoEntry: false })?.size ?? 0;
  }
}

/** One of the identities. */
export class Actor {
  readonly name: string;
  /** As the table names it; "-" before it has logged in. */
  key = "-";
  readonly #client: (from: string) => VaultApi;
  readonly #from: string;
  readonly #ledger: Entry[];
  #token = "";

  constructor(name: string, client: (from: string) => VaultApi, from: string, ledger: Entry[]) {
    this.name = name;
    this.#client = client;
    this.#from = from;
    this.#ledger = ledger;
  }

  holds(token: string, key: string): void {
    this.#token = token;
    this.key = key;
  }

  /** Throws where the server did not end it as it should. */
  async does(call: Call, from = this.#from): Promise<unknown> {
    const { method, path, body, operation, outcome = "success", unlogged = false } = call;
    const { status, body: answer } = await this.#client(from).as(this.#token).send(method, path, body);
    const expected =
      outcome === "denied"
        ? status === 403
        : outcome === "failed"
          ? status >= 400 && status !== 403
          : status < 300;
    if (!expected)
      throw new Error(
        `${this.name}: ${method} ${path} → ${status} ${JSON.stringify(answer)}, not ${outcome}`,
      );
    if (!unlogged) this.#ledger.push({ who: this.key, operation, outcome });
    return answer;
  }

  /** A login that succeeds: the log knows its principal from the answer. */
  async logsIn(path: string, body: Json): Promise<void> {
    const { status, body: answer } = await this.#client(this.#from).send("POST", path, body);
    if (status !== 200) throw new Error(`${this.name}: ${path} → ${status} ${JSON.stringify(answer)}`);
    this.holds(textAt(answer, "auth", "client_token"), `entity:${textAt(answer, "auth", "entity_id")}`);
    this.#ledger.push({ who: this.key, operation: "login", outcome: "success" });
  }

  /** A login that is refused, of which nobody knows whose it was. */
  async failsToLogIn(path: string, body: Json, from = this.#from): Promise<void> {
    const { status } = await this.#client(from).send("POST", path, body);
    if (status < 400) throw new Error(`${this.name}: ${path} → ${status}, not refused`);
    this.#ledger.push({ who: "-", operation: "login", outcome: "denied" });
  }
}

/** The log as if each phase had begun when it shall have: every record is the server's, with its time moved by its phase's distance. */
export function moved(log: Buffer, phases: readonly Phase[]): string {
  return phases
    .map(({ fromByte, toByte, begun }) => {
      const lines = log.subarray(fromByte, toByte).toString("utf8").split("\n").slice(0, -1);
      const times = lines.map((line) => textAt(JSON.parse(line) as unknown, "time"));
      const distance = Date.parse(begun) - Math.min(...times.map((time) => Date.parse(time)));
      return lines
        .map((line, index) => {
          const time = times[index] ?? "";
          const to = new Date(Date.parse(time) + distance).toISOString();
          return `${line.replace(`"time":"${time}"`, `"time":"${to}"`)}\n`;
        })
        .join("");
    })
    .join("");
}

/** The calls by who, what and how, counted. */
export function tallied(entries: readonly Entry[]): string[] {
  const groups = Map.groupBy(entries, ({ who, operation, outcome }) => `${who} ${operation} ${outcome}`);
  return [...groups].map(([name, group]) => `${name} ${group.length}`).sort();
}

/** A role's credentials for AppRole's login. */
export async function roleCredentials(root: Actor, role: string): Promise<Json> {
  const path = `auth/approle/role/${role}`;
  const id = await root.does({ method: "GET", path: `${path}/role-id`, operation: "describe" });
  const secret = await root.does({ method: "POST", path: `${path}/secret-id`, operation: "administer" });
  return { role_id: at(id, "data", "role_id"), secret_id: at(secret, "data", "secret_id") };
}
