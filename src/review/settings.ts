import { CountersignError } from "../base/index.ts";
import { Type, closed, literals, type Static } from "../schema/index.ts";
import { CADENCES, NO_ANSWERS, type Cadence, type CampaignTerms } from "./model.ts";
import type { RoleSettings } from "./roles.ts";

const Days = (minimum: number, maximum = 366) => Type.Integer({ minimum, maximum });

/** An email as people write it, in ASCII alone: lower case makes other letters somebody else's. Compared in lower case. */
export const Email = Type.String({
  pattern: "^(?![\\s\\S]*[^\\x21-\\x7e])[^\\s@<>,;]{1,64}@[^\\s@<>,;]{1,190}$",
});

const Emails = Type.Array(Email, { maxItems: 1000, uniqueItems: true });

const Patterns = Type.Array(Type.String({ minLength: 1, maxLength: 1024 }), { maxItems: 1000 });

const SomePatterns = { ...Patterns, minItems: 1 };

const Scope = closed({
  stores: Type.Optional(Patterns),
  tiers: Type.Optional(Patterns),
  owners: Type.Optional(Patterns),
  environments: Type.Optional(Patterns),
  principal_types: Type.Optional(Patterns),
  frameworks: Type.Optional(
    Type.Array(Type.String(), {
      minItems: 1,
      maxItems: 20,
      uniqueItems: true,
      description: "what belongs to any of these, as framework_scopes say",
    }),
  ),
});

/** A part of what belongs to a framework; one that narrows nothing would be everything by mistake. */
const Part = {
  ...closed({
    stores: Type.Optional(SomePatterns),
    tiers: Type.Optional(SomePatterns),
    owners: Type.Optional(SomePatterns),
    environments: Type.Optional(SomePatterns),
    paths: Type.Optional(SomePatterns),
    labels: Type.Optional(SomePatterns),
  }),
  minProperties: 1,
};

const cadences = Object.keys(CADENCES) as Cadence[];

/** One kind of campaign, by its name in `review.campaigns`. */
const Template = closed({
  title: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
  frameworks: Type.Optional(
    Type.Array(Type.String(), {
      description: "framework ids that it is evidence for; default: all in scope",
    }),
  ),
  scope: Type.Optional(Scope),
  assign: Type.Optional(literals(["manager", "owner"])),
  every: Type.Optional(literals(cadences)),
  due_days: Type.Optional(Days(1)),
  remediation_days: Type.Optional(Days(0)),
  remind_days: Type.Optional(Type.Array(Days(0), { maxItems: 10 })),
  grace_days: Type.Optional(Days(0)),
  no_answer: Type.Optional(
    Type.Union(
      NO_ANSWERS.map((answer) => Type.Literal(answer)),
      { description: "what becomes of items that nobody answers; recorded as such" },
    ),
  ),
  bulk_limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500 })),
  delegation_limit: Type.Optional(Type.Integer({ minimum: 0, maximum: 10 })),
  unused_days: Type.Optional(Days(1)),
  two_people: Type.Optional(Patterns),
  rubber_stamp: Type.Optional(
    closed({
      min_decisions: Type.Optional(Type.Integer({ minimum: 1 })),
      certified_share: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
      median_seconds: Type.Optional(Type.Number({ minimum: 0 })),
    }),
  ),
});

/** Who has a role. Whoever is signed in may be a reviewer: items say whose they are. */
const Holders = closed({
  people: Type.Optional(Emails),
  groups: Type.Optional(
    Type.Array(Type.String({ minLength: 1, maxLength: 200 }), {
      maxItems: 100,
      description: "as the identity provider names them",
    }),
  ),
});

/** A system that states access requests by the API of `serve`. */
const Integration = closed({
  name: Type.String({ pattern: "^[a-z0-9][a-z0-9-]{0,40}$" }),
  secret: Type.String({ description: "reference to its bearer token: env:NAME, file:/path or vault:name" }),
});

