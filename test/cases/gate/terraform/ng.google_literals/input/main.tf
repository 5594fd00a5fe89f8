resource "google_secret_manager_secret_version" "db" {
  secret                 = "projects/payments/secrets/db"
  secret_data_wo         = "not-a-name-9f2k"
  secret_data_wo_version = 1
}

resource "google_kms_secret_ciphertext" "db" {
  crypto_key = "projects/payments/locations/europe-west1/keyRings/a/cryptoKeys/b"
  plaintext  = "not-a-name-9f2k"
}
