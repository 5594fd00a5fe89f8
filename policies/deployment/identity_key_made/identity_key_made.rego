# METADATA
# title: Change makes a key of a service account that has no end
# description: |
#   Whoever copied such a key uses it until somebody deletes it, and what makes it keeps it in the clear in its state. Workloads and pipelines of
#   Google's, and of others by workload identity federation, get credentials that end by themselves.
# schemas:
#   - input: schema.deployment
# custom:
#   severity: medium
#   needs: [deployment_key]
#   rests_on_absence: false
#   families: [cicd, v_ttl]
#   remediation:
#     gcp: >-
#       Attach the service account to the workload, or let its pipeline in by workload identity federation (`gcloud iam workload-identity-pools
#       create-oidc`), and take the key out. Then delete it: `gcloud iam service-accounts keys delete`.
#   sources:
#     - Google Cloud IAM documentation, best practices for managing service account keys, https://cloud.google.com/iam/docs/best-practices-for-managing-service-account-keys
#     - NIST SP 800-53 Rev. 5, IA-5, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
package countersign.deployment.identity_key_made

applicable if input.subject.deployment_type == "identity_key"

# What makes no key has no subject of this type.
compliant if not input.subject.name

violations contains {
	"actual": "a key without an end",
	"expected": "credentials that end by themselves",
	"message": sprintf("a key of %s is made that has no end, and lies in the state in the clear", [input.subject.name]),
} if {
	input.subject.name
}
