package countersign.lib.names_test

import data.countersign.lib.names

many := {sprintf("name-%d", [number]) | some number in numbers.range(100, 599)}

test_few_are_named_in_order if {
	names.few({"c", "a", "b"}) == "a, b, c"
	names.few(["d", "c", "b", "a"]) == "a, b, c, d"
	names.few([]) == ""
}

test_more_are_counted if {
	names.few(many) == "name-100, name-101, name-102, name-103 and 496 more"
	names.few_of(["a"], 3) == "a and 2 more"
	names.few_of([], 3) == "3, none known by name"
}

test_count_and_noun if {
	names.counted(["a"], "policy", "policies") == "1 policy: a"
	names.counted(["b", "a"], "policy", "policies") == "2 policies: a, b"
	names.counted_of(["a"], 21, "rule", "rules") == "21 rules: a and 20 more"
	names.counted([], "policy", "policies") == "no policies"
}

test_number_and_noun if {
	names.quantity(1, "day", "days") == "1 day"
	names.quantity(30, "day", "days") == "30 days"
	names.quantity(0, "day", "days") == "0 days"
	names.quantity(1.5, "day", "days") == "1.5 days"
}

test_long_names_are_cut if {
	long := concat("", [character | some _ in numbers.range(1, 3000); some character in ["x"]])
	count(names.short(long)) == 160
	endswith(names.short(long), "x…")
	count(names.few([sprintf("%d%s", [number, long]) | some number in numbers.range(1, 500)])) < 700
	names.short("kv/") == "kv/"
}

ways(roles, role_count, guests, stranger_count) := {"ways_in": {"public": {
	"roles": roles, "role_count": role_count,
	"strangers": guests, "stranger_count": stranger_count,
}}}

test_roles_are_named if {
	names.way_in(ways(["vendor"], 1, [], 0), "public") == ", through 1 role: vendor"
}

test_roles_and_strangers_are_named if {
	names.way_in(ways(["a", "b"], 9, ["everyone"], 1), "public") == ", through 9 roles: a, b and 7 more; by themselves: everyone"
}

test_strangers_are_named if {
	names.way_in(ways([], 0, ["everyone"], 1), "public") == ": everyone"
}

test_no_way_is_no_text if {
	names.way_in(ways(["vendor"], 1, [], 0), "external") == ""
	names.way_in({}, "public") == ""
	names.way_in(ways([], 0, [], 0), "public") == ""
}
