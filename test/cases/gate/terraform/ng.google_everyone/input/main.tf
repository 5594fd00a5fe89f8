variable "secret" {
  type = string
}

data "google_iam_policy" "open" {
  binding {
    role    = "roles/secretmanager.viewer"
    members = ["allUsers"]
  }

  binding {
    role    = "roles/secretmanager.secretAccessor"
    members = ["serviceAccount:${google_service_account.app.email}", "allUsers"]
  }
}

resource "google_service_account" "app" {
  account_id = "app"
}

resource "google_secret_manager_secret" "db" {
  secret_id = "db"
  labels    = { owner = "payments", tier = "low" }
  ttl       = "2592000s"

  replication {
    auto {}
  }
}

resource "google_secret_manager_secret_iam_policy" "db" {
  secret_id   = google_secret_manager_secret.db.id
  policy_data = data.google_iam_policy.open.policy_data
}

resource "google_secret_manager_secret_iam_member" "elsewhere" {
  secret_id = "projects/payments/secrets/api"
  role      = "roles/secretmanager.secretAccessor"
  member    = "allUsers"
}

resource "google_secret_manager_secret_iam_binding" "whichever" {
  secret_id = var.secret
  role      = "roles/secretmanager.secretAccessor"
  members   = ["group:payments@example.com", "allAuthenticatedUsers"]
}

resource "google_project_iam_member" "everyone" {
  project = "payments"
  role    = "roles/secretmanager.secretAccessor"
  member  = "allAuthenticatedUsers"
}

resource "google_project_iam_member" "site" {
  project = "payments"
  role    = "roles/run.invoker"
  member  = "allUsers"
}

resource "google_project_iam_policy" "all" {
  project     = "payments"
  policy_data = data.google_iam_policy.open.policy_data
}
