import type { Register } from "../../drafting.ts";
import type { PlacedChange } from "../../declared.ts";
import { at, entriesOf, itemsOf, textOf, type Node } from "../../text/node.ts";
import { durationSeconds } from "../workload/duration.ts";
import { textIn } from "../../text/decode.ts";
import {
  commandCredentials,
  hasPasswordInUrl,
  isFilledIn,
  literalCredential,
  namesCredential,
} from "../workload/credential-text.ts";
import { WorkloadDraft } from "../workload/workload-draft.ts";
import { valuesWritten } from "./brought.ts";
import { holdsPrivateKey } from "./keystore.ts";
import { isUnfilled, settled, type KubeObject } from "./objects.ts";
import { writtenSettings } from "./pods.ts";

/** Keys of a secret that are no credential by themselves. */
const PLAIN_KEYS =
  /^(?:.*\.(?:crt|cer|pub)|ca|cert|certificate|database|db|dbname|email|engine|host|hostname|issuer|name|namespace|port|project|region|server|type|user|username|url|insecure|sslmode)$/i;

/** Credentials that stand in an object in clear, or as good as that. */
export function writtenIn(object: KubeObject, register: Register): void {
  const { kind, node, called } = object;
  const add = (rule: string, value: Node, what: string): void => {
    register.credential(rule, value, `${called} ${what}`);
  };
  if (kind === "Secret") secretData(object, register, add);
  else if (kind === "ConfigMap") configData(object, register, add);
  else if (kind === "SecretStore" || kind === "ClusterSecretStore")
    storeCredentials(at(node, "spec", "provider"), add);
  else if (kind === "SecretProviderClass")
    for (const { key, value } of writtenSettings(at(node, "spec", "parameters")))
      add("kubernetes-store-credential", value, `parameters.${key}`);
  else if (kind === "EncryptionConfiguration" || kind === "EncryptionConfig") encryptionKeys(node, add);
  else if (kind === "Kustomization" || kind === "Component") generated(node, add);
  else if (kind === "Config") kubeconfig(node, add);
  else if (kind === "SopsSecret")
    for (const field of ["secretTemplates", "secret_templates"])
      for (const one of itemsOf(at(node, "spec", field)))
        if (one.kind === "map") secretData({ ...object, node: one }, register, add);
  const values = HANDED_ON.get(kind);
  if (values !== undefined) valuesWritten(object, register, values);
}

/** Where kinds hold values of what they make, which may be credentials. */
const HANDED_ON: ReadonlyMap<string, readonly string[]> = new Map([
  ["ClusterExternalSecret", ["spec", "externalSecretSpec", "target", "template"]],
  ["ClusterPushSecret", ["spec", "pushSecretSpec", "template"]],
  ["ExternalSecret", ["spec", "target", "template"]],
  ["Fake", ["spec", "data"]],
  ["PushSecret", ["spec", "template"]],
  ["SealedSecret", ["spec", "template"]],
  ["Template", ["parameters"]],
]);

type Add = (rule: string, value: Node, what: string) => void;

/** Settings that are called as credentials, and what `binaryData` encodes, of which no search of the file sees anything. */
function configData({ node, called }: KubeObject, register: Register, add: Add): void {
  for (const { key, value } of writtenSettings(at(node, "data")))
    add("kubernetes-configmap-literal", value, `data.${key}`);
  for (const [key, { value }] of entriesOf(at(node, "binaryData"))) {
    const text = decodedText(value);
    if (text === undefined) {
      if (encodesKey(key, value)) add("kubernetes-configmap-literal", value, `binaryData.${key}`);
      continue;
    }
    if ((namesCredential(key) && literalCredential(text) !== undefined) || hasPasswordInUrl(text))
      add("kubernetes-configmap-literal", value, `binaryData.${key}`);
    else register.encoded(value, `${called} binaryData.${key}`, { path: key, text });
  }
}

/** The text that a value of base64 holds; undefined of what is no text. */
function decodedText(value: Node): string | undefined {
  const encoded = textOf(value);
  if (encoded === undefined || isUnfilled(encoded)) return undefined;
  return textIn(Buffer.from(encoded, "base64"));
}

