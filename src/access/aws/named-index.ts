import { parseArn } from "./arn.ts";
import type { PolicyDocument, Statement } from "./document.ts";
import type { Holder } from "./holders.ts";
import type { PrincipalEntry } from "./principal-entry.ts";
import type { Caller } from "./world-caller.ts";

/** A class of things whose policy or grants name somebody. */
export interface Naming {
  readonly place: number;
  /** Absent: a grant of a key. */
  readonly statement?: Statement;
}

const NONE: readonly Naming[] = [];

/** Whom the policies of things name, from the name to the things. */
export class NamedIndex {
  readonly #allowed = new Map<string, Naming[]>();
  readonly #mentioned = new Map<string, Set<number>>();

  add(place: number, { statements }: PolicyDocument): void {
    for (const statement of statements) {
      const { effect, principals } = statement;
      if (principals === undefined) continue;
      for (const name of principals.of.flatMap(keysOf)) {
        this.#mention(name, place);
        if (effect === "Allow" && !principals.except) this.#allow(name, { place, statement });
      }
      if (effect === "Allow" && principals.except) this.#allow("everyone", { place, statement });
    }
  }

  addGrantee(place: number, entry: PrincipalEntry): void {
    for (const name of keysOf(entry)) {
      this.#mention(name, place);
      this.#allow(name, { place });
    }
  }

  /** What lets in everybody, or the bearer of one of these names. */
  direct(names: readonly string[]): readonly Naming[] {
    return this.byName([...names, "everyone"]);
  }

  /** What lets in the bearer of one of these names, by the name. */
  byName(names: readonly string[]): readonly Naming[] {
    return names.flatMap((name) => this.#allowed.get(name) ?? NONE);
  }

  /** What delegates to an account. */
  account(account: string): readonly Naming[] {
    return this.#allowed.get(`account ${account}`) ?? NONE;
  }

  /** Classes of things whose policies speak of one of these names, to allow, deny or except it. */
  mentioning(names: readonly string[]): ReadonlySet<number> {
    return new Set(names.flatMap((name) => [...(this.#mentioned.get(name) ?? [])]));
  }

  #mention(name: string, place: number): void {
    const known = this.#mentioned.get(name);
    if (known === undefined) this.#mentioned.set(name, new Set([place]));
    else known.add(place);
  }

  #allow(name: string, naming: Naming): void {
    const list = this.#allowed.get(name);
    if (list === undefined) this.#allowed.set(name, [naming]);
    else list.push(naming);
  }
}

/** The names that an entry may be found by. */
function keysOf(entry: PrincipalEntry): string[] {
  const key = keyOf(entry);
  return entry.kind === "unique_id" ? [key, ANY_ID] : [key];
}

/** Borne by those whose unique id is not known: any may be theirs. */
const ANY_ID = "some id";

function keyOf(entry: PrincipalEntry): string {
  switch (entry.kind) {
    case "everyone":
      return "everyone";
    case "account":
      return `account ${entry.account}`;
    case "arn":
      return sessionKey(entry.arn) ?? `arn ${entry.arn}`;
    case "unique_id":
      return `id ${entry.id.split(":")[0] ?? ""}`;
    case "service":
      return `service ${entry.service}`;
    case "federated":
      return `federated ${entry.provider}`;
    case "canonical_user":
      return "canonical";
  }
}

/** All sessions of a role or user have one name here, which the role or user bears too. */
function sessionKey(arn: string): string | undefined {
  const { service, account = "", resource = "" } = parseArn(arn) ?? {};
  if (service !== "sts") return undefined;
  const [kind, name = ""] = resource.split("/");
  return `session ${account} ${kind === "assumed-role" ? "role" : "user"} ${name}`;
}

/** Every name by which policies may mean somebody, but for everyone and the account. */
export function namesOf({ asks, account }: Holder, { requester }: Caller): string[] {
  if (typeof asks === "object") return [`federated ${asks.federated}`];
  switch (requester.kind) {
    case "service":
      return [`service ${requester.service}`];
    case "anonymous":
    case "federated":
      return [];
    case "root":
      return [`account ${requester.account}`, `arn ${requester.arn}`];
    case "user":
    case "role":
    case "federated_user": {
      const { arn, uniqueId } = requester;
      const kind = requester.kind === "role" ? "role" : "user";
      return [
        `arn ${arn}`,
        `session ${account ?? ""} ${kind} ${arn.slice(arn.lastIndexOf("/") + 1)}`,
        uniqueId === undefined ? ANY_ID : `id ${uniqueId}`,
      ];
    }
  }
}
