# METADATA
# title: Secret does not survive a wrong write or deletion
# description: |
#   A value that is overwritten or deleted by mistake takes every system that needs it down. KV version 2 keeps earlier
#   versions, from which a value can be brought back; version 1 keeps none, and a limit of one version keeps none
#   either. Check-and-set, where it is asked for, refuses a write that does not know the version it replaces.
# schemas:
#   - input: schema.secret
# custom:
#   severity: medium
#   needs: [mount, secret_engine_config, secret_metadata]
#   rests_on_absence: false
#   families: [del]
#   params:
#     min_versions:
#       type: integer
#       unit: count
#       description: Least number of versions that the engine keeps.
#       strictest: max
#       by_tier: {critical: 5, high: 5, standard: 2, low: 2}
#     require_cas:
#       type: boolean
#       description: Whether writes must use check-and-set.
#       default: false
#   remediation:
#     hashicorp: >-
#       Move a version 1 mount to version 2 with `vault kv enable-versioning <mount>`. Keep versions with
#       `vault kv metadata patch -mount=<mount> -max-versions=10 <path>`, and ask for check-and-set with
#       `-cas-required=true`. Do not give `destroy` to whoever may write.
#   remedies:
#     terraform:
#       kv:
#         text: >-
#           Keep earlier versions of `{reference}`, on a mount of version 2.
#         example: |-
#           resource "vault_kv_secret_backend_v2" "kv" {
#             mount        = vault_mount.kv.path
#             max_versions = 10
#           }
#   sources:
#     - Vault documentation, KV version 2, https://developer.hashicorp.com/vault/docs/secrets/kv/kv-v2
#     - NIST SP 800-53 Rev. 5, CP-9, system backup, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
package countersign.secret.delete_protection_missing

import data.countersign.lib.names

min_versions := data.params.delete_protection_missing.min_versions

cas_as_required if data.params.delete_protection_missing.require_cas == false

cas_as_required if input.subject.cas_required

# Zero is the engine's own default.
kept := 10 if input.subject.max_versions == 0

kept := input.subject.max_versions if input.subject.max_versions > 0

applicable if {
	startswith(input.subject.secret_type, "kv")
	input.subject.value_removed == false
}

compliant if {
	input.subject.engine_version == "2"
	kept >= min_versions
	cas_as_required
}

violations contains {
	"actual": "KV version 1",
	"expected": "KV version 2",
	"message": "the engine keeps no earlier version: what is overwritten or deleted is lost",
} if {
	input.subject.engine_version == "1"
}

violations contains {
	"actual": kept,
	"expected": sprintf("at least %s", [names.quantity(min_versions, "version", "versions")]),
	"message": sprintf("versions kept: %d, asked for: %d", [kept, min_versions]),
} if {
	kept < min_versions
}

violations contains {
	"actual": "writes without check-and-set",
	"expected": "check-and-set",
	"message": "a write need not say which version it replaces",
} if {
	data.params.delete_protection_missing.require_cas
	input.subject.cas_required == false
}
