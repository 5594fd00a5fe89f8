import { at, booleanOf, entriesOf, itemsOf, placeOf, textOf, type Node, type Spot } from "../../text/node.ts";
import type { Unread } from "../format.ts";
import type { KubeObject } from "./objects.ts";

/** Where kinds say how a store is reached. Sources: Vault Secrets Operator, `VaultConnectionSpec`; External Secrets Operator, `SecretStoreSpec`; Vault's CSI provider, parameters. */
const REACHING: ReadonlyMap<string, readonly string[]> = new Map([
  ["ClusterSecretStore", ["spec", "provider"]],
  ["SecretProviderClass", ["spec", "parameters"]],
  ["SecretStore", ["spec", "provider"]],
  ["VaultConnection", ["spec"]],
]);

/** Kinds that copy secrets of a cluster out of it. Source: External Secrets Operator, "PushSecret". */
const COPYING_OUT = /^(?:Cluster)?PushSecret$/;

/** Settings by which whoever answers is taken for the store. */
const UNVERIFIED = /^(?:vault)?(?:skip_?tls_?verif\w*|tls_?skip_?verif\w*|insecure_?skip_?verif\w*)$/i;

/** An address at which a secret passes a network in clear; not one of the machine itself. */
const IN_CLEAR = /^http:\/\/(?!localhost\b|127\.|\[::1\])/i;

/** Tells what an object does with secrets that no policy is about: it is no pass. */
export function* unjudged(object: KubeObject): Generator<Unread> {
  const { kind, node, called, spot } = object;
  const unread = (where: Spot, detail: string): Unread => ({
    format: "kubernetes",
    place: placeOf(where),
    reason: "unsupported",
    detail,
  });
  if (COPYING_OUT.test(kind))
    yield unread(
      spot,
      `${called} copies secrets of the cluster into other stores, which no policy judges: who reads them there is not known`,
    );
  const path = REACHING.get(kind);
  if (path === undefined) return;
  for (const { key, value } of settingsOf(at(node, ...path))) {
    if (UNVERIFIED.test(key) && (booleanOf(value) ?? textOf(value)?.toLowerCase() === "true"))
      yield unread(
        value,
        `${called} takes whoever answers for the store (${key}), which no policy judges: verify its certificate, with the CA that signed it`,
      );
    else if (IN_CLEAR.test(textOf(value) ?? ""))
      yield unread(
        value,
        `${called} reaches its store without TLS (${key}), which no policy judges: use an https:// address`,
      );
  }
}

/** Every setting below a node, with its key. */
function* settingsOf(node: Node | undefined): Generator<{ readonly key: string; readonly value: Node }> {
  for (const item of itemsOf(node)) yield* settingsOf(item);
  for (const [key, { value }] of entriesOf(node)) {
    yield { key, value };
    yield* settingsOf(value);
  }
}
