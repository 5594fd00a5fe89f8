import { CountersignError } from "../../base/index.ts";
import { parseDocument, type DocumentKind, type PolicyDocument } from "./document.ts";
import type { Level, Policy } from "./evaluate.ts";
import { isUnreadable, whyUnreadable, type AwsWorld, type Unreadable } from "./world-schema.ts";

type Given = Readonly<Record<string, unknown>>;
type GivenLevel = readonly (Given | Unreadable)[] | Unreadable;

const KINDS: Readonly<Record<string, DocumentKind>> = { endpoint: "endpoint", rcp: "resource" };

/** Parses each document of a world once. E_IAM tells which document does not parse, and where. */
export class Documents {
  readonly #parsed = new WeakMap<object, PolicyDocument>();
  readonly #organisations = new Map<string, readonly Level[] | undefined>();

  /** Documents that stand beside each other; `label` is what answers call them, `identity` of `identity:0`. */
  level(label: string, given: GivenLevel, where = label): Level {
    const kind = KINDS[label.split(":")[0] ?? ""] ?? "identity";
    if (isUnreadable(given)) return [gap(label, whyUnreadable(given, `${where} is unreadable`))];
    return given.map((document, at) =>
      this.#policy(`${label}:${at}`, document, { kind, where: `${where}:${at}` }),
    );
  }

  /** A resource's one policy; an object without keys is none. */
  resource(given: Given, where: string): Level {
    if (Object.keys(given).length === 0) return [];
    return [this.#policy("resource", given, { kind: "resource", where })];
  }

  /** SCPs or RCPs of an account by level; undefined where there are none or they do not bind it. */
  organisation(world: AwsWorld, id: string, which: "scps" | "rcps"): readonly Level[] | undefined {
    const key = `${which} ${id}`;
    if (!this.#organisations.has(key)) this.#organisations.set(key, this.#levels(world, id, which));
    return this.#organisations.get(key);
  }

  /** A document of that kind, parsed once. E_IAM. */
  parsed(given: Given, kind: DocumentKind): PolicyDocument {
    const document = this.#parsed.get(given) ?? parseDocument(given, kind);
    this.#parsed.set(given, document);
    return document;
  }

  #levels(world: AwsWorld, id: string, which: "scps" | "rcps"): readonly Level[] | undefined {
    const accounts = world.accounts ?? {};
    const account = Object.hasOwn(accounts, id) ? accounts[id] : undefined;
    if (account === undefined) return undefined;
    const label = which.slice(0, -1);
    if (isUnreadable(account)) return [[gap(label, whyUnreadable(account, `account ${id} is unreadable`))]];
    const levels = account[which];
    if (levels === undefined || account.management === true) return undefined;
    if (isUnreadable(account.management))
      return [[gap(label, whyUnreadable(account.management, `management of account ${id} is unreadable`))]];
    if (isUnreadable(levels))
      return [[gap(label, whyUnreadable(levels, `${which} of account ${id} are unreadable`))]];
    return levels.map((level, at) => this.level(`${label}:${at}`, level, `${label}:${at} of account ${id}`));
  }

  #policy(label: string, given: Given | Unreadable, setting: { kind: DocumentKind; where: string }): Policy {
    if (isUnreadable(given)) return gap(label, whyUnreadable(given, `${setting.where} is unreadable`));
    const known = this.#parsed.get(given);
    if (known !== undefined) return { label, document: known };
    const document = parsedAt(given, setting);
    this.#parsed.set(given, document);
    return { label, document };
  }
}

function gap(label: string, unreadable: string): Policy {
  return { label, document: { unreadable } };
}

function parsedAt(given: Given, { kind, where }: { kind: DocumentKind; where: string }): PolicyDocument {
  try {
    return parseDocument(given, kind);
  } catch (thrown) {
    if (!(thrown instanceof CountersignError) || thrown.code !== "E_IAM") throw thrown;
    throw new CountersignError("E_IAM", `${where}: ${thrown.message}`, {
      ...(thrown.fix === undefined ? {} : { fix: thrown.fix }),
      cause: thrown,
    });
  }
}
