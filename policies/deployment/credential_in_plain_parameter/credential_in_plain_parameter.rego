# METADATA
# title: Parameter that takes a credential is kept in the clear
# description: |
#   Deployments and stacks keep what parameters were given, but for secure ones, and whoever may read or describe them reads it. A value that
#   becomes a secret of a store lies beside the store then, without its access rules and its log.
# schemas:
#   - input: schema.deployment
# custom:
#   severity: high
#   needs: [deployment_parameter]
#   rests_on_absence: false
#   families: [hard]
#   remediation:
#     aws: >-
#       Let Secrets Manager make the value (`GenerateSecretString`, `ManageMasterUserPassword`), or take it by a reference that CloudFormation
#       resolves and shows to nobody (`{{resolve:secretsmanager:…}}`, `{{resolve:ssm-secure:…}}`); else say `NoEcho: true` of the parameter. Then
#       replace the credential.
#     azure: >-
#       Make the parameter secure (`@secure()` in Bicep, type `securestring` or `secureobject`), or give it by reference to a Key Vault. Then
#       replace the credential, and delete the deployments that kept it (`az deployment group delete`).
#   remedies:
#     arm:
#       any:
#         text: >-
#           Let the parameter `{thing}` be secure (`@secure()` in Bicep), and fill it by a `reference` to a Key Vault.
#         example: |-
#           "{thing}": { "type": "secureString" }
#     cloudformation:
#       any:
#         text: >-
#           Take the value from a secret where it is used, in the place of `{thing}`; a parameter of the template may be kept with `NoEcho` (true)
#           where a person types it.
#         example: |-
#           MasterUserPassword: "{{resolve:secretsmanager:prod/db:SecretString:password}}"
#   sources:
#     - Azure Resource Manager documentation, parameters in templates, secure strings and objects, https://learn.microsoft.com/azure/azure-resource-manager/templates/parameters
#     - Azure Bicep documentation, linter rule secure-secrets-in-params, https://learn.microsoft.com/azure/azure-resource-manager/bicep/linter-rule-secure-secrets-in-parameters
#     - AWS CloudFormation User Guide, parameters, NoEcho, https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html
#     - AWS CloudFormation User Guide, dynamic references, https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html
#     - CWE-312, Cleartext Storage of Sensitive Information, https://cwe.mitre.org/data/definitions/312.html
package countersign.deployment.credential_in_plain_parameter

parameters := input.subject.plain_parameters

applicable if input.subject.deployment_type == "template"

compliant if count(parameters) == 0

violations contains {
	"thing": parameter.thing,
	"actual": "a parameter that is not secure",
	"expected": "a secure parameter, or a reference to a vault",
	"message": sprintf("parameter %s is kept in the clear, and feeds %s", [parameter.name, parameter.feeds]),
} if {
	some parameter in parameters
}
