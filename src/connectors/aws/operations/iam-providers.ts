import type { Fact } from "../../../facts/index.ts";
import { nonEmptyText, objects, texts } from "../../shape.ts";
import { fact, type Answered, type Operation } from "../operation.ts";
import { asksOf, optionalInstant, rowsOf } from "../rows.ts";

const row = rowsOf("iam", "global", "{arn}");

/** What behind the last slash of the ARN is the name: of an OIDC provider its host and path. */
function nameOf(arn: string): string {
  return arn.slice(arn.indexOf("/") + 1);
}

function oidc(answered: Answered): Fact[] {
  const { body, params } = answered;
  const { arn = "" } = params;
  return [
    fact(answered, "identity_provider", arn, {
      name: nameOf(arn),
      provider_type: "oidc",
      url: nonEmptyText(body, "Url"),
      // Without an audience the list is left out or empty.
      client_ids: body["ClientIDList"] === undefined ? [] : [...texts(body, "ClientIDList")].sort(),
      created_at: optionalInstant(body, "CreateDate"),
    }),
  ];
}

function saml(answered: Answered): Fact[] {
  const { body, params } = answered;
  const { arn = "" } = params;
  nonEmptyText(body, "SAMLMetadataDocument");
  return [
    fact(answered, "identity_provider", arn, {
      name: nameOf(arn),
      provider_type: "saml",
      created_at: optionalInstant(body, "CreateDate"),
      valid_until_at: optionalInstant(body, "ValidUntil"),
    }),
  ];
}

const listing = (list: string, operation: string): Pick<Operation, "entries" | "hides" | "next"> => ({
  hides: ["identity_provider"],
  entries: [{ list, id: ({ Arn }) => (typeof Arn === "string" ? Arn : "") }],
  next: (answered) =>
    objects(answered.body, list).flatMap((each) =>
      asksOf(answered, [operation], { arn: nonEmptyText(each, "Arn") }),
    ),
});

export const providerRows: readonly Operation[] = [
  {
    ...row(
      "oidc_providers",
      "Issuers of signed tokens that the account trusts",
      "ListOpenIDConnectProviders",
    ),
    ...listing("OpenIDConnectProviderList", "iam.oidc_provider"),
    resource: "arn:{partition}:iam::{account}:oidc-provider/",
  },
  {
    ...row("oidc_provider", "One of them, and whom it speaks to", "GetOpenIDConnectProvider"),
    hides: ["identity_provider"],
    input: ({ arn }) => ({ OpenIDConnectProviderArn: arn }),
    facts: oidc,
  },
  {
    ...row("saml_providers", "SAML identity providers that the account trusts", "ListSAMLProviders"),
    ...listing("SAMLProviderList", "iam.saml_provider"),
    resource: "arn:{partition}:iam::{account}:saml-provider/",
  },
  {
    ...row("saml_provider", "One of them, and how long it is trusted", "GetSAMLProvider"),
    hides: ["identity_provider"],
    input: ({ arn }) => ({ SAMLProviderArn: arn }),
    // The metadata holds certificates and addresses; what is judged stands beside it.
    unread: ["/SAMLMetadataDocument"],
    facts: saml,
  },
];
