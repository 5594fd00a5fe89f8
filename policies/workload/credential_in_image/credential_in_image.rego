# METADATA
# title: Image holds a credential
# description: |
#   Every layer of an image is kept: what an instruction copied or set stays in it when a later one removes it, and everyone who may pull
#   the image reads it, with `docker history` or by unpacking. A variable of `ENV` is in every container besides. The credential
#   has to be replaced at the system that accepts it, also where the image is gone.
# schemas:
#   - input: schema.workload
# custom:
#   severity: high
#   needs: [workload_image]
#   rests_on_absence: false
#   families: [hard]
#   remediation:
#     any: >-
#       Replace the credential at the system that accepts it. What the build needs comes by `RUN --mount=type=secret,id=<name>`, which
#       leaves nothing in a layer (`docker build --secret id=<name>,src=<file>`), or `--mount=type=ssh`; what the container needs is
#       given to it when it runs. Keep such files out of the build by `.dockerignore`.
#   remedies:
#     compose:
#       any:
#         text: >-
#           Take the credential out of the image and replace it. Hand it to the build as a secret, or to the container.
#         example: |-
#           build:
#             context: .
#             secrets: [token]
#           # at the end of the file
#           secrets:
#             token:
#               environment: TOKEN
#     dockerfile:
#       any:
#         text: >-
#           Take the credential out and replace it. What a build needs is mounted for one command; what the container needs is given when it starts.
#         example: |-
#           RUN --mount=type=secret,id=token,env=TOKEN ./build.sh
#   sources:
#     - CIS Docker Benchmark, 4.10, secrets are not stored in Dockerfiles, https://www.cisecurity.org/benchmark/docker
#     - Docker documentation, build secrets, https://docs.docker.com/build/building/secrets/
#     - CWE-798, Use of Hard-coded Credentials, https://cwe.mitre.org/data/definitions/798.html
package countersign.workload.credential_in_image

import data.countersign.lib.names

image := input.subject.image

said := {
	"argument_default": "the default of build argument %s is a credential",
	"command": "a command writes a credential (%s)",
	"environment": "variable %s is set to a credential",
	"file": "a file of credentials is copied: %s",
}

applicable if "image" in input.subject.aspects

compliant if image.credential_count == 0

violations contains {
	"actual": credential.how,
	"expected": "no credential in any layer",
	"message": sprintf(said[credential.how], [names.short(credential.name)]),
	"thing": credential.part,
} if {
	some credential in image.credentials
}

violations contains {
	"actual": image.credential_count,
	"expected": "no credential in any layer",
	"message": sprintf("credentials in the image beside those that are named: %d", [image.credential_count - count(image.credentials)]),
} if {
	image.credential_count > count(image.credentials)
}
