# METADATA
# title: Secret is given to an action that is not pinned to a commit
# description: |
#   A tag or branch of somebody else may point to other code tomorrow. In March 2025 the tags of tj-actions/changed-files
#   were moved to code that printed the secrets of 23,000 repositories.
# schemas:
#   - input: schema.pipeline
# custom:
#   severity: medium
#   needs: [pipeline_job]
#   rests_on_absence: false
#   families: [hard]
#   params:
#     trusted_owners:
#       type: strings
#       description: Owners of actions whose tags are trusted, e.g. your own organisation.
#       default: []
#   remediation:
#     any: >-
#       Name the commit: `uses: owner/name@<40 hex digits> # v4.2.0`. Tools such as Dependabot and Renovate keep it up to
#       date.
#   remedies:
#     github_actions:
#       any:
#         text: >-
#           Pin the action or workflow to the commit that was read (40 digits), with its version as a comment.
#         example: |-
#           uses: owner/action@<commit> # v1.2.3
#   sources:
#     - GitHub documentation, "Secure use reference", using third-party actions, https://docs.github.com/en/actions/reference/security/secure-use#using-third-party-actions
#     - CVE-2025-30066, https://nvd.nist.gov/vuln/detail/CVE-2025-30066
package countersign.pipeline.secret_to_unpinned_action

applicable if input.subject.pipeline_type == "github_actions"

trusted contains owner if some owner in data.params.secret_to_unpinned_action.trusted_owners

loose contains action if {
	some action in input.subject.actions
	not action.pinned
	not action.owner in trusted
}

compliant if count(loose) == 0

violations contains {
	"actual": action.action,
	"expected": "a commit",
	"message": sprintf("%s is given to %s, which is not pinned to a commit", [
		concat(", ", action.secrets),
		action.action,
	]),
	"thing": action.thing,
} if {
	some action in loose
}
