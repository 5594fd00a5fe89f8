# METADATA
# title: Key of secrets is about to be deleted or is disabled
# description: |
#   With a key goes everything that is encrypted under it, for good. While it waits for its deletion, or is disabled, nobody
#   can read the secrets under it either; whoever may call `kms:EnableKey` or `kms:CancelKeyDeletion` ends that (`countersign access who-can`). Secrets of accounts that were not read may be under it, too.
# schemas:
#   - input: schema.key
# custom:
#   severity: critical
#   needs: [key, secret_metadata]
#   rests_on_absence: false
#   unstated: >-
#     Whether a secret is under the key: of some it is not known which key they are under.
#   families: [key_del]
#   remediation:
#     aws: >-
#       `aws kms cancel-key-deletion --key-id <key>`, then `aws kms enable-key --key-id <key>`. Move the secrets to another key with `aws
#       secretsmanager update-secret --kms-key-id <other>`, and look in CloudTrail for uses of the old one before you delete it.
#   sources:
#     - AWS Key Management Service Developer Guide, deleting keys, https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys.html
#     - AWS Key Management Service Developer Guide, key states, https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html
#     - NIST SP 800-53 Rev. 5, SC-12, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
package countersign.key.key_pending_deletion

import data.countersign.lib.names

pending if "deletion_pending" in input.subject.traits

disabled if lower(input.subject.state) == "disabled"

applicable if {
	"in_cloud" in input.subject.traits
	not "provider_managed" in input.subject.traits
}

compliant if lower(input.subject.state) == "enabled"

compliant if {
	input.subject.secret_count == 0
	input.subject.secret_count_complete
}

violations contains {
	"actual": names.few_of(input.subject.secrets, input.subject.secret_count),
	"expected": "no secret under a key that is going",
	"message": sprintf("the key is about to be deleted, with it %s", [secrets]),
} if {
	pending
	input.subject.secret_count > 0
}

violations contains {
	"actual": names.few_of(input.subject.secrets, input.subject.secret_count),
	"expected": "no secret under a disabled key",
	"message": sprintf("the key is disabled, and until somebody enables it nobody can read %s", [secrets]),
} if {
	disabled
	input.subject.secret_count > 0
}

secrets := names.counted_of(input.subject.secrets, input.subject.secret_count, "secret", "secrets")
