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

resource "helm_release" "this" {}

resource "kubernetes_manifest" "this" {}

resource "kubectl_manifest" "this" {}

resource "azapi_resource" "this" {}

resource "aws_rolesanywhere_profile" "this" {}

resource "aws_eks_pod_identity_association" "this" {}

resource "google_project_iam_member" "reader" {
  role = "roles/secretmanager.secretAccessor"
}

resource "google_folder_iam_binding" "unknown" {
  role = var.role
}

# Reaches no secret.
resource "google_project_iam_member" "viewer" {
  role = "roles/storage.objectViewer"
}

variable "role" {}
