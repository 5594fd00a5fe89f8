import { Count, Text, Texts, Type, closed, literals } from "../facts/index.ts";
import { JudgedGaps, TierName, optional } from "./schema-parts.ts";

/** What of a workload its file tells, so that policies know whether they are about it. */
export const WORKLOAD_ASPECTS = [
  /** It runs, with environment variables or without. */
  "environment",
  /** It runs as a service account of a cluster. */
  "identity",
  /** It is how an image is built. */
  "image",
  /** It copies secrets out of a store. */
  "copy",
  /** It says how copies come into a store. */
  "store_login",
  /** It says how a cluster keeps secrets. */
  "encryption",
  /** It is somebody in a cloud. */
  "cloud_identity",
] as const;

/** Most things of a workload that are named; counts are over all. */
export const MAX_NAMED_PARTS = 64;

const Named = Type.Array(Text, { maxItems: MAX_NAMED_PARTS });

/** What runs with which secrets, or hands them to what runs, as a file declares it. Names alone, never a value. */
export const WorkloadSubject = closed({
  kind: Type.Literal("workload"),
  id: Type.String({ minLength: 1, maxLength: 2048 }),
  name: Text,
  tier: optional(TierName),
  gaps: JudgedGaps,
  platform: literals(["compose", "dockerfile", "kubernetes"]),
  /** E.g. `Deployment`, `service`, `image`, `ExternalSecret`. */
  workload_type: Text,
  /** Of Kubernetes; absent where it has none. */
  namespace: optional(Text),
  aspects: Type.Array(literals(WORKLOAD_ASPECTS), { uniqueItems: true }),
  environment: optional(
    closed({
      variable_count: Count,
      /** Variables, or whole sets of them, that hold values of secrets: `<container>: <variable>`. */
      secret_variable_count: Count,
      secret_variables: Named,
    }),
  ),
  identity: optional(
    closed({
      service_account: Text,
      /** Whether its token lies in the containers. */
      token_mounted: Type.Boolean(),
      /** Whether the same files bind a role to it, so that there is something to use the token for. */
      bound: Type.Boolean(),
    }),
  ),
  image: optional(
    closed({
      /** Credentials that every copy of the image holds. */
      credentials: Type.Array(
        closed({
          how: literals(["argument_default", "command", "environment", "file"]),
          /** Of the variable, argument or file. */
          name: Text,
          /** Where it stands, for a finding's place. */
          part: Text,
        }),
        { maxItems: MAX_NAMED_PARTS },
      ),
      credential_count: Count,
      /** Build arguments that are called as credentials are: whoever has the image reads their values in its history. */
      arguments: Type.Array(closed({ name: Text, part: Text }), { maxItems: MAX_NAMED_PARTS }),
      argument_count: Count,
    }),
  ),
  copy: optional(
    closed({
      /** Whether what changes in the store comes to the copy. */
      follows: Type.Boolean(),
      /** Longest time until it does, in seconds. */
      interval_s: optional(Count),
    }),
  ),
  store_login: optional(
    closed({
      /** Fields that name a stored key, token or password instead of an identity, in order. */
      stored_credentials: Texts,
    }),
  ),
  encryption: optional(
    closed({
      /** The first provider for secrets, by which they are written; `none` where no rule is for secrets. */
      written_with: Text,
    }),
  ),
  /** Of a service account of a cluster. */
  cloud_identity: optional(
    closed({
      /** Who it is there, in order. `name` is absent where something else fills it in. */
      identities: Type.Array(closed({ system: literals(["aws", "azure", "gcp"]), name: optional(Text) }), {
        maxItems: 3,
      }),
      /** Whether every pod of its namespace runs as it that says nothing else. */
      shared: Type.Boolean(),
    }),
  ),
});
