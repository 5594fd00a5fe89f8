import { placeOf } from "../../text/node.ts";
import { counted } from "../../../base/index.ts";
import type { Unread } from "../format.ts";
import { givesAccess } from "./grants.ts";
import type { ArmResource } from "./resources.ts";
import { isMapped } from "./things.ts";

/** Types that say how secrets and keys are kept, or who may use them. */
const ABOUT_SECRETS =
  /^microsoft\.(?:keyvault\/|authorization\/role|managedidentity\/)|\/providers\/role|^microsoft\.resources\/(?:deploymentstacks|templatespecs\/versions)$/;

/** Of these, what gives nobody anything and keeps nothing. */
const HARMLESS: ReadonlySet<string> = new Set([
  "microsoft.keyvault/vaults/privateendpointconnections",
  "microsoft.keyvault/managedhsms/privateendpointconnections",
  "microsoft.managedidentity/userassignedidentities",
]);

/** Tells which types of resources about secrets are not read, one each: what they declare is not judged, and is no pass. */
export function* unreadTypes(resources: readonly ArmResource[]): Generator<Unread> {
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
