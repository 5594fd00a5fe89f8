# METADATA
# title: Store writes no audit log
# description: |
#   Without an audit device nobody can say afterwards who read what. Nothing else in this report can make up for that:
#   without the log every use of a secret is unseen.
# schemas:
#   - input: schema.store
# custom:
#   severity: critical
#   needs: [sink]
#   rests_on_absence: true
#   families: [log_on]
#   remediation:
#     hashicorp: >-
#       `vault audit enable file file_path=/var/log/vault/audit.log`. On OpenBao declare the device in the server's
#       configuration: `audit "file" "primary" { options { file_path = "/var/log/openbao/audit.log" } }`.
#   sources:
#     - Vault documentation, audit devices, https://developer.hashicorp.com/vault/docs/audit
#     - NIST SP 800-53 Rev. 5, AU-2 and AU-12, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
package countersign.store.audit_sink_missing

applicable if input.subject.kind == "store"

compliant if input.subject.sink_count >= 1

violations contains {
	"actual": 0,
	"expected": "at least one audit device",
	"message": "no audit device is enabled: no access is logged",
} if {
	input.subject.sink_count == 0
}
