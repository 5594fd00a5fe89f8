# How policies name things in what they print: a few of them, shortened, and how many there are. A message that named
# all of them would pass its bound of 2,048 characters, and the finding would be lost in an error.
package countersign.lib.names

most_named := 4

most_chars := 160

# One name, cut at the end where it is too long to print.
short(name) := name if count(name) <= most_chars

short(name) := concat("", [substring(name, 0, most_chars - 1), "…"]) if count(name) > most_chars

# `a, b, c and 9 more`; in order, whether a set or an array is given.
few(names) := few_of(names, count(names))

# The same where only a part of `total` is known by name.
few_of(names, total) := concat(", ", shown(names)) if total <= count(shown(names))

few_of(names, total) := sprintf("%s and %d more", [concat(", ", shown(names)), total - count(shown(names))]) if {
	total > count(shown(names))
	count(names) > 0
}

few_of(names, total) := sprintf("%d, none known by name", [total]) if {
	total > 0
	count(names) == 0
}

# `12 policies: a, b, c, d and 8 more`.
counted(names, one, many) := counted_of(names, count(names), one, many)

counted_of(names, total, _, many) := sprintf("%d %s: %s", [total, many, few_of(names, total)]) if total > 1

counted_of(names, total, one, _) := sprintf("%d %s: %s", [total, one, few_of(names, total)]) if total == 1

counted_of(_, 0, _, many) := sprintf("no %s", [many])

shown(names) := [short(name) | some name in array.slice(sort(names), 0, most_named)]

# `1 day`, `30 days`: a number with its noun.
quantity(number, one, _) := sprintf("%v %s", [number, one]) if number == 1

quantity(number, _, many) := sprintf("%v %s", [number, many]) if number != 1

# Who of these `readers` is left out of a count of them, and why; empty where nobody is.
uncounted(readers) := "" if object.get(readers, "emergency_count", 0) == 0

uncounted(readers) := sprintf("; not counted, for each is judged by itself: %d root or break-glass", [readers.emergency_count]) if {
	readers.emergency_count > 0
}

# By which way strangers of one `kind`, `public` or `external`, come to a thing with these `readers`, the same text for all things of one cause: `, through 2 roles: a, b; by themselves: everyone`; empty where no way is known.
default way_in(_, _) := ""

way_in(readers, kind) := sprintf(", through %s", [by_role(readers.ways_in[kind])]) if {
	readers.ways_in[kind].role_count > 0
	readers.ways_in[kind].stranger_count == 0
}

way_in(readers, kind) := sprintf(", through %s; by themselves: %s", [by_role(readers.ways_in[kind]), themselves(readers.ways_in[kind])]) if {
	readers.ways_in[kind].role_count > 0
	readers.ways_in[kind].stranger_count > 0
}

way_in(readers, kind) := sprintf(": %s", [themselves(readers.ways_in[kind])]) if {
	readers.ways_in[kind].role_count == 0
	readers.ways_in[kind].stranger_count > 0
}

by_role(ways) := counted_of(ways.roles, ways.role_count, "role", "roles")

themselves(ways) := few_of(ways.strangers, ways.stranger_count)
