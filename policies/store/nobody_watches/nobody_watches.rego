# METADATA
# title: Nobody is told of unusual use
# description: |
#   A log that nobody looks at tells of a theft when somebody asks, months later. Something must look at the calls of the store
#   and tell somebody: GuardDuty or Security Hub in the Region, or a rule or alarm that names the services of secrets, keys or
#   the log and has somebody to tell. That it is set up is no proof that anybody answers. Regions without secrets are left out.
# schemas:
#   - input: schema.store
# custom:
#   severity: medium
#   needs: [cloud_secret, store, watch]
#   rests_on_absence: true
#   unstated: >-
#     Whether an alarm that tells somebody is about the store: its metric is one of the organisation's own, or whom a rule
#     tells is not known.
#   families: [anom]
#   remediation:
#     aws: >-
#       `aws guardduty create-detector --enable` in the Region, or for the whole organisation by its delegated administrator; and
#       an EventBridge rule for `aws.secretsmanager` whose target is the team's topic: `aws events put-rule --name secret-changes
#       --event-pattern '{"source":["aws.secretsmanager"]}'`, then `aws events put-targets`.
#   sources:
#     - Amazon GuardDuty User Guide, IAM finding types, https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_finding-types-iam.html
#     - AWS Secrets Manager User Guide, monitor secrets with EventBridge, https://docs.aws.amazon.com/secretsmanager/latest/userguide/monitoring-eventbridge.html
#     - NIST SP 800-53 Rev. 5, SI-4 and AU-6, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
package countersign.store.nobody_watches

watches := input.subject.watches

applicable if {
	"in_cloud" in input.subject.traits
	input.subject.secret_count > 0
}

compliant if watches.active_count > 0

violations contains {
	"actual": "none",
	"expected": "a detector that is on, or a rule or alarm that tells somebody",
	"message": "no detector is on in the Region, and no rule or alarm about secrets, keys or the log tells anybody",
} if {
	watches.active_count == 0
	watches.unclear_count == 0
}
