days  = 3650
names = ["api", "db"]
