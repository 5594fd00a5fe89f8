# METADATA
# title: Store writes no audit log
# description: |
#   Without an audit device nobody can say afterwards who read what. One that writes nowhere (`discard`, a device such as `/dev/null`), or that a
#   filter keeps some accesses from, or that leaves fields of its entries out (`exclude`), is none; nor is a fallback, unless it takes what all others are kept from by filters. Nothing else in this report can make up for that:
#   without the log every use of a secret is unseen. Of a cloud each account's Region is judged: a log that is kept elsewhere
#   counts where it takes this Region's calls and is on. Whether it takes reads is judged by `log_reads_excluded`.
# schemas:
#   - input: schema.store
# custom:
#   severity: critical
#   needs: [sink, sink_reach, sink_status, store]
#   rests_on_absence: true
#   families: [log_on]
#   remediation:
#     aws: >-
#       `aws cloudtrail create-trail --name all-calls --s3-bucket-name <bucket> --is-multi-region-trail
#       --enable-log-file-validation`, then `aws cloudtrail start-logging --name all-calls`; in an organisation once for
#       all accounts with `--is-organization-trail` from the management account.
#     hashicorp: >-
#       `vault audit enable file file_path=/var/log/vault/audit.log`. On OpenBao declare the device in the server's
#       configuration: `audit "file" "primary" { options { file_path = "/var/log/openbao/audit.log" } }`.
#   sources:
#     - Vault documentation, audit devices, https://developer.hashicorp.com/vault/docs/audit
#     - NIST SP 800-53 Rev. 5, AU-2 and AU-12, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
package countersign.store.audit_sink_missing

applicable if input.subject.kind == "store"

compliant if input.subject.sink_count >= 1

in_cloud if "in_cloud" in input.subject.traits

violations contains {
	"actual": 0,
	"expected": "at least one audit device",
	"message": "no audit device keeps every access: none is enabled, or it discards, filters or shortens what it is given",
} if {
	input.subject.sink_count == 0
	not in_cloud
}

violations contains {
	"actual": 0,
	"expected": "a log of calls that is on",
	"message": "the calls go to no log that is on: no access is kept",
} if {
	input.subject.sink_count == 0
	in_cloud
}
