# METADATA
# title: Secret can be read by anyone or from outside
# description: |
#   A public reader needs no credential, or one that anybody can have. An external reader belongs to another
#   organisation. Whoever of them comes to read by acting as somebody inside is one as well: everyone, another account or any
#   customer of a token issuer that the trust policy of a role lets in, also over several roles. The roles whose
#   trust policies let them in are named: each is a finding of its own (`strangers_let_in`), which is where it is put right. A vendor's account that must
#   name an external id is an external reader as any other; `allowed_external` says how many are expected. Whoever the company's own
#   SAML provider lets in is inside, since its answer names the role. One such reader is enough, whatever else could not be seen. A secret's own policy that lets everyone in is a
#   finding even while its key, or a policy of the organisation, still keeps strangers out: one change elsewhere opens it. So is one
#   that grants to another account what the key alone withholds: a secret under `aws/secretsmanager` is read from no other account,
#   until `UpdateSecret` names another key. Such grants count against `allowed_external`, too.
# schemas:
#   - input: schema.secret
# custom:
#   severity: critical
#   needs: [grant]
#   rests_on_absence: false
#   unstated: >-
#     Whether somebody from outside can read it: a condition in its own policy, or access that is only possible, leaves that open.
#   families: [pub]
#   params:
#     allowed_external:
#       type: integer
#       unit: count
#       description: Number of readers of other organisations that are expected.
#       default: 0
#   remediation:
#     aws: >-
#       `aws secretsmanager get-resource-policy --secret-id <name>`, then name the accounts or roles instead of `*`, or
#       `aws secretsmanager delete-resource-policy`; `aws secretsmanager put-resource-policy --block-public-policy`
#       refuses such a policy from then on. Where a role lets them in (`countersign access who-can <secret>` tells which, and the
#       statement), name accounts or roles in its trust policy, and for token issuers whose token it must
#       be, by `sub`: `aws iam update-assume-role-policy`. Parameters are shared by `aws ssm delete-resource-policy`'s policies. Then
#       rotate the value.
#     gcp: >-
#       `gcloud secrets remove-iam-policy-binding <name> --member allUsers --role <role>`, and name who needs it instead. Then rotate the value: it
#       must be taken as known.
#     hashicorp: >-
#       Find the path with `countersign access who-can <secret>`. Remove the policy from the role that lets anyone in, or
#       bind the role: a secret id for AppRole, bound claims and audience for JWT, service accounts and namespaces for
#       Kubernetes. Then rotate the value: it must be taken as known.
#     kubernetes: >-
#       Take `system:anonymous` and `system:unauthenticated` out of the binding that the finding names, then rotate the value: it must be
#       taken as known.
#   remedies:
#     cloudformation:
#       any:
#         text: >-
#           Name roles or accounts in the policy of `{label}`, or in the trust policy of the role that lets everyone in, instead of `*`.
#         example: |-
#           Statement:
#             - Effect: Allow
#               Principal:
#                 AWS: !GetAtt ReaderRole.Arn
#               Action: secretsmanager:GetSecretValue
#               Resource: "*"
#     iam_policy:
#       any:
#         text: >-
#           Name roles or accounts as `Principal` instead of `*`, or bound the statement to your organisation.
#         example: |-
#           "Condition": { "StringEquals": { "aws:PrincipalOrgID": "o-1234567890" } }
#     kubernetes:
#       any:
#         text: >-
#           Take `system:anonymous` and `system:unauthenticated` out of the binding, and bind the service account that reads the secret.
#         example: |-
#           subjects:
#             - kind: ServiceAccount
#               name: reader
#               namespace: payments
#     terraform:
#       aws_secret:
#         text: >-
#           Name roles or accounts in the policy of `{reference}` instead of `*`, or bound it to your organisation. With `block_public_policy` of
#           `aws_secretsmanager_secret_policy` AWS refuses one that opens it.
#         example: |-
#           Statement = [{
#             Effect    = "Allow"
#             Principal = { AWS = aws_iam_role.reader.arn }
#             Action    = "secretsmanager:GetSecretValue"
#             Resource  = "*"
#           }]
#       gcp_secret:
#         text: >-
#           Name who reads `{reference}` in the place of `allUsers` and `allAuthenticatedUsers`.
#         example: |-
#           resource "google_secret_manager_secret_iam_member" "reader" {
#             secret_id = {reference}.id
#             role      = "roles/secretmanager.secretAccessor"
#             member    = google_service_account.reader.member
#           }
#       any:
#         text: >-
#           Take whoever anyone can be (`*`, an auth role without a bound caller) out of what gives access to `{reference}`, and name who reads it.
#   sources:
#     - NIST SP 800-53 Rev. 5, AC-3 and AC-14, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
#     - Vault documentation, production hardening, https://developer.hashicorp.com/vault/docs/concepts/production-hardening
#     - Kubernetes documentation, role based access control good practices, https://kubernetes.io/docs/concepts/security/rbac-good-practices/
package countersign.secret.public_access

import data.countersign.lib.names

allowed_external := data.params.public_access.allowed_external

readers := input.subject.readers

applicable if input.subject.kind == "secret"

compliant if {
	readers.public == 0
	readers.external + dormant.external <= allowed_external
	dormant.public == 0
	readers.possible_count == 0
	not own_policy in {"open", "possible"}
}

# Until then nobody reads it.
default if_back := ""

if_back := ", if it is brought back" if "deletion_pending" in input.subject.traits

# Whom the key alone keeps out of what the secret's own policy grants them.
dormant := object.get(readers, "kept_out", {"external": 0, "public": 0})

default own_policy := "none"

own_policy := input.subject.policy

violations contains {
	"actual": readers.public,
	"expected": "no public reader",
	"message": sprintf("readers that anyone can become%s: %d%s", [if_back, readers.public, names.way_in(readers, "public")]),
} if {
	readers.public > 0
}

violations contains {
	"actual": readers.external,
	"expected": sprintf("at most %s", [names.quantity(allowed_external, "external reader", "external readers")]),
	"message": sprintf("readers of other organisations%s: %d%s", [if_back, readers.external, names.way_in(readers, "external")]),
} if {
	readers.external > allowed_external
}

violations contains {
	"actual": "a statement for everyone",
	"expected": "named principals, or a condition on who they are",
	"message": sprintf("the secret's own policy lets anyone in, without a condition that keeps anyone out%s", [kept_back]),
} if {
	own_policy == "open"
}

come_by_it if readers.ways_in.public.stranger_count > 0

# Whom of those that its own policy lets in something else keeps out, as things are.
default kept_back := ""

kept_back := "; only its key or another policy keeps them out" if {
	(readers.public + readers.external) + dormant.public == 0
}

kept_back := sprintf("; only the key %s keeps out %s", [dormant.key, names.few_of(dormant.names, dormant.name_count)]) if {
	dormant.public > 0
	not come_by_it
}

kept_back := "; only its key or another policy keeps out whoever else is outside" if {
	readers.public + readers.external > 0
	dormant.public == 0
	not come_by_it
}

violations contains {
	"actual": names.few_of(dormant.names, dormant.name_count),
	"expected": "no grant to outsiders in its own policy",
	"message": sprintf("granted to %s by its own policy; only the key %s keeps them out, until the secret is under another", [names.few_of(dormant.names, dormant.name_count), dormant.key]),
} if {
	outsiders_beyond_bound
	own_policy != "open"
}

outsiders_beyond_bound if {
	dormant.external > 0
	readers.external + dormant.external > allowed_external
}

outsiders_beyond_bound if dormant.public > 0
