given = "not-a-real-value"
