# METADATA
# title: Secret has no owner or no tier
# description: |
#   Without an owner nobody answers for the secret, reviews its readers or rotates it in an emergency. Without a tier
#   nobody has decided how much harm its loss does, so that no limit can be right. Both come from the store's own labels
#   or from rules in the configuration.
# schemas:
#   - input: schema.secret
# custom:
#   severity: medium
#   needs: [resource_labels, secret_metadata]
#   rests_on_absence: true
#   families: [inv]
#   remediation:
#     aws: >-
#       `aws secretsmanager tag-resource --secret-id <name> --tags Key=owner,Value=<team> Key=tier,Value=<tier>`, for a
#       parameter `aws ssm add-tags-to-resource --resource-type Parameter`, or add rules under `owners` and `tiers` in
#       `countersign.yaml`.
#     azure: >-
#       Tag it, e.g. `az keyvault secret set-attributes --vault-name <vault> --name <name> --tags owner=<team> tier=<tier>`, or add rules under
#       `owners` and `tiers` in `countersign.yaml`.
#     gcp: >-
#       `gcloud secrets update <name> --update-labels owner=<team>,tier=<tier>`, or add rules under `owners` and `tiers` in `countersign.yaml`.
#     hashicorp: >-
#       Label the secret with
#       `vault kv metadata patch -mount=<mount> -custom-metadata=owner=<team> -custom-metadata=tier=<tier> <path>`, or
#       add a rule for its path under `owners` and `tiers` in `countersign.yaml`.
#   remedies:
#     arm:
#       any:
#         text: >-
#           Say on `{label}` who answers for it and how much harm its loss does (critical, high, standard or low).
#         example: |-
#           "tags": { "owner": "payments", "tier": "high" }
#     cloudformation:
#       aws_parameter:
#         text: >-
#           Say on `{label}` who answers for it and how much harm its loss does (critical, high, standard or low).
#         example: |-
#           Tags:
#             owner: payments
#             tier: high
#       any:
#         text: >-
#           Say on `{label}` who answers for it and how much harm its loss does (critical, high, standard or low).
#         example: |-
#           Tags:
#             - Key: owner
#               Value: payments
#             - Key: tier
#               Value: high
#     kubernetes:
#       any:
#         text: >-
#           Say on `{reference}` who answers for it and how much harm its loss does (critical, high, standard or low).
#         example: |-
#           metadata:
#             labels:
#               owner: payments
#               tier: high
#     terraform:
#       gcp_secret:
#         text: >-
#           Say on `{reference}` who answers for it and how much harm its loss does (critical, high, standard or low).
#         example: |-
#           labels = {
#             owner = "payments"
#             tier  = "high"
#           }
#       kv:
#         text: >-
#           Say on `{reference}` who answers for it and how much harm its loss does (critical, high, standard or low).
#         example: |-
#           custom_metadata {
#             data = {
#               owner = "payments"
#               tier  = "high"
#             }
#           }
#       any:
#         text: >-
#           Say on `{reference}` who answers for it and how much harm its loss does (critical, high, standard or low).
#         example: |-
#           tags = {
#             owner = "payments"
#             tier  = "high"
#           }
#   sources:
#     - NIST SP 800-53 Rev. 5, CM-8, system component inventory, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
#     - OWASP Secrets Management Cheat Sheet, secret lifecycle, https://cheatsheetseries.owasp.org/cheatsheets/Secrets_Management_Cheat_Sheet.html
package countersign.secret.owner_or_tier_missing

import data.countersign.lib.names

# What could not be decided is neither there nor missing.
decided(name) if not name in object.get(input.subject, "undecided", [])

owned if {
	decided("owner")
	input.subject.owner != ""
}

tiered if {
	decided("tier")
	input.subject.tier in {"critical", "high", "standard", "low"}
}

applicable if {
	input.subject.kind == "secret"
	not "configuration" in input.subject.traits
}

compliant if {
	owned
	tiered
}

# The label of that name, which states nothing that counts.
unusable(name) := names.short(object.get(object.get(input.subject, "unusable_labels", {}), name, ""))

labelled_as(name) := sprintf("label: %s", [unusable(name)]) if unusable(name) != ""

labelled_as(name) := "none" if unusable(name) == ""

said("owner") := sprintf("its label %s names nobody,", [unusable("owner")]) if unusable("owner") != ""

said("tier") := sprintf("its label %s names no tier (known: critical, high, standard, low),", [unusable("tier")]) if unusable("tier") != ""

said(name) := "no label" if unusable(name) == ""

violations contains {
	"actual": labelled_as("owner"),
	"expected": "an owner",
	"message": sprintf("%s and no rule says who owns the secret", [said("owner")]),
} if {
	decided("owner")
	not owned
}

# A word of one's own is a tier by a rule of the configuration.
mapping := sprintf("; `tiers: [{ tier: high, when: { label: { %s: \"%s\" } } }]` in countersign.yaml says which one it is", [
	substring(unusable("tier"), 0, indexof(unusable("tier"), "=")),
	substring(unusable("tier"), indexof(unusable("tier"), "=") + 1, -1),
]) if indexof(unusable("tier"), "=") > 0

mapping := "" if indexof(unusable("tier"), "=") <= 0

violations contains {
	"actual": labelled_as("tier"),
	"expected": "a tier: critical, high, standard or low",
	"message": sprintf("%s and no rule gives the secret one of the tiers critical, high, standard and low%s", [said("tier"), mapping]),
} if {
	decided("tier")
	not tiered
}
