# METADATA
# title: Code of whoever sends a change runs with secrets
# description: |
#   `pull_request_target`, `workflow_run` and `issue_comment` run with the secrets of the repository, though anybody may
#   cause them. A job that checks out, or puts into a command, what such a person wrote gives the secrets away.
# schemas:
#   - input: schema.pipeline
# custom:
#   severity: critical
#   needs: [pipeline_code]
#   rests_on_absence: false
#   families: [hard]
#   remediation:
#     any: >-
#       Run what others wrote by `pull_request`, which has no secrets, and let a second workflow with secrets take its
#       results as data. Put texts of the event into a variable (`env`) instead of a command.
#   remedies:
#     github_actions:
#       any:
#         text: >-
#           Run what others send on `pull_request`, which has no secrets, and hand texts of theirs to commands as variables.
#         example: |-
#           on: pull_request
#           # a text of whoever sent the change
#           env:
#             TITLE: ${{ github.event.pull_request.title }}
#           run: echo "$TITLE"
#   sources:
#     - GitHub Security Lab, "Preventing pwn requests", https://securitylab.github.com/resources/github-actions-preventing-pwn-requests/
#     - GitHub documentation, "Script injections", https://docs.github.com/en/actions/concepts/security/script-injections
package countersign.pipeline.untrusted_code_with_secrets

applicable if input.subject.pipeline_type == "github_actions"

compliant if count(input.subject.untrusted_events) == 0

compliant if not has_secrets

compliant if count(input.subject.untrusted_code) == 0

has_secrets if count(input.subject.secret_names) > 0

has_secrets if count(input.subject.handed_over) > 0

violations contains {
	"actual": {"events": input.subject.untrusted_events, "by": code.how},
	"expected": "no code of others beside secrets",
	"message": sprintf("%s on %s, and the job has secrets", [
		does[code.how],
		concat(", ", input.subject.untrusted_events),
	]),
	"thing": code.thing,
} if {
	count(input.subject.untrusted_events) > 0
	has_secrets
	some code in input.subject.untrusted_code
}

does := {
	"checkout": "code of whoever sent the change is checked out",
	"expression": "a text of whoever sent the change becomes part of a command",
}
