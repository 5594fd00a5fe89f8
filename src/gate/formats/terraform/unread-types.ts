import { counted } from "../../../base/index.ts";
import type { FormatId } from "../../declared.ts";
import { reachesSecrets } from "../../resources/google/index.ts";
import type { HclBlock } from "../../text/hcl-tree.ts";
import { VAULT_TYPES } from "../../resources/vault/index.ts";
import { at, placeOf, textOf } from "../../text/node.ts";
import type { Unread } from "../format.ts";
import { AWS_TYPES } from "./aws.ts";
import { AZURE_TYPES, GOOGLE_TYPES } from "./clouds.ts";
import type { Resource } from "./resource.ts";

/**
 * Resources that say how secrets and keys are kept, or who may use them, by whichever provider; and those that bring a template, a chart or
 * a manifest, of which all may be.
 */
const ABOUT_SECRETS =
  /^(?:aws_(?:cloudcontrolapi_resource|cloudformation_stack(?:_set)?|eks_(?:access_entry|access_policy_association|pod_identity_association)|iam|kms|rolesanywhere|secretsmanager|ssm_parameter|ssoadmin_(?:account|customer|managed|permission|permissions))|awscc_(?:iam|kms|secretsmanager|ssm_parameter|sso)|azapi|azuread_(?:application|service_principal)_(?:certificate|federated_identity_credential|password)|azurerm_(?:federated_identity_credential|key_vault|pim|resource_deployment_script|[a-z_]+_template_deployment)|google_(?:(?:folder|organization|project|service_account)_iam|iam_workload_identity_pool_provider|kms|secret_manager|service_account_key)|helm_release|kubectl|kubernetes_(?:cluster_role|manifest|role|secret|service_account)|vault)(?:_|$)/;

/** Of these, what gives nobody anything and keeps nothing: it names, describes, or lets a machine be a role that is judged itself. */
const HARMLESS: ReadonlySet<string> = new Set([
  "aws_iam_account_alias",
  "aws_iam_account_password_policy",
  "aws_iam_instance_profile",
  "aws_iam_server_certificate",
  "aws_iam_service_linked_role",
  "google_kms_key_ring",
]);

const GOOGLE_IAM = /^google_(?:folder|organization|project|service_account)_iam_(?:binding|member)$/;

/** Tells which types of resources about secrets are not read, one each: what they declare is not judged, and is no pass. */
export function* unreadTypes(resources: readonly Resource[], format: FormatId): Generator<Unread> {
  const unread = resources.filter((resource) => resource.mode === "managed" && !isRead(resource));
  for (const [type, [first, ...others]] of Map.groupBy(unread, (resource) => resource.type)) {
    if (first === undefined) continue;
    const more = others.length === 0 ? "" : `, and ${counted(others.length, "other")} of its type`;
    const detail = `${type} is not read: ${first.address}${more} not judged`;
    yield { format, place: placeOf(first.spot), reason: "unsupported", detail };
  }
}

/** Tells that what actions do is not read (Terraform 1.14): they change what no resource says. */
export function* unreadActions(blocks: readonly HclBlock[]): Generator<Unread> {
  const [first, ...others] = blocks.filter(({ type, labels }) => type === "action" && labels.length === 2);
  if (first === undefined) return;
  const more = others.length === 0 ? "" : ` and ${counted(others.length, "other")}`;
  const detail = `what an action does is not read: action.${first.labels.join(".")}${more}`;
  yield { format: "terraform", place: placeOf(first), reason: "unsupported", detail };
}

/** Commands of what reads and writes stores of secrets. */
const STORE_COMMAND =
  /\b(?:aws\s+(?:kms|secretsmanager|ssm)|az\s+keyvault|bao\s+\w|gcloud\s+(?:kms|secrets)|vault\s+(?:audit|auth|delete|kv|policy|read|secrets|token|write))\b/;

/** Tells that what provisioners do to stores of secrets is not read: they change what no resource says. */
export function* unreadProvisioners(blocks: readonly HclBlock[]): Generator<Unread> {
  for (const { type, labels, body } of blocks) {
    if (type !== "resource") continue;
    for (const block of body.blocks) {
      const { source, start, end } = block;
      if (block.type !== "provisioner" || !STORE_COMMAND.test(source.text.slice(start, end))) continue;
      const detail = `what provisioner ${block.labels.join(".")} of ${labels.join(".")} does to a store of secrets is not read`;
      yield { format: "terraform", place: placeOf(block), reason: "unsupported", detail };
    }
  }
}

const READ = [AWS_TYPES, AZURE_TYPES, GOOGLE_TYPES];

function isRead({ type, attributes }: Resource): boolean {
  if (GOOGLE_IAM.test(type)) {
    const role = textOf(at(attributes, "role"));
    if (role !== undefined && !reachesSecrets(role)) return true;
  }
  return (
    !ABOUT_SECRETS.test(type) ||
    HARMLESS.has(type) ||
    VAULT_TYPES.has(type) ||
    READ.some((types) => Object.hasOwn(types, type))
  );
}
