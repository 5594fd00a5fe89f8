package countersign.workload.credential_in_image_test

import data.countersign.workload.credential_in_image

holding(credentials, total) := {"aspects": ["image"], "image": {
	"credentials": credentials,
	"credential_count": total,
	"arguments": [],
	"argument_count": 0,
}}

test_none_is_compliant if {
	credential_in_image.applicable with input.subject as holding([], 0)
	credential_in_image.compliant with input.subject as holding([], 0)
	count(credential_in_image.violations) == 0 with input.subject as holding([], 0)
}

test_each_is_found_where_it_stands if {
	credentials := [
		{"how": "environment", "name": "API_TOKEN", "part": "a"},
		{"how": "argument_default", "name": "PASSWORD", "part": "b"},
		{"how": "file", "name": "id_rsa", "part": "c"},
		{"how": "command", "name": "URL with a password", "part": "d"},
	]
	found := credential_in_image.violations with input.subject as holding(credentials, 4)
	{one.thing: one.message | some one in found} == {
		"a": "variable API_TOKEN is set to a credential",
		"b": "the default of build argument PASSWORD is a credential",
		"c": "a file of credentials is copied: id_rsa",
		"d": "a command writes a credential (URL with a password)",
	}
	not credential_in_image.compliant with input.subject as holding(credentials, 4)
}

test_more_than_are_named_are_counted if {
	found := credential_in_image.violations with input.subject as holding([{"how": "file", "name": ".env", "part": "a"}], 3)
	"credentials in the image beside those that are named: 2" in {one.message | some one in found}
}

test_unread_image_proves_nothing if {
	not credential_in_image.compliant with input.subject as {"aspects": ["image"]}
	count(credential_in_image.violations) == 0 with input.subject as {"aspects": ["image"]}
}

test_what_is_no_image_is_another_matter if {
	not credential_in_image.applicable with input.subject as {"aspects": ["environment"]}
}
