/** Members that are everyone, or everyone with an account of Google's. Source: Google Cloud IAM, "Principal identifiers". */
const EVERYONE: ReadonlySet<string> = new Set(["allauthenticatedusers", "allusers"]);

/** Roles of Google's by which neither a value nor what may be done with a key is had, but names, or keys that are public. */
const HARMLESS: ReadonlySet<string> = new Set([
  "roles/browser",
  "roles/cloudkms.publicKeyViewer",
  "roles/cloudkms.verifier",
  "roles/cloudkms.viewer",
  "roles/secretmanager.viewer",
]);

/**
 * Whether a policy in the form of Google's IAM (`bindings` of a role, members and perhaps a condition) lets anyone in: `possible` by a role
 * of somebody's own, or under a condition. Undefined of a text of another form.
 */
export function bindingsOpenness(text: string): "closed" | "open" | "possible" | undefined {
  const bindings = bindingsIn(text);
  if (bindings === undefined) return undefined;
  const found = bindings.map(ofBinding);
  if (found.includes("open")) return "open";
  return found.includes("possible") ? "possible" : "closed";
}

interface Binding {
  readonly role: string;
  readonly members: readonly unknown[];
  readonly condition?: unknown;
}

function bindingsIn(text: string): readonly Binding[] | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed !== "object" || parsed === null || !("bindings" in parsed)) return undefined;
    const { bindings } = parsed;
    return Array.isArray(bindings) && bindings.every(isBinding) ? bindings : undefined;
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return undefined;
    throw thrown;
  }
}

function isBinding(value: unknown): value is Binding {
  if (typeof value !== "object" || value === null || !("role" in value) || !("members" in value))
    return false;
  return typeof value.role === "string" && Array.isArray(value.members);
}

function ofBinding({ role, members, condition }: Binding): "closed" | "open" | "possible" {
  const everyone = members.some((one) => typeof one === "string" && EVERYONE.has(one.toLowerCase()));
  if (!everyone || HARMLESS.has(role)) return "closed";
  return role.startsWith("roles/") && (condition === undefined || condition === null) ? "open" : "possible";
}
