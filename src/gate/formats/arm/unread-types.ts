import { itemsOf, placeOf } from "../../text/node.ts";
import { counted } from "../../../base/index.ts";
import type { Unread } from "../format.ts";
import { givesAccess } from "./grants.ts";
import type { ArmResource } from "./resources.ts";
import { isMapped } from "./things.ts";
import { field } from "./values.ts";

/** Types that say how secrets and keys are kept, or who may use them. */
const ABOUT_SECRETS =
  /^microsoft\.(?:keyvault\/|authorization\/role|managedidentity\/)|\/providers\/role|^microsoft\.resources\/(?:deploymentstacks|templatespecs\/versions)$/;

/** Of these, what gives nobody anything and keeps nothing. */
const HARMLESS: ReadonlySet<string> = new Set([
  "microsoft.keyvault/vaults/privateendpointconnections",
  "microsoft.keyvault/managedhsms/privateendpointconnections",
  "microsoft.managedidentity/userassignedidentities",
]);

const SCRIPTS = "microsoft.resources/deploymentscripts";

/** Tells scripts that stand elsewhere, and those that do something by an identity: what these do is not read. */
function* unreadScripts(resources: readonly ArmResource[]): Generator<Unread> {
  for (const { key, node, address } of resources) {
    if (key !== SCRIPTS) continue;
    const uri = field(node, "properties", "primaryScriptUri");
    const more = itemsOf(field(node, "properties", "supportingScriptUris"))[0];
    const elsewhere = uri ?? more;
    if (elsewhere === undefined && field(node, "identity") === undefined) continue;
    const detail =
      elsewhere === undefined
        ? `what the script of ${address} does by its identity is not read`
        : `the script of ${address} stands elsewhere`;
    yield { format: "arm", place: placeOf(elsewhere ?? node), reason: "unsupported", detail };
  }
}

/** Tells which types of resources about secrets are not read, one each: what they declare is not judged, and is no pass. */
export function* unreadTypes(resources: readonly ArmResource[]): Generator<Unread> {
  yield* unreadScripts(resources);
  const unread = resources.filter(
    ({ key }) => ABOUT_SECRETS.test(key) && !isMapped(key) && !givesAccess(key) && !HARMLESS.has(key),
  );
  for (const [, [first, ...others]] of Map.groupBy(unread, ({ key }) => key)) {
    if (first === undefined) continue;
    const more = others.length === 0 ? "" : `, and ${counted(others.length, "other")} of its type`;
    const detail = `${first.type} is not read: ${first.address}${more} not judged`;
    yield { format: "arm", place: placeOf(first.node), reason: "unsupported", detail };
  }
}
