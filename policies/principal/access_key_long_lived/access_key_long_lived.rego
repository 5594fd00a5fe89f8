# METADATA
# title: Long-lived access key is old, or serves a pipeline
# description: |
#   An access key has no end: whoever copied it from a laptop, an image or a pipeline's settings uses it until somebody takes it
#   away. An active key is compared with the greatest age. Pipelines have no need of any: their build service vouches for
#   each run, and gets credentials that end by themselves. What is a pipeline's is told by words in the user's name. Keys of the
#   account's root are judged by `root_credentials_in_use`.
# schemas:
#   - input: schema.principal
# custom:
#   severity: high
#   needs: [access_key, login_credential, principal]
#   applies_to: [iam_user]
#   rests_on_absence: false
#   unstated: >-
#     Which access keys the user has, or how old they are.
#   families: [cicd, v_ttl]
#   params:
#     limit_days:
#       type: integer
#       unit: day
#       description: Greatest age of an active key.
#       strictest: min
#       by_tier: {critical: 30, high: 90, standard: 90, low: 180}
#     pipeline_words:
#       type: strings
#       description: Words of names by which a user is a pipeline's, in lower case.
#       default: [actions, bitbucket, buildkite, cd, ci, circleci, codebuild, deploy, deployer, github, gitlab, jenkins, pipeline, terraform]
#   remediation:
#     aws: >-
#       For people: sign in by IAM Identity Center. For machines: a role. For pipelines: `aws iam
#       create-open-id-connect-provider` for the build service, and a role whose trust policy names repository and branch. Until then
#       `aws iam create-access-key --user-name <user>`, change over, `aws iam update-access-key --status Inactive`, then `aws
#       iam delete-access-key`.
#   remedies:
#     cloudformation:
#       any:
#         text: >-
#           Take the `AWS::IAM::AccessKey` of `{label}` out, and give whoever uses it an `AWS::IAM::Role` (with `AWS::IAM::OIDCProvider` for
#           pipelines).
#     terraform:
#       any:
#         text: >-
#           Take the `aws_iam_access_key` of `{reference}` out, and give whoever uses it a role (`aws_iam_openid_connect_provider` for pipelines).
#   sources:
#     - AWS Identity and Access Management User Guide, security best practices, https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html
#     - AWS Identity and Access Management User Guide, managing access keys, https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html
#     - NIST SP 800-53 Rev. 5, IA-5, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
package countersign.principal.access_key_long_lived

import data.countersign.lib.names

limit_days := data.params.access_key_long_lived.limit_days

expected := sprintf("at most %d days", [limit_days])

active := [key | some key in input.subject.access_keys; key.active]

old := [key | some key in active; key.age_days > limit_days]

# Names of users may have these between their words, beside letters and digits.
words := {word |
	some by_dash in split(lower(input.subject.name), "-")
	some by_line in split(by_dash, "_")
	some by_dot in split(by_line, ".")
	some word in split(by_dot, "@")
}

of_pipeline if {
	some word in data.params.access_key_long_lived.pipeline_words
	word in words
}

# By user and key, since the id of a key alone names nobody. A key's own place is known where the keys could not be listed.
shown(keys) := [sprintf("%s of user %s", [object.get(key, "key", "a key known by its place alone"), names.short(input.subject.name)]) |
	some key in keys
]

applicable if input.subject.principal_type == "iam_user"

compliant if {
	is_array(input.subject.access_keys)
	count(active) == 0
}

compliant if {
	every key in input.subject.access_keys { settled(key) }
	not of_pipeline
}

settled(key) if key.active == false

settled(key) if key.age_days <= limit_days

violations contains {
	"actual": max([key.age_days | some key in old]),
	"expected": expected,
	"message": sprintf("active access keys older than %d days: %s", [limit_days, names.few(shown(old))]),
} if {
	count(old) > 0
}

violations contains {
	"actual": names.few(shown(active)),
	"expected": "credentials that end by themselves",
	"message": sprintf("a pipeline by its name, with long-lived access keys: %s", [names.few(shown(active))]),
} if {
	count(active) > 0
	of_pipeline
}
