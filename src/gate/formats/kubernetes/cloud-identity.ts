import type { PlacedChange } from "../../declared.ts";
import type { Register } from "../../drafting.ts";
import { at, entriesOf, placeOf } from "../../text/node.ts";
import { WorkloadDraft } from "../workload/workload-draft.ts";
import { settled, type KubeObject } from "./objects.ts";

/**
 * Annotations by which a service account is somebody in a cloud, without a stored key. Sources: Amazon EKS, "Assign IAM roles to Kubernetes
 * service accounts"; GKE, "Workload Identity Federation"; Azure Workload Identity, "Labels and Annotations".
 */
const ANNOTATIONS = {
  "eks.amazonaws.com/role-arn": "aws",
  "azure.workload.identity/client-id": "azure",
  "iam.gke.io/gcp-service-account": "gcp",
} as const;

const CLOUDS = { aws: "AWS", azure: "Azure", gcp: "Google Cloud" } as const;

/** Who a service account is in clouds; none where it is nobody. What it may do there is judged where that is declared. */
export function cloudIdentityOf(object: KubeObject, register: Register): PlacedChange[] {
  const { kind, name, namespace, called, node, spot } = object;
  const annotations = entriesOf(at(node, "metadata", "annotations"));
  const found = Object.entries(ANNOTATIONS).flatMap(([key, system]) => {
    const [, entry] = annotations.find(([one]) => one === key) ?? [];
    return entry === undefined ? [] : [{ key, system, value: entry.value, text: settled(entry.value).text }];
  });
  const [first] = found;
  if (first === undefined) return [];
  const draft = new WorkloadDraft({
    format: "kubernetes",
    platform: "kubernetes",
    type: kind,
    name: called,
    namespace,
    spot,
  });
  draft.tells("cloud_identity");
  draft.part("workload_cloud_identity", first.value);
  draft.set({
    cloud_identity: {
      identities: found.map(({ system, text }) => {
        return { system, ...(text === undefined ? {} : { name: text.slice(0, 256) }) };
      }),
      shared: name === "default",
    },
  });
  for (const { key, system, value, text = "somebody that is filled in elsewhere" } of found)
    register.notices.push({
      kind: "cloud_identity",
      message: `${called} is ${text.slice(0, 256)} of ${CLOUDS[system]} (${key}): what that may do is judged where it is declared`,
      place: placeOf(value),
    });
  return [draft.change()];
}
