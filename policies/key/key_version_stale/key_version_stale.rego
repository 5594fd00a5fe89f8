# METADATA
# title: Newest version of the key is too old
# description: |
#   A rotation setting proves nothing about the past. The age of the newest key version shows when the key was really
#   replaced last. A new key has not failed.
# schemas:
#   - input: schema.key
# custom:
#   severity: high
#   needs: [key, key_rotation_history]
#   rests_on_absence: false
#   unstated: >-
#     When the newest version of the key was made: the store does not say, or was not asked. AWS KMS knows nothing of what lies behind a
#     key of an external key store; a key of many Regions may be older than it says in any one of them.
#   families: [key_rot]
#   params:
#     limit_days:
#       type: integer
#       unit: day
#       description: Greatest age of the newest version.
#       strictest: min
#       by_tier: {critical: 90, high: 180, standard: 365, low: 730}
#   remediation:
#     aws: >-
#       `aws kms list-key-rotations --key-id <key>` says when it was rotated, `aws kms rotate-key-on-demand --key-id
#       <key>` does so now; asymmetric keys are replaced by new ones.
#     hashicorp: >-
#       `vault write -f <mount>/keys/<key>/rotate`. Re-encrypt what old versions protect with `<mount>/rewrap/<key>`, then
#       raise `min_decryption_version`.
#     embedded: >-
#       `countersign vault rewrap` makes a new root key for every slot.
#   sources:
#     - NIST SP 800-57 Part 1 Rev. 5, section 5.3, cryptoperiods, https://csrc.nist.gov/pubs/sp/800/57/pt1/r5/final
#     - AWS KMS Developer Guide, list rotations and key materials, https://docs.aws.amazon.com/kms/latest/developerguide/list-rotations.html
#     - Vault documentation, transit, key rotation, https://developer.hashicorp.com/vault/docs/secrets/transit
package countersign.key.key_version_stale

import data.countersign.lib.names

limit_days := data.params.key_version_stale.limit_days

applicable if {
	input.subject.kind == "key"
	not "deletion_pending" in input.subject.traits
	not "provider_managed" in input.subject.traits
}

compliant if input.subject.version_age_days <= limit_days

# No version is older than its key. A replica in another Region is younger than the material that it was given, and it may have become the
# primary since.
compliant if {
	input.subject.created_age_days <= limit_days
	not input.subject.multi_region
	not older
}

# Where a store tells of a version that is older than its key, the key's own age proves nothing.
older if input.subject.version_age_days > limit_days

violations contains {
	"actual": age,
	"expected": sprintf("at most %s", [names.quantity(limit_days, "day", "days")]),
	"message": sprintf("the newest version is %s old, the limit is %s", [names.quantity(age, "day", "days"), names.quantity(limit_days, "day", "days")]),
} if {
	age := input.subject.version_age_days
	age > limit_days
}

violations contains {
	"actual": age,
	"expected": sprintf("at most %s", [names.quantity(limit_days, "day", "days")]),
	"message": sprintf("the key was never rotated and is %s old, the limit is %s", [names.quantity(age, "day", "days"), names.quantity(limit_days, "day", "days")]),
} if {
	input.subject.never_rotated
	age := input.subject.created_age_days
	age > limit_days
}