/** Whether a value of base64 that is no text holds a private key. */
function encodesKey(key: string, value: Node): boolean {
  const encoded = textOf(value);
  if (encoded === undefined || isUnfilled(encoded)) return false;
  return holdsPrivateKey(key, Buffer.from(encoded, "base64"));
}

function secretData({ node, called }: KubeObject, register: Register, add: Add): void {
  // SOPS encrypts the values alone, and says so beside them.
  for (const [field, encoded] of [
    ["data", true],
    ["stringData", false],
  ] as const) {
    const values = at(node, field);
    if (values?.kind === "text" && !isFilledIn(values.text) && !isUnfilled(values.text))
      add("kubernetes-secret-data", values, field);
    for (const [key, { value }] of entriesOf(values)) {
      const text = value.kind === "number" ? String(value.number) : textOf(value);
      if (text === undefined) continue;
      if (PLAIN_KEYS.test(key)) {
        // An address may have a password in it, and a certificate its key beside it.
        const plain = encoded ? decodedText(value) : text;
        if (plain === undefined ? encodesKey(key, value) : hasPasswordInUrl(plain))
          add("kubernetes-secret-data", value, `${field}.${key}`);
        else if (plain !== undefined && encoded)
          register.encoded(value, `${called} ${field}.${key}`, { path: key, text: plain });
        continue;
      }
      if (isSecretText(text) && (!encoded || isSecretText(decoded(text))))
        add("kubernetes-secret-data", value, `${field}.${key}`);
    }
  }
}

/** Whether a value of a secret is there: whatever it looks like, somebody put it among the secrets. */
function isSecretText(text: string): boolean {
  const bare = text.trim();
  return bare !== "" && !isFilledIn(bare) && !/^\$\{[^{}]*\}$/.test(bare);
}

/** Of a long value the beginning tells whether something fills it in. */
function decoded(text: string): string {
  return text.length > 4096 ? text : Buffer.from(text, "base64").toString("utf8");
}

function storeCredentials(provider: Node | undefined, add: Add): void {
  fakeSecrets(provider, add);
  for (const { path, value } of textsOf(provider)) {
    const key = path.at(-1) ?? "";
    const isReference = path.some((part) => /ref$/i.test(part));
    if (
      !isReference &&
      namesCredential(key) &&
      literalCredential(value.text) !== undefined &&
      !isUnfilled(value.text)
    )
      add("kubernetes-store-credential", value, path.join("."));
  }
}

/** What External Secrets' provider `fake` tells as secrets stands in it. Source: External Secrets Operator, provider "Fake". */
function fakeSecrets(provider: Node | undefined, add: Add): void {
  for (const one of itemsOf(at(provider, "fake", "data"))) {
    const name = textOf(at(one, "key")) ?? "";
    const value = at(one, "value");
    const text = value?.kind === "number" ? String(value.number) : textOf(value);
    if (value !== undefined && text !== undefined && isSecretText(text) && !PLAIN_KEYS.test(lastOf(name)))
      add("kubernetes-store-credential", value, `fake.data ${name}`);
    for (const [key, { value: part }] of entriesOf(at(one, "valueMap")))
      if (isSecretText(textOf(part) ?? "") && !PLAIN_KEYS.test(key))
        add("kubernetes-store-credential", part, `fake.data ${name} ${key}`);
  }
}

const lastOf = (path: string): string => path.slice(path.lastIndexOf("/") + 1);

function encryptionKeys(node: Node, add: Add): void {
  for (const resource of itemsOf(at(node, "resources")))
    for (const provider of itemsOf(at(resource, "providers")))
      for (const [name, { value }] of entriesOf(provider))
        for (const key of itemsOf(at(value, "keys"))) {
          const secret = at(key, "secret");
          if (secret !== undefined && isSecretText(textOf(secret) ?? ""))
            add("kubernetes-encryption-key", secret, `${name} key`);
        }
}

