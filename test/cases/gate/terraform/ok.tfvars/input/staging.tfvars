days = 3650
