# METADATA
# title: Copy of the secret is out of step
# description: |
#   A copy in another Region is for the day when this one is lost, and for readers there. One that could not be made or
#   updated holds an old value or none, and nobody notices before that day.
# schemas:
#   - input: schema.secret
# custom:
#   severity: medium
#   needs: [cloud_metadata]
#   rests_on_absence: false
#   families: [repl]
#   remediation:
#     aws: >-
#       `aws secretsmanager describe-secret --secret-id <name>` says why. Where the copy's key is the reason, let the service
#       use it, then `aws secretsmanager remove-regions-from-replication` and `replicate-secret-to-regions
#       --add-replica-regions Region=<region>,KmsKeyId=<key>`.
#   sources:
#     - AWS Secrets Manager User Guide, replicate secrets across Regions, https://docs.aws.amazon.com/secretsmanager/latest/userguide/replicate-secrets.html
#     - NIST SP 800-53 Rev. 5, CP-9, system backup, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
package countersign.secret.replica_out_of_step

import data.countersign.lib.names

replicas := input.subject.replicas

applicable if "replicated" in input.subject.traits

compliant if {
	replicas.count > 0
	replicas.in_step_count == replicas.count
}

violations contains {
	"actual": names.few(replicas.out_of_step),
	"expected": "in step",
	"message": sprintf("copies that are not in step: %s", [names.few_of(replicas.out_of_step, apart)]),
} if {
	apart := replicas.count - replicas.in_step_count
	apart > 0
}