/** `review` of `countersign.yaml`. */
export const ReviewSettings = closed({
  roles: Type.Optional(
    closed({
      admin: Type.Optional(Holders),
      auditor: Type.Optional(Holders),
      compliance: Type.Optional(Holders),
      security: Type.Optional(Holders),
    }),
  ),
  management: Type.Optional(Emails),
  owners: Type.Optional(
    Type.Record(Type.String(), Emails, { description: "the people behind an owner's name, e.g. a team's" }),
  ),
  fallback: Type.Optional(Emails),
  /** Reviews of leavers and movers, raised by `review raise` and `review tick`. */
  events: Type.Optional(
    closed({
      leaver_due_days: Type.Optional(Days(1)),
      mover_due_days: Type.Optional(Days(1)),
      remediation_days: Type.Optional(Days(0)),
      grace_days: Type.Optional(Days(0)),
      no_answer: Type.Optional(literals([...NO_ANSWERS])),
    }),
  ),
  framework_scopes: Type.Optional(
    Type.Record(Type.String(), Type.Array(Part, { minItems: 1, maxItems: 100 }), {
      description:
        "what belongs to a framework, by its id: any of the parts; of a part everything that it says",
    }),
  ),
  /** Where reminders, escalations, leavers, movers and tickets are posted. */
  webhook: Type.Optional(
    closed({
      url: Type.String({ maxLength: 2048, description: "https, or http to this machine" }),
      secret: Type.String({
        description:
          "signs what is sent; reference: env:NAME, file:/path or vault:name, of at least 16 bytes",
      }),
    }),
  ),
  campaigns: Type.Optional(
    Type.Record(Type.String({ pattern: "^[a-z0-9][a-z0-9-]{0,40}$" }), Template, {
      additionalProperties: false,
    }),
  ),
  integrations: Type.Optional(
    Type.Array(Integration, {
      maxItems: 32,
      description: "systems that state access requests to the server by its API",
    }),
  ),
});

export type ReviewSettings = Static<typeof ReviewSettings>;

/** Who has which role: `review.roles`, and `review.management` as the role of that name. */
export function roleSettings({ roles = {}, management = [] }: ReviewSettings): RoleSettings {
  return { ...roles, management: { people: management } };
}

/** A campaign's terms where its template is silent. */
export const DEFAULT_TERMS: Omit<CampaignTerms, "template" | "title"> = {
  frameworks: [],
  scope: {},
  assign: "manager",
  due_days: 30,
  remediation_days: 14,
  remind_days: [14, 7, 1],
  grace_days: 7,
  no_answer: "escalate",
  bulk_limit: 50,
  delegation_limit: 2,
  rubber_stamp: { min_decisions: 20, certified_share: 0.98, median_seconds: 4 },
  unused_days: 90,
  two_people: ["*root*", "key"],
};

/** Terms of a template, whole; undefined where the configuration has no such one. E_CONFIG for a framework without a scope. */
export function termsOf(settings: ReviewSettings, template: string): CampaignTerms | undefined {
  const found = settings.campaigns?.[template];
  if (found === undefined) return undefined;
  const { title = `Access review: ${template}`, rubber_stamp, ...rest } = found;
  const framework_scopes = frameworkScopes(settings, rest.scope?.frameworks);
  return {
    ...DEFAULT_TERMS,
    ...rest,
    ...(framework_scopes === undefined ? {} : { framework_scopes }),
    template,
    title,
    rubber_stamp: { ...DEFAULT_TERMS.rubber_stamp, ...rubber_stamp },
  };
}

/** What belongs to these, so that the terms say by themselves what the campaign is about. */
function frameworkScopes(
  { framework_scopes = {} }: ReviewSettings,
  frameworks: readonly string[] | undefined,
): CampaignTerms["framework_scopes"] {
  if (frameworks === undefined) return undefined;
  return Object.fromEntries(
    frameworks.map((framework) => {
      const found = Object.hasOwn(framework_scopes, framework) ? framework_scopes[framework] : undefined;
      if (found !== undefined) return [framework, found];
      throw new CountersignError(
        "E_CONFIG",
        `expected review.framework_scopes.${framework}, which a scope names, got none`,
        { fix: FRAMEWORK_SCOPE_FIX },
      );
    }),
  );
}

export const FRAMEWORK_SCOPE_FIX =
  'Say what belongs to it, e.g. framework_scopes: { soc2-2017: [{ tiers: [critical, high] }, { paths: ["kv/payments/*"] }] }.';

/** Templates of the campaigns that people's leaving and moving raises: no template of the configuration has these names. */
export const EVENT_TEMPLATES = ["leavers", "movers"] as const;

export type EventTemplate = (typeof EVENT_TEMPLATES)[number];

export function isEventTemplate(template: string): template is EventTemplate {
  return (EVENT_TEMPLATES as readonly string[]).includes(template);
}

/** Terms of a campaign about some principals, because of what became of the people behind them. */
export function eventTerms(
  { events = {} }: ReviewSettings,
  template: EventTemplate,
  principals: readonly string[],
): CampaignTerms {
  const { leaver_due_days = 1, mover_due_days = 14, remediation_days = 1, grace_days = 1 } = events;
  const { no_answer = DEFAULT_TERMS.no_answer } = events;
  const due_days = template === "leavers" ? leaver_due_days : mover_due_days;
  return {
    ...DEFAULT_TERMS,
    template,
    title: template === "leavers" ? "People who left, and still have access" : "People who moved",
    scope: { principals },
    due_days,
    remediation_days,
    grace_days,
    no_answer,
    remind_days: [...new Set([...DEFAULT_TERMS.remind_days, 0])].filter((days) => days < due_days),
  };
}
