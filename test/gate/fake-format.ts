import type { Declared } from "../../src/gate/declared.ts";
import { Drafting, Register } from "../../src/gate/drafting.ts";
import type { InputFormat } from "../../src/gate/formats/format.ts";
import type { SourceText } from "../../src/gate/text/source-text.ts";

const BLOCK = /^secret (\S+) \{\n([^}]*)\}/gm;

/**
 * A format for tests of what comes after formats: files `*.fake` of blocks `secret <name> {` … `}` with lines `rotation off|unknown`
 * and `policy everyone`, and comments.
 */
export const FAKE: InputFormat = {
  id: "terraform",
  recognises: ({ name }) => name.endsWith(".fake"),
  read: (files) => files.map(declaredIn),
};

function declaredIn(source: SourceText): Declared {
  const drafting = new Drafting("change", source.text);
  const register = new Register();
  const mount = "111122223333/eu-west-1";
  const scope = `change/${mount}`;
  drafting.add("store", {
    id: drafting.id(mount),
    scope,
    product: "aws",
    account: "111122223333",
    region: "eu-west-1",
  });
  for (const match of source.text.matchAll(BLOCK)) {
    const [whole, name = "", body = ""] = match;
    const spot = { source, start: match.index, end: match.index + whole.length };
    const id = drafting.id(`arn:aws:secretsmanager:eu-west-1:111122223333:secret:${name}-??????`);
    drafting.add("secret", { id, scope, mount, name, secret_type: "aws_secret" });
    drafting.add("secret_metadata", {
      id,
      scope,
      mount,
      name,
      encrypted: true,
      labels: { tier: "critical", owner: "a" },
    });
    const rotation = body.indexOf("rotation ");
    register.declare(id, `secret.${name}`, spot);
    if (rotation !== -1) {
      const start = spot.start + whole.indexOf("rotation ");
      register.part(id, "secret_rotation", { source, start, end: start + 12 });
    }
    if (body.includes("rotation unknown"))
      drafting.hide({
        scope,
        resource: id,
        kinds: ["secret_rotation"],
        detail: "rotation is known only after apply",
      });
    else drafting.add("secret_rotation", { id, scope, mount, name, enabled: !body.includes("rotation off") });
    const statement = {
      Effect: "Allow",
      Principal: "*",
      Action: "secretsmanager:GetSecretValue",
      Resource: "*",
    };
    const text = JSON.stringify({
      Version: "2012-10-17",
      Statement: body.includes("policy everyone") ? [statement] : [],
    });
    drafting.add("resource_policy", { id: `${id}#policy`, scope, resource: id, text });
  }
  return register.declared({
    format: "terraform",
    provider: "aws",
    path: source.path,
    source: "change",
    after: drafting.side(),
    told: ["secret", "secret_metadata", "cloud_metadata", "secret_rotation", "store", "resource_policy"],
  });
}
