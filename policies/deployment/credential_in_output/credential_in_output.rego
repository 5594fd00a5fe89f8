# METADATA
# title: Output or script of a template tells a credential
# description: |
#   The history of deployments keeps outputs in the clear, and whoever may read deployments of the group reads them: far more people than may
#   list the keys themselves. What takes an output also writes it to the logs of pipelines. A deployment script or container tells whoever reads it its
#   arguments, commands and variables, but for those that are secure.
# schemas:
#   - input: schema.deployment
# custom:
#   severity: high
#   needs: [deployment_output]
#   rests_on_absence: false
#   families: [hard]
#   remediation:
#     any: >-
#       Take the output out. Let what needs the credential read it itself from its store, by an identity of its own: a managed identity and Key Vault
#       on Azure, a role and Secrets Manager on AWS, where an output may hand on the secret's ARN. On Azure an output may be `@secure()`
#       (`securestring`) instead, and a script or container takes a credential by `secureValue`. Then replace the credential, and on Azure delete the deployments that told it (`az deployment group delete`).
#   remedies:
#     arm:
#       any:
#         text: >-
#           Take the output `{thing}` out. Tell the address of the secret, and let who needs the value read it.
#         example: |-
#           "secretUri": { "type": "string", "value": "[reference('db').secretUri]" }
#     cloudformation:
#       any:
#         text: >-
#           Take the output `{thing}` out. Tell the name or ARN of the secret, and let who needs the value read it.
#         example: |-
#           Value: !Ref DbSecret
#   sources:
#     - Azure Resource Manager documentation, outputs in templates, https://learn.microsoft.com/azure/azure-resource-manager/templates/outputs
#     - Azure Bicep documentation, linter rule outputs-should-not-contain-secrets, https://learn.microsoft.com/azure/azure-resource-manager/bicep/linter-rule-outputs-should-not-contain-secrets
#     - AWS CloudFormation User Guide, Outputs, https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/outputs-section-structure.html
#     - CWE-532, Insertion of Sensitive Information into Log File, https://cwe.mitre.org/data/definitions/532.html
package countersign.deployment.credential_in_output

outputs := input.subject.outputs

applicable if input.subject.deployment_type == "template"

compliant if count(outputs) == 0

said := {
	"list_function": "what a list function answers",
	"secure_parameter": "the value of a secure parameter",
	"secret_value": "the value of a secret",
}

described(output) := sprintf("output %s tells %s, and stays in the history of deployments", [output.name, said[output.how]]) if {
	not output.of
}

described(output) := sprintf("%s of %s tells %s to whoever may read that", [output.name, output.of, said[output.how]]) if {
	output.of
}

violations contains {
	"thing": output.thing,
	"actual": output.how,
	"expected": "no credential in the clear",
	"message": described(output),
} if {
	some output in outputs
}
