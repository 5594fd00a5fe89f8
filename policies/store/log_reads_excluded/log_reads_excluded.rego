# METADATA
# title: Log of calls leaves reads of secrets out
# description: |
#   Reading a secret is a management event that only reads. A log that takes writes alone, or leaves out the events of the
#   services that hold secrets and keys, does not say who read what, and looks complete. One log that is on and takes them all is enough.
#   A store whose calls reach no log at all is judged by `audit_sink_missing`.
# schemas:
#   - input: schema.store
# custom:
#   severity: high
#   needs: [sink, sink_reach, sink_selection, sink_status, store]
#   rests_on_absence: true
#   unstated: >-
#     Whether some log takes every read: one selects in ways that were not understood whole, or could not be asked.
#   families: [log_on]
#   params:
#     required_sources:
#       type: strings
#       description: Services whose events must be logged.
#       default: [kms.amazonaws.com, secretsmanager.amazonaws.com, ssm.amazonaws.com]
#   remediation:
#     aws: >-
#       `aws cloudtrail put-event-selectors --trail-name <trail> --event-selectors
#       '[{"ReadWriteType":"All","IncludeManagementEvents":true,"ExcludeManagementEventSources":[]}]'`. For an event data
#       store: `aws cloudtrail update-event-data-store` with a selector of `eventCategory` Management alone.
#   sources:
#     - AWS CloudTrail User Guide, logging management events, https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-management-events-with-cloudtrail.html
#     - AWS Secrets Manager User Guide, log events with CloudTrail, https://docs.aws.amazon.com/secretsmanager/latest/userguide/monitoring-cloudtrail.html
#     - NIST SP 800-53 Rev. 5, AU-2 and AU-12, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
package countersign.store.log_reads_excluded

import data.countersign.lib.names

required := {source | some source in data.params.log_reads_excluded.required_sources}

left_out(sink) := required & {source | some source in sink.excluded_sources}

on := [sink | some sink in input.subject.sinks; sink.logging]

lacking contains sink if {
	some sink in on
	sink.management_reads == false
}

lacking contains sink if {
	some sink in on
	count(left_out(sink)) > 0
}

applicable if {
	"in_cloud" in input.subject.traits
	input.subject.sink_count > 0
}

compliant if {
	some sink in on
	sink.management_reads
	sink.narrowed == false
	count(left_out(sink)) == 0
}

violations contains {
	"actual": names.few([sink.path | some sink in lacking]),
	"expected": "a log that takes every read",
	"message": sprintf("no log takes every read of secrets and keys: %s", [names.counted([sink.path | some sink in lacking], "log leaves some out", "logs leave some out")]),
} if {
	count(on) > 0
	count(lacking) == count(on)
}
