resource "google_secret_manager_secret" "db" {
  secret_id = "db"
  labels    = { owner = "payments", tier = "low" }
  ttl       = "2592000s"

  replication {
    auto {}
  }
}

resource "google_secret_manager_regional_secret" "db" {
  secret_id = "db"
  location  = "europe-west1"
  labels    = { owner = "payments", tier = "low" }
}

resource "google_secret_manager_regional_secret_iam_member" "db" {
  secret_id = google_secret_manager_regional_secret.db.secret_id
  location  = "europe-west1"
  role      = "roles/secretmanager.secretAccessor"
  member    = "allUsers"
}
