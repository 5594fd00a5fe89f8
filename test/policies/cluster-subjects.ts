import type { SubjectOf } from "../../src/subjects/index.ts";
import { PLAIN, common, type AnySubject } from "./subjects.ts";

type Access = NonNullable<SubjectOf<"principal">["access"]>;

const NOTHING: Access = {
  readable_secret_count: 0,
  own_readable_secret_count: 0,
  writable_secret_count: 0,
  usable_count: 0,
  administers: false,
  administers_itself: false,
  impersonated_count: 0,
  perhaps_administers: false,
  reads_and_administers: false,
  perhaps_reads_and_administers: false,
  sudo_rules: [],
  sudo_rule_count: 0,
  wildcard_rules: [],
  wildcard_rule_count: 0,
  perhaps_wildcard: false,
  certainty: "certain",
};

const EVERYONE: SubjectOf<"principal"> = {
  ...common("principal", "prod:groups/system:authenticated"),
  name: "system:authenticated",
  owner: "platform",
  store: { ...PLAIN, product: "kubernetes" },
  principal_type: "cluster_group",
  break_glass: false,
  collector: false,
  policies: [],
  bounds: [],
  vouched_by: "other",
  takes_any: [],
  lookalikes: [],
  held_token_count: 0,
  access: { ...NOTHING },
};

/** A cluster in which everyone comes to nothing. */
export const CLEAN_CLUSTER: readonly AnySubject[] = [EVERYONE];

/** The same with every fault that only a cluster can have. */
export const FAULTY_CLUSTER: readonly AnySubject[] = [
  {
    ...EVERYONE,
    access: {
      ...NOTHING,
      readable_secret_count: 3,
      own_readable_secret_count: 3,
      usable_count: 3,
      wildcard_rules: ["ClusterRole reader:3 secrets in all namespaces"],
      wildcard_rule_count: 1,
      perhaps_wildcard: true,
    },
  },
];
