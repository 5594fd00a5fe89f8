path "team/data/*" {
  policy = "write"
}