function generated(node: Node, add: Add): void {
  for (const field of ["secretGenerator", "configMapGenerator"]) {
    for (const generator of itemsOf(at(node, field))) {
      const name = textOf(at(generator, "name")) ?? "";
      for (const literal of itemsOf(at(generator, "literals"))) {
        const [, key = "", value = ""] = /^([^=]+)=(.*)$/s.exec(textOf(literal) ?? "") ?? [];
        const bare = value.replace(/^["']|["']$/g, "");
        const written =
          field === "secretGenerator"
            ? isSecretText(bare) && !PLAIN_KEYS.test(key)
            : namesCredential(key) && literalCredential(bare) !== undefined;
        if (written)
          add(
            field === "secretGenerator" ? "kubernetes-secret-data" : "kubernetes-configmap-literal",
            literal,
            `${field} ${name} ${key}`,
          );
      }
    }
  }
}

function kubeconfig(node: Node, add: Add): void {
  for (const one of itemsOf(at(node, "users"))) {
    for (const key of ["token", "password", "client-key-data"]) {
      const value = at(one, "user", key);
      if (value !== undefined && isSecretText(textOf(value) ?? ""))
        add("kubernetes-kubeconfig-credential", value, `user ${key}`);
    }
    for (const word of itemsOf(at(one, "user", "exec", "args")))
      for (const found of commandCredentials(textOf(word) ?? ""))
        add("kubernetes-command-literal", word, `user exec ${found.name}`);
  }
}

type TextNode = Extract<Node, { kind: "text" }>;

/** Every text below a node with the keys to it; lists do not count as keys. */
function* textsOf(
  node: Node | undefined,
  path: readonly string[] = [],
): Generator<{ path: readonly string[]; value: TextNode }> {
  if (node?.kind === "text") yield { path, value: node };
  for (const item of itemsOf(node)) yield* textsOf(item, path);
  for (const [key, { value }] of entriesOf(node)) yield* textsOf(value, [...path, key]);
}

/** What copies secrets from stores, how it logs in there, and how a cluster keeps them; none of what does nothing of it. */
export function handlingOf(object: KubeObject): PlacedChange[] {
  const { kind, node, called, namespace, spot } = object;
  const draft = new WorkloadDraft({
    format: "kubernetes",
    platform: "kubernetes",
    type: kind,
    name: called,
    namespace,
    spot,
  });
  if (kind === "ExternalSecret") copyOf(draft, at(node, "spec"), called);
  else if (kind === "ClusterExternalSecret") copyOf(draft, at(node, "spec", "externalSecretSpec"), called);
  else if (kind === "VaultStaticSecret") vaultCopyOf(draft, at(node, "spec"), called);
  else if (kind === "SecretStore" || kind === "ClusterSecretStore")
    loginOf(draft, at(node, "spec", "provider"), called);
  else if (kind === "VaultAuth" || kind === "VaultAuthGlobal") vaultLoginOf(draft, at(node, "spec"), called);
  else if (kind === "EncryptionConfiguration" || kind === "EncryptionConfig")
    encryptionOf(draft, node, called);
  else return [];
  return [draft.change()];
}

/** Source: External Secrets Operator, API of `ExternalSecretSpec`: an hour where nothing is said; 0 copies once. */
function copyOf(draft: WorkloadDraft, spec: Node | undefined, called: string): void {
  draft.tells("copy");
  const policy = settled(at(spec, "refreshPolicy"));
  const interval = at(spec, "refreshInterval");
  const { text = interval?.kind === "number" ? String(interval.number) : "1h", unknown } =
    interval?.kind === "number" ? {} : settled(interval);
  const spot = interval ?? at(spec, "refreshPolicy");
  if (spot !== undefined) draft.part("workload_copy", spot);
  const seconds = durationSeconds(text);
  if (
    policy.unknown !== undefined ||
    unknown !== undefined ||
    seconds === undefined ||
    (policy.text ?? "Periodic") === "OnChange"
  )
    draft.hide(
      "workload_copy",
      `how often ${called} is refreshed is not known: ${policy.unknown ?? unknown ?? policy.text ?? text.slice(0, 64)}`,
    );
  else if (policy.text === "CreatedOnce" || seconds === 0) draft.set({ copy: { follows: false } });
  else draft.set({ copy: { follows: true, interval_s: Math.ceil(seconds) } });
}

/** Source: Vault Secrets Operator, API of `VaultStaticSecretSpec`. */
function vaultCopyOf(draft: WorkloadDraft, spec: Node | undefined, called: string): void {
  draft.tells("copy");
  const after = at(spec, "refreshAfter");
  const { text, unknown } = settled(after);
  if (after !== undefined) draft.part("workload_copy", after);
  const seconds = text === undefined ? undefined : durationSeconds(text);
  if (seconds === undefined || seconds === 0)
    draft.hide(
      "workload_copy",
      `how often ${called} is refreshed is not known: ${unknown ?? "refreshAfter says no time"}`,
    );
  else draft.set({ copy: { follows: true, interval_s: Math.ceil(seconds) } });
}

const STORED = /(?:^|key|token|secret|password|id)(?:secret)?ref$/i;

function loginOf(draft: WorkloadDraft, provider: Node | undefined, called: string): void {
  draft.tells("store_login");
  if (provider?.kind !== "map" || provider.entries.size === 0) {
    draft.hide("workload_store_login", `how ${called} logs in is not known: it names no provider`);
    return;
  }
  const found = [...referencesIn(provider)].filter(
    ({ path }) => !path.some((part) => /^caProvider$|^caBundle$/.test(part)),
  );
  for (const { node } of found) draft.part("workload_store_login", node);
  draft.set({
    store_login: {
      stored_credentials: [...new Set(found.map(({ path }) => path.join(".").slice(0, 256)))]
        .sort()
        .slice(0, 64),
    },
  });
}

/** Source: Vault Secrets Operator, API of `VaultAuthSpec`: each method names a secret with a credential in `secretRef`, or a service account. */
function vaultLoginOf(draft: WorkloadDraft, spec: Node | undefined, called: string): void {
  draft.tells("store_login");
  const stored: string[] = [];
  for (const [method, { value }] of entriesOf(spec)) {
    const reference = at(value, "secretRef");
    if (reference === undefined) continue;
    draft.part("workload_store_login", reference);
    stored.push(`${method}.secretRef`.slice(0, 256));
  }
  const global = at(spec, "vaultAuthGlobalRef");
  if (stored.length === 0 && global !== undefined)
    draft.hide(
      "workload_store_login",
      `how ${called} logs in is not known: it takes what is set by a VaultAuthGlobal`,
      global,
    );
  else if (stored.length === 0 && spec?.kind !== "map")
    draft.hide("workload_store_login", `how ${called} logs in is not known: it names no method`);
  else draft.set({ store_login: { stored_credentials: stored.sort().slice(0, 64) } });
}

/** Fields that name a Kubernetes secret; one that names who logs in, such as a role, opens nothing by itself. */
function* referencesIn(
  node: Node,
  path: readonly string[] = [],
): Generator<{ path: readonly string[]; node: Node }> {
  for (const [key, { value }] of entriesOf(node)) {
    const below = [...path, key];
    if (
      /ref$/i.test(key) &&
      !/^(?:serviceAccountRef|roleRef|clientIdRef|tenantIdRef|accessKeyIDSecretRef)$/i.test(key) &&
      STORED.test(key) &&
      value.kind === "map"
    )
      yield* at(value, "name") === undefined && at(value, "key") === undefined
        ? nestedReferences(value, below)
        : [{ path: below, node: value }];
    else if (value.kind === "map") yield* referencesIn(value, below);
  }
}

/** AWS's `secretRef` holds references to the two halves of a key. */
function* nestedReferences(
  value: Node,
  path: readonly string[],
): Generator<{ path: readonly string[]; node: Node }> {
  const halves = [...referencesIn(value, path)];
  yield* halves.length === 0 ? [{ path, node: value }] : halves;
}

/** The first entry that is for secrets counts. Source: Kubernetes documentation, "Encrypting Confidential Data at Rest". */
function encryptionOf(draft: WorkloadDraft, node: Node, called: string): void {
  draft.tells("encryption");
  for (const resource of itemsOf(at(node, "resources"))) {
    const names = itemsOf(at(resource, "resources")).map((one) => textOf(one) ?? "");
    if (!names.some((name) => ["secrets", "*.", "*.*"].includes(name))) continue;
    const [first] = itemsOf(at(resource, "providers"));
    const [[name, entry] = ["", undefined]] = first?.kind === "map" ? [...first.entries] : [];
    if (first !== undefined) draft.part("workload_encryption", entry?.key ?? first);
    if (name === "" || isUnfilled(name))
      draft.hide("workload_encryption", `the first provider of ${called} is not known`);
    else draft.set({ encryption: { written_with: name } });
    return;
  }
  draft.set({ encryption: { written_with: "none" } });
}
