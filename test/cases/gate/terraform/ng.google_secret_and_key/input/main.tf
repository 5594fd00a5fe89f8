resource "google_kms_key_ring" "payments" {
  name     = "payments"
  location = "europe-west1"
}

resource "google_kms_crypto_key" "data" {
  name     = "data"
  key_ring = google_kms_key_ring.payments.id
  labels   = { owner = "payments", tier = "high" }
}

resource "google_secret_manager_secret" "db" {
  secret_id = "db-password"
  labels    = { owner = "payments", tier = "high" }

  replication {
    auto {
      customer_managed_encryption {
        kms_key_name = google_kms_crypto_key.data.id
      }
    }
  }
}

resource "google_secret_manager_secret_iam_member" "everyone" {
  secret_id = google_secret_manager_secret.db.secret_id
  role      = "roles/secretmanager.secretAccessor"
  member    = "allUsers"
}

resource "google_service_account_key" "ci" {
  service_account_id = "projects/payments/serviceAccounts/ci@payments.iam.gserviceaccount.com"
}
