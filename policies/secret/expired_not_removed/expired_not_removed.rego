# METADATA
# title: Secret is past its end and still readable
# description: |
#   Someone decided when this secret was to end, and the value can still be read after that day. Either the system
#   behind it still accepts the value, or the end was wrong. Both want a decision.
# schemas:
#   - input: schema.secret
# custom:
#   severity: high
#   needs: [secret_metadata]
#   rests_on_absence: false
#   families: [exp_past]
#   remediation:
#     aws: >-
#       Revoke the credential at the system that accepts it, then `aws secretsmanager delete-secret --secret-id <name>`
#       or `aws ssm delete-parameter --name <name>`. If it is still needed, rotate it and state a new end in its tag.
#     azure: >-
#       Revoke the credential at the system that accepts it, then `az keyvault secret delete --vault-name <vault> --name <name>`. A vault gives
#       the value out after its end as before. If it is still needed, set a new value with a new end.
#     gcp: >-
#       Revoke the credential at the system that accepts it, then `gcloud secrets delete <name>`. If it is still needed, add a new version and
#       state a new end.
#     hashicorp: >-
#       Revoke the credential at the system that accepts it, then remove it with
#       `vault kv metadata delete -mount=<mount> <path>`. If it is still needed, rotate it and state a new end with
#       `vault kv metadata patch -mount=<mount> -custom-metadata=expires_at=<instant> <path>`.
#   remedies:
#     arm:
#       azure_secret:
#         text: >-
#           Take `{label}` out once nothing uses it, or put a new value in with an end that lies ahead (1814313600 is 2027-06-30).
#         example: |-
#           "attributes": { "enabled": true, "exp": 1814313600 }
#     cloudformation:
#       any:
#         text: >-
#           Take `{label}` out once nothing uses it, or give it a new value and an end (tag `expires_at`) that lies ahead.
#     terraform:
#       azure_secret:
#         text: >-
#           Take `{reference}` out once nothing uses it, or put a new value in with an end that lies ahead.
#         example: |-
#           expiration_date = "2027-06-30T00:00:00Z"
#       any:
#         text: >-
#           Take `{reference}` out once nothing uses it, or give it a new value and an end (`expires_at`) that lies ahead.
#   sources:
#     - NIST SP 800-57 Part 1 Rev. 5, section 8.3, post-operational phase, https://csrc.nist.gov/pubs/sp/800/57/pt1/r5/final
#     - OWASP Secrets Management Cheat Sheet, secret lifecycle, https://cheatsheetseries.owasp.org/cheatsheets/Secrets_Management_Cheat_Sheet.html
package countersign.secret.expired_not_removed

applicable if {
	input.subject.expiry_set
	input.subject.value_removed == false
	not "deletion_pending" in input.subject.traits
}

compliant if input.subject.expires_in_days >= 0

violations contains {
	"actual": days,
	"expected": "removed, or an end that is still to come",
	"message": sprintf("the value is still there, days past its end: %d", [abs(days)]),
} if {
	days := input.subject.expires_in_days
	days < 0
}
