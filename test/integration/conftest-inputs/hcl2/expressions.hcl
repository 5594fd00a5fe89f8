a = -10
b = -x
c = -(1 + 4)
d = !true
e = (1)
f = ((x))
g = x ? y : z
h = "${x}"
i = "${1 + 2}"
j = "${true}"
k = "${["a", x]}"
l = "${x ? "y" : z} and ${1} ${"hi"} ${null} ${1.50} ${true}"
m = [1, 2.0, 1.0e3, 1.25e-2, "s", null, [x]]
n = [for a in b : a if a != null]
o = { for k, v in m : k => v... }
p = x[0].y[*].z
q = x.*.y
r = foo(a, b...)
s = "\u00e9 \t \\ \" $${no} %%{no} $ % {"
t = "%{if x}yes%{else}no%{endif} %{for k, v in m~} ${k} %{endfor~} end"
u = x.0
v = merge(
  {},
  foo().inputs
)
w = x == 1 && !(y > 2) || z
x1 = provider::a::b(1)
y1 = ""
z1 = 12345678901234567890
a2 = "${~ x ~} y"
b2 = { for_each = { a = [{ b = "${c}" }] } }
c2 = "a${-1}b${!x}c${(x ? 1 : 2)}"
d2 = x ? "a" : "b" # why
e2 = "%{if x}${y}%{endif}"
f2 = - "5"
g2 = {}
h2 = []
i2 = "a$b%c $$ %%"
j2 = [
  "one", # first
  "two", // second
  /* third */ "three",
]
k2 = a.b["c"].d["${e}"]
