# METADATA
# title: Log of calls is not signed
# description: |
#   Whoever may write to the log's bucket can take a line out of it, and nothing shows that it was there. With validation the
#   provider writes digests of what it delivered, signed and chained, so that every change, and every missing file, shows.
# schemas:
#   - input: schema.sink
# custom:
#   severity: medium
#   needs: [sink, sink_status]
#   rests_on_absence: false
#   unstated: >-
#     Whether the log is signed.
#   families: [log_int]
#   remediation:
#     aws: >-
#       `aws cloudtrail update-trail --name <trail> --enable-log-file-validation`. Check what was written with
#       `aws cloudtrail validate-logs --trail-arn <arn> --start-time <instant>`.
#   remedies:
#     cloudformation:
#       any:
#         text: >-
#           Let `{label}` sign its log.
#         example: |-
#           EnableLogFileValidation: true
#     terraform:
#       any:
#         text: >-
#           Let `{reference}` sign its log.
#         example: |-
#           enable_log_file_validation = true
#   sources:
#     - AWS CloudTrail User Guide, validating log file integrity, https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-intro.html
#     - NIST SP 800-53 Rev. 5, AU-9(3), https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
package countersign.sink.log_validation_off

import data.countersign.lib.names

applicable if "in_bucket" in input.subject.traits

delivered if not input.subject.digest_delivery_error

compliant if {
	input.subject.validation
	delivered
}

violations contains {
	"actual": "off",
	"expected": "on",
	"message": "the log is not signed: what is changed or taken out of it does not show",
} if {
	input.subject.validation == false
}

violations contains {
	"actual": names.short(input.subject.digest_delivery_error),
	"expected": "digests that are delivered",
	"message": sprintf("the log's digests cannot be delivered: %s", [names.short(input.subject.digest_delivery_error)]),
} if {
	input.subject.validation
	input.subject.digest_delivery_error
}
