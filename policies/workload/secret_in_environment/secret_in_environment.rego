# METADATA
# title: Secrets reach the workload as environment variables
# description: |
#   A variable is inherited by every process that the workload starts, lies in crash reports, in what debugging endpoints print and in what
#   `docker inspect` or `/proc/<pid>/environ` show, and keeps the old value until the workload is started anew, so that a rotation does
#   not reach it. A secret that is mounted as a file has none of that. A value that stands in the file itself is another
#   finding (`credential_written`).
# schemas:
#   - input: schema.workload
# custom:
#   severity: low
#   needs: [workload_environment]
#   rests_on_absence: false
#   families: [plain]
#   remediation:
#     any: >-
#       In Kubernetes mount the secret as a volume (`volumes[].secret`, or a `SecretProviderClass` by the CSI driver) and let the
#       application read the file. In Compose name it under `secrets:`, and give the application `/run/secrets/<name>`; many images take
#       `<VARIABLE>_FILE`.
#   remedies:
#     compose:
#       any:
#         text: >-
#           Hand what is secret to `{reference}` as a file (many images take its path as `…_FILE`).
#         example: |-
#           services:
#             {label}:
#               secrets: [db_password]
#               environment:
#                 DB_PASSWORD_FILE: /run/secrets/db_password
#           secrets:
#             db_password:
#               environment: DB_PASSWORD
#     kubernetes:
#       any:
#         text: >-
#           Mount the secret into `{reference}` as files, in the place of `secretKeyRef` and `secretRef`.
#         example: |-
#           containers:
#             - name: app
#               volumeMounts:
#                 - { name: db, mountPath: /run/secrets/db, readOnly: true }
#           volumes:
#             - name: db
#               secret: { secretName: db, defaultMode: 0400 }
#   sources:
#     - CIS Kubernetes Benchmark, 5.4.1, prefer using secrets as files over secrets as environment variables, https://www.cisecurity.org/benchmark/kubernetes
#     - Kubernetes documentation, good practices for Kubernetes Secrets, https://kubernetes.io/docs/concepts/security/secrets-good-practices/
#     - Docker documentation, secrets in Compose, https://docs.docker.com/compose/how-tos/use-secrets/
package countersign.workload.secret_in_environment

import data.countersign.lib.names

environment := input.subject.environment

applicable if "environment" in input.subject.aspects

compliant if environment.secret_variable_count == 0

violations contains {
	"actual": names.few_of(environment.secret_variables, environment.secret_variable_count),
	"expected": "secrets as files",
	"message": sprintf("variables that hold secrets: %d (%s)", [
		environment.secret_variable_count,
		names.few_of(environment.secret_variables, environment.secret_variable_count),
	]),
} if {
	environment.secret_variable_count > 0
}
