resource "google_secret_manager_secret" "db" {
  secret_id = "db"
  labels    = { owner = "payments", tier = "low" }
  ttl       = "2592000s"

  rotation {
    next_rotation_time = "2027-01-01T00:00:00Z"
    rotation_period    = "2592000s"
  }

  replication {
    auto {}
  }
}

resource "google_secret_manager_secret_iam_member" "db" {
  secret_id = google_secret_manager_secret.db.id
  role      = "roles/secretmanager.secretAccessor"
  member    = "allUsers"

  condition {
    title      = "for a while"
    expression = "request.time < timestamp('2030-01-01T00:00:00Z')"
  }
}

resource "google_secret_manager_secret_iam_member" "elsewhere" {
  secret_id = "projects/payments/secrets/api"
  role      = "projects/payments/roles/ownReader"
  member    = "allUsers"
}
