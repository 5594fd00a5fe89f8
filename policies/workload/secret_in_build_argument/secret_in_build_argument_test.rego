package countersign.workload.secret_in_build_argument_test

import data.countersign.workload.secret_in_build_argument

taking(arguments, total) := {"aspects": ["image"], "image": {
	"credentials": [],
	"credential_count": 0,
	"arguments": arguments,
	"argument_count": total,
}}

test_none_is_compliant if {
	secret_in_build_argument.applicable with input.subject as taking([], 0)
	secret_in_build_argument.compliant with input.subject as taking([], 0)
	count(secret_in_build_argument.violations) == 0 with input.subject as taking([], 0)
}

test_an_argument_violates if {
	found := secret_in_build_argument.violations with input.subject as taking([{"name": "NPM_TOKEN", "part": "a"}], 1)
	{one.thing: one.message | some one in found} == {"a": "build argument NPM_TOKEN is named like a credential, and its value stays in the history of the image"}
	not secret_in_build_argument.compliant with input.subject as taking([{"name": "NPM_TOKEN", "part": "a"}], 1)
}

test_more_than_are_named_are_counted if {
	found := secret_in_build_argument.violations with input.subject as taking([{"name": "NPM_TOKEN", "part": "a"}], 9)
	"further build arguments that are named like credentials: 8" in {one.message | some one in found}
}

test_unread_image_proves_nothing if {
	not secret_in_build_argument.compliant with input.subject as {"aspects": ["image"]}
	count(secret_in_build_argument.violations) == 0 with input.subject as {"aspects": ["image"]}
}

test_what_is_no_image_is_another_matter if {
	not secret_in_build_argument.applicable with input.subject as {"aspects": ["environment"]}
}
