resource "aws_cloudcontrolapi_resource" "this" {}

resource "aws_cloudformation_stack" "this" {}

resource "aws_cloudformation_stack_set" "this" {}

resource "aws_ssoadmin_account_assignment" "this" {}

resource "aws_ssoadmin_permission_set_inline_policy" "this" {}

resource "aws_ssoadmin_managed_policy_attachment" "this" {}

resource "awscc_secretsmanager_secret" "this" {}

resource "azurerm_role_assignment" "this" {}

resource "azurerm_resource_group_template_deployment" "this" {}

# Gives nobody anything.
resource "aws_ssoadmin_application" "this" {}
