import { CountersignError } from "../../base/index.ts";
import { RequestContext } from "./context.ts";
import { parseDocument, type PolicyDocument } from "./document.ts";
import { evaluate, permitted } from "./evaluate.ts";
import { conclude, type Conclusion } from "./formula.ts";
import {
  hasCallers,
  hasGuests,
  isCluster,
  issuerOf,
  ownersIn,
  strangersClaims,
  type Vouched,
} from "./web-identity.ts";
import type { Owners } from "../owner-globs.ts";

/** Whom a role's trust policy lets in on the word of an issuer of tokens. */
export interface TrustCallers {
  readonly vouched_by: "cluster" | "issuer";
  /** Keys of conditions that name somebody, of all issuers, in order. */
  readonly bounds: readonly string[];
  /** Whether everyone comes in for whom one of the issuers vouches. Absent: it is not known. */
  readonly any_caller?: boolean;
  /** Values that fit names of owners which strangers may register, where everyone does not come in anyway. */
  readonly lookalikes: readonly string[];
}

const ACTION = "sts:AssumeRoleWithWebIdentity";

/** An issuer with which AWS takes anyone's word: no account has to set it up (IAM User Guide, "OIDC federation"). */
const BUILT_IN = "accounts.google.com";

/**
 * Undefined: the trust policy believes no issuer of tokens. A text that is no policy says of nobody that they do not come in.
 * `role`: its ARN.
 */
export function trustCallers(text: string, role: string): TrustCallers | undefined {
  const document = read(text);
  if (document === undefined) return { vouched_by: "issuer", bounds: [], lookalikes: [] };
  const providers = providersIn(document);
  const [first] = providers;
  if (first === undefined) return undefined;
  const issuers = providers.flatMap((provider) => issuerOf(provider) ?? []);
  const letsGuestsIn = claimsAsked(document, issuers).some(({ written }) => written === "unauthenticated");
  const asked = (takes: (owners: Owners) => boolean): Conclusion[] =>
    providers.flatMap((provider) =>
      vouchedBy(provider).map((who): Conclusion => {
        const conclusion = admitted(document, { provider, who, role }, takes);
        // Whether the pool that a policy names has guests is the pool's to say.
        const isOpen = who === "guest" && conclusion.holds && !letsGuestsIn;
        // Whether others may call the workflow that a policy names is its repository's to say.
        const isCalled = who === "caller" && conclusion.holds;
        return isOpen || isCalled ? { ...conclusion, certainty: "possible" } : conclusion;
      }),
    );
  const everyone = asked((owners) => owners === "anyone");
  const any_caller = everyone.some(isSure) ? true : everyone.some(isPossible) ? undefined : false;
  const likes = any_caller !== true && asked((owners) => owners !== "named").some(isSure);
  return {
    vouched_by: issuers.every(isCluster) ? "cluster" : "issuer",
    bounds: namingKeys(document, issuers),
    ...(any_caller === undefined ? {} : { any_caller }),
    lookalikes: likes ? valuesOf(document, issuers, "lookalike") : [],
  };
}

function read(text: string): PolicyDocument | undefined {
  try {
    return parseDocument(JSON.parse(text), "resource");
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return undefined;
    if (thrown instanceof CountersignError && thrown.code === "E_IAM") return undefined;
    throw thrown;
  }
}

function providersIn({ statements }: PolicyDocument): string[] {
  const entries = statements
    .filter(({ effect, actions }) => effect === "Allow" && coversAction(actions))
    .flatMap(({ principals }) => (principals?.except === true ? [] : (principals?.of ?? [])));
  const named = entries.flatMap((entry) => {
    if (entry.kind === "everyone") return [BUILT_IN];
    return entry.kind === "federated" && issuerOf(entry.provider) !== undefined ? [entry.provider] : [];
  });
  return [...new Set(named)].sort();
}

function coversAction({ except, of }: PolicyDocument["statements"][number]["actions"]): boolean {
  return of.some((glob) => glob.matches(ACTION.toLowerCase())) !== except;
}

function vouchedBy(provider: string): Vouched[] {
  const issuer = issuerOf(provider) ?? "";
  return [
    true,
    ...(hasGuests(issuer) ? ["guest" as const] : []),
    ...(hasCallers(issuer) ? ["caller" as const] : []),
  ];
}

interface Caller {
  readonly provider: string;
  readonly who: Vouched;
  readonly role: string;
}

function admitted(
  document: PolicyDocument,
  { provider, who, role }: Caller,
  takes: (owners: Owners) => boolean,
): Conclusion {
  const context = new RequestContext().setRestUnknown(/^$/, { certainty: "conditional", why: "not known" });
  strangersClaims(context, provider, who, takes);
  const evaluation = evaluate(
    { action: ACTION, resource: role, context },
    { kind: "federated", provider, anyone: who },
    { identity: [], resource: [{ label: "resource", document }], grants: [] },
    undefined,
  );
  return conclude(permitted(evaluation));
}

function isSure({ holds, certainty }: Conclusion): boolean {
  return holds && certainty !== "possible";
}

function isPossible({ certainty }: Conclusion): boolean {
  return certainty === "possible";
}

interface Value {
  readonly key: string;
  readonly written: string;
  readonly owners: Owners;
}

/** What allowing statements ask of claims. */
function claimsAsked({ statements }: PolicyDocument, issuers: readonly string[]): Value[] {
  return statements
    .filter(({ effect }) => effect === "Allow")
    .flatMap(({ conditions }) => conditions.filter(({ operator }) => !operator.negated))
    .flatMap(({ key, values, operator }) => {
      const issuer = issuers.find((one) => key.toLowerCase().startsWith(`${one}:`));
      if (issuer === undefined || operator.base === "Null") return [];
      const wildcards = operator.base === "StringLike" || operator.base === "ArnLike";
      return values.map((written) => ({
        key,
        written,
        owners: ownersIn(issuer, true, { key, written, wildcards }),
      }));
    });
}

function namingKeys(document: PolicyDocument, issuers: readonly string[]): string[] {
  const byKey = Map.groupBy(claimsAsked(document, issuers), ({ key }) => key);
  return [...byKey]
    .filter(([, values]) => values.every(({ owners }) => owners === "named"))
    .map(([key]) => key)
    .sort();
}

function valuesOf(document: PolicyDocument, issuers: readonly string[], owners: Owners): string[] {
  const found = claimsAsked(document, issuers).filter((value) => value.owners === owners);
  return [...new Set(found.map(({ written }) => written))].sort();
}
