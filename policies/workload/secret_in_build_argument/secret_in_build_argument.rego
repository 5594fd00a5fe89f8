# METADATA
# title: Credential is handed to a build as an argument
# description: |
#   The value of a build argument stands in the history of the image and in its provenance attestation: `docker history` shows it to everyone who
#   may pull the image. Judged by the names of arguments, since their values are given when the image is built.
# schemas:
#   - input: schema.workload
# custom:
#   severity: medium
#   needs: [workload_build]
#   rests_on_absence: false
#   families: [hard, plain]
#   remediation:
#     any: >-
#       Take the argument out, and read the credential in the one instruction that needs it:
#       `RUN --mount=type=secret,id=<name>,env=<VARIABLE> <command>` with `docker build --secret id=<name>,env=<VARIABLE>`, in Compose
#       `build.secrets`. Replace the credential if images that were built with it left your hands.
#   remedies:
#     compose:
#       any:
#         text: >-
#           Hand `{thing}` to the build as a secret, which leaves nothing in the image's history.
#         example: |-
#           build:
#             context: .
#             secrets: [{thing}]
#           # at the end of the file
#           secrets:
#             {thing}:
#               environment: {thing}
#     dockerfile:
#       any:
#         text: >-
#           Take `ARG {thing}` out, and mount it as a secret in the command that needs it (`docker build --secret id={thing},env={thing}`).
#         example: |-
#           RUN --mount=type=secret,id={thing},env={thing} ./build.sh
#   sources:
#     - Docker documentation, build secrets, https://docs.docker.com/build/building/secrets/
#     - Docker documentation, SecretsUsedInArgOrEnv, https://docs.docker.com/reference/build-checks/secrets-used-in-arg-or-env/
#     - CIS Docker Benchmark, 4.10, secrets are not stored in Dockerfiles, https://www.cisecurity.org/benchmark/docker
package countersign.workload.secret_in_build_argument

import data.countersign.lib.names

image := input.subject.image

applicable if "image" in input.subject.aspects

compliant if image.argument_count == 0

violations contains {
	"actual": names.short(argument.name),
	"expected": "a secret of the build",
	"message": sprintf("build argument %s is named like a credential, and its value stays in the history of the image", [names.short(argument.name)]),
	"thing": argument.part,
} if {
	some argument in image.arguments
}

violations contains {
	"actual": image.argument_count,
	"expected": "secrets of the build",
	"message": sprintf("further build arguments that are named like credentials: %d", [image.argument_count - count(image.arguments)]),
} if {
	image.argument_count > count(image.arguments)
}
