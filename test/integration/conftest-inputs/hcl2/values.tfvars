name = "x"
list = ["a", "b"]
map = { a = { b = 1 } }
