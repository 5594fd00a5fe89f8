import type { TSchema } from "@sinclair/typebox";
import { Type, closed, literals, type Static } from "../../facts/index.ts";
import { Grant } from "./key-grant.ts";
import { THING_STATES } from "./thing-state.ts";

/** `true`, or why it could not be read. */
const Unreadable = closed({ unreadable: Type.Union([Type.Literal(true), Type.String({ minLength: 1 })]) });
export type Unreadable = Static<typeof Unreadable>;

const orUnreadable = <T extends TSchema>(schema: T) => Type.Union([schema, Unreadable]);
const optional = <T extends TSchema>(schema: T) => Type.Optional(orUnreadable(schema));

/** A policy document as AWS would store it; `document.ts` looks inside. */
const Documents = Type.Array(Type.Record(Type.String(), Type.Unknown()));
const Levels = Type.Array(orUnreadable(Documents));
const Tags = Type.Record(Type.String(), Type.String());

const WorldAccount = closed({
  organization_id: optional(Type.String()),
  management: optional(Type.Boolean()),
  scps: optional(Levels),
  rcps: optional(Levels),
});

/** What is known of an identity of an account that the world does not tell of; of nothing stated, it is anybody's. */
const Outside = closed({
  account: Type.Optional(Type.String()),
  organization_id: Type.Optional(Type.String()),
  arn: Type.Optional(Type.String()),
});

const WorldPrincipal = closed({
  identity_policies: optional(Documents),
  permission_boundaries: optional(Documents),
  tags: optional(Tags),
  /** Whoever assumes it may choose the tags of its session, which come before its own. */
  session_tags: Type.Optional(Type.Boolean()),
  unique_id: Type.Optional(Type.String()),
  outside: Type.Optional(Outside),
});

const WorldResource = closed({
  account: Type.Optional(Type.String()),
  policy: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
  tags: optional(Tags),
  kms_key: optional(Type.String()),
  grants: optional(Type.Array(orUnreadable(Grant))),
  /** Absent: it is in use. */
  state: Type.Optional(literals(THING_STATES)),
});

const WorldQuestion = closed({
  id: Type.Optional(Type.String()),
  principal: Type.Union([
    Type.String(),
    closed({
      federated: Type.String(),
      anyone: Type.Optional(Type.Union([Type.Literal(true), Type.Literal("caller"), Type.Literal("guest")])),
    }),
  ]),
  session: Type.Optional(closed({ arn: Type.Optional(Type.String()), policies: optional(Documents) })),
  action: Type.String({ pattern: "^[\\w-]+:\\w+$" }),
  resource: Type.String(),
  endpoint_policies: optional(Documents),
  context: Type.Optional(Type.Record(Type.String(), Type.Union([Type.String(), Type.Array(Type.String())]))),
  unknown_context: Type.Optional(Type.Array(Type.String())),
});

/** The AWS part of `countersign-world/1`; see `docs/world-format.md`. */
export const AwsWorld = closed({
  format: Type.Literal("countersign-world/1"),
  provider: Type.Literal("aws"),
  accounts: Type.Optional(Type.Record(Type.String(), orUnreadable(WorldAccount))),
  principals: Type.Optional(Type.Record(Type.String(), orUnreadable(WorldPrincipal))),
  resources: Type.Optional(Type.Record(Type.String(), orUnreadable(WorldResource))),
  questions: Type.Array(WorldQuestion),
});

export type AwsWorld = Static<typeof AwsWorld>;
export type AwsQuestion = Static<typeof WorldQuestion>;
export type AwsResource = Static<typeof WorldResource>;
export type AwsPrincipal = Static<typeof WorldPrincipal>;
export type Outside = Static<typeof Outside>;

/** Why something is unreadable, as an answer says it: the reason given, or that it is. */
export function whyUnreadable({ unreadable }: Unreadable, otherwise: string): string {
  return unreadable === true ? otherwise : unreadable;
}

export function isUnreadable(value: unknown): value is Unreadable {
  return (
    typeof value === "object" && value !== null && !Array.isArray(value) && Object.hasOwn(value, "unreadable")
  );
}
