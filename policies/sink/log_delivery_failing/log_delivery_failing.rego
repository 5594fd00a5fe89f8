# METADATA
# title: Log of calls is switched off or does not arrive
# description: |
#   A log that is set up and off, or whose files cannot be written, looks like one in every list and holds nothing. The
#   provider says whether it is on, when it last delivered, and what went wrong.
# schemas:
#   - input: schema.sink
# custom:
#   severity: high
#   needs: [sink, sink_status]
#   rests_on_absence: false
#   unstated: >-
#     Whether anything was delivered yet: the provider names no day.
#   families: [log_fail]
#   params:
#     limit_days:
#       type: integer
#       unit: day
#       description: Longest time since the last delivery.
#       default: 1
#   remediation:
#     aws: >-
#       `aws cloudtrail get-trail-status --name <trail>` says what failed. Let `cloudtrail.amazonaws.com` write by the bucket's
#       policy and use the key by the key's, then `aws cloudtrail start-logging --name <trail>`. A trail that is no longer wanted:
#       `aws cloudtrail delete-trail --name <trail>`.
#   sources:
#     - AWS CloudTrail API Reference, GetTrailStatus, https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetTrailStatus.html
#     - NIST SP 800-53 Rev. 5, AU-5, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
package countersign.sink.log_delivery_failing

import data.countersign.lib.names

limit_days := data.params.log_delivery_failing.limit_days

expected := sprintf("on, and delivered within %d days", [limit_days])

failing if input.subject.delivery_error != ""

applicable if "in_bucket" in input.subject.traits

compliant if {
	input.subject.logging
	input.subject.delivered_age_days <= limit_days
	not failing
}

violations contains {
	"actual": "off",
	"expected": expected,
	"message": "the log is switched off",
} if {
	input.subject.logging == false
}

violations contains {
	"actual": names.short(input.subject.delivery_error),
	"expected": expected,
	"message": sprintf("the log cannot be delivered: %s", [names.short(input.subject.delivery_error)]),
} if {
	input.subject.logging
	failing
}

violations contains {
	"actual": age,
	"expected": expected,
	"message": sprintf("nothing was delivered for %d days", [age]),
} if {
	input.subject.logging
	age := input.subject.delivered_age_days
	age > limit_days
	not failing
}
