resource "null_resource" "opened" {
  provisioner "local-exec" {
    command = "aws secretsmanager put-resource-policy --secret-id pay --resource-policy file://open.json"
  }
}

resource "terraform_data" "told" {
  provisioner "local-exec" {
    command = "echo made"
  }
}
