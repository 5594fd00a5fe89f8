# METADATA
# title: Secret is written to the log of a job
# description: |
#   Logs are kept for months and read by many. Platforms mask a secret only where it stands in the log as it is: parts of
#   it, an encoding, or a value with several lines pass.
# schemas:
#   - input: schema.pipeline
# custom:
#   severity: high
#   needs: [pipeline_command]
#   rests_on_absence: false
#   families: [hard]
#   remediation:
#     any: >-
#       Take the command out. What needs the value reads it from its environment or standard input; to see whether it is
#       there, test for emptiness (`[ -n "$NAME" ]`).
#   remedies:
#     github_actions:
#       any:
#         text: >-
#           Take the command out that prints it (`echo`, `env`, `set -x`). Give it to the program by its environment or standard input, and mask what
#           is computed of it.
#         example: |-
#           env:
#             TOKEN: ${{ secrets.TOKEN }}
#           run: |
#             DERIVED="$(./derive.sh)"
#             echo "::add-mask::$DERIVED"
#     gitlab_ci:
#       any:
#         text: >-
#           Take the command out that prints it (`echo`, `env`, `set -x`, `CI_DEBUG_TRACE`). Give it to the program by its environment or standard
#           input.
#         example: |-
#           script:
#             - ./deploy.sh < "$TOKEN_FILE"
#   sources:
#     - GitHub documentation, "Secure use reference", https://docs.github.com/en/actions/reference/security/secure-use
#     - GitLab documentation, "Mask a CI/CD variable", https://docs.gitlab.com/ci/variables/#mask-a-cicd-variable
#     - CWE-532, Insertion of Sensitive Information into Log File, https://cwe.mitre.org/data/definitions/532.html
package countersign.pipeline.secret_written_to_log

applicable := true

compliant if count(input.subject.logged) == 0

violations contains {
	"actual": one.name,
	"expected": "no secret in the log",
	"message": sprintf("%s is written to the log", [one.name]),
	"thing": one.thing,
} if {
	some one in input.subject.logged
}
