package countersign.certificate_role.certificate_name_unbounded_test

import data.countersign.certificate_role.certificate_name_unbounded

applies(subject) if certificate_name_unbounded.applicable with input as {"subject": subject} with data.params as params

proven(subject) if certificate_name_unbounded.compliant with input as {"subject": subject} with data.params as params

found(subject) := violations if {
	violations := certificate_name_unbounded.violations with input as {"subject": subject} with data.params as params
}

messages(subject) := {violation.message | some violation in found(subject)}

params := {"certificate_name_unbounded": {"private_domains": ["internal"]}}

role(own) := object.union(
	{
		"kind": "certificate_role",
		"allow_any_name": false,
		"enforce_hostnames": true,
		"allowed_domains": ["svc.example.com"],
		"allow_subdomains": true,
		"allow_glob_domains": false,
		"allowed_uri_sans": [],
		"allowed_other_sans": [],
		"cn_validations": ["email", "hostname"],
	},
	own,
)

globs(domains) := role({"allowed_domains": domains, "allow_subdomains": false, "allow_glob_domains": true})

test_own_domains_are_compliant if {
	good := [
		role({}),
		role({"allowed_domains": []}),
		role({"allowed_domains": ["internal", ""]}),
		role({"allowed_domains": ["com"], "allow_subdomains": false}),
		role({"allowed_domains": ["{{identity.entity.name}}"]}),
		role({"allowed_domains": ["*"]}),
		role({"cn_validations": ["hostname"]}),
		role({"allowed_uri_sans": ["spiffe://prod.example.com/*", "https://web.example.com/", "file:///srv/*"]}),
		role({"allowed_uri_sans": ["spiffe://{{identity.entity.name}}/*", "urn:example:*", "spiffe://internal/ns/*/sa/*"]}),
		role({"allowed_other_sans": ["1.3.6.1.4.1.311.20.2.3;UTF8:*@example.com", "1.2.3;UTF8:ü*"]}),
		globs(["*.example.com", "*-dev.example.com", "api-*.example.com", "*.internal"]),
	]
	every one in good {
		applies(one)
		proven(one)
		count(found(one)) == 0
	}
}

test_any_name_violates if {
	messages(role({"allow_any_name": true})) == {"issues for any name of a host"}
	loose := role({"allow_any_name": true, "enforce_hostnames": false, "allowed_domains": ["com"]})
	messages(loose) == {"issues for any name, whether a host can have it or not"}
	not proven(loose)
}

test_whole_domain_violates if {
	whole := [
		role({"allowed_domains": ["com"]}),
		role({"allowed_domains": ["COM", "example.com"]}),
		globs(["*"]),
		globs(["**.*"]),
		globs(["*.com"]),
		globs(["*com"]),
		globs(["a*"]),
		globs(["api-*"]),
		globs(["www.*.com"]),
		globs(["ex*mple.com"]),
	]
	every one in whole {
		count(found(one)) == 1
		not proven(one)
	}
	messages(role({"allowed_domains": ["com", "net"]})) == {"issues for every name of 2 whole domains: com, net"}
}

test_any_uri_violates if {
	patterns := [
		"*",
		"spiffe://*",
		"urn:**",
		"spiffe://*/*",
		"spiffe://*/ns",
		"*://*",
		"https://*",
		"https://*.*/*",
		"https://*.example.com/*",
		"https://web.example.com*",
		"https://web.example.com:*",
		"*://web.example.com/*",
		"http*://web.example.com/*",
		"*example.com/*",
		"https:///*",
		"https:*//web.example.com/",
	]
	every pattern in patterns {
		one := role({"allowed_uri_sans": [pattern]})
		messages(one) == {sprintf("issues for URIs of any owner, by 1 pattern: %s", [pattern])}
		{violation.actual | some violation in found(one)} == {pattern}
		not proven(one)
	}
}

test_any_other_name_violates if {
	kind := "1.3.6.1.4.1.311.20.2.3;UTF8"
	every pattern in ["*", concat(":", [kind, "*"]), concat(":", [kind, "*@*"]), concat(":", [kind, "**.*"])] {
		one := role({"allowed_other_sans": [pattern]})
		messages(one) == {sprintf("issues for any name of another kind, such as a Windows login, by 1 pattern: %s", [pattern])}
		not proven(one)
	}
}

test_unchecked_common_name_violates if {
	one := role({"cn_validations": ["disabled"]})
	messages(one) == {"issues for any common name, which nothing is held against"}
	not proven(one)
}

test_unread_settings_prove_nothing if {
	fields := ["allow_subdomains", "allow_glob_domains", "allowed_uri_sans", "allowed_other_sans", "cn_validations"]
	every field in fields {
		unknown := object.remove(role({}), [field])
		applies(unknown)
		not proven(unknown)
		count(found(unknown)) == 0
	}
	not proven(object.remove(role({"allow_any_name": true}), ["enforce_hostnames"]))
}
