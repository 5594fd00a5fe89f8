# METADATA
# title: Private network reaches the store by the internet
# description: |
#   Without an endpoint of its own a private network comes to the store by public addresses: each machine that reads a secret
#   needs a way out to the internet, and so has one for whatever else runs on it. With an endpoint a policy can say which
#   networks may ask at all. Networks that the provider made by default are left out, and so is a Region without secrets. Whether
#   anything in a network reads secrets is not seen.
# schemas:
#   - input: schema.store
# custom:
#   severity: low
#   needs: [cloud_secret, network, network_endpoint, store]
#   rests_on_absence: true
#   families: [net]
#   params:
#     exempt_networks:
#       type: strings
#       description: Networks in which nothing reads secrets, by id.
#       default: []
#   remediation:
#     aws: >-
#       `aws ec2 create-vpc-endpoint --vpc-endpoint-type Interface --vpc-id <vpc> --service-name
#       com.amazonaws.<region>.secretsmanager --subnet-ids <subnets> --security-group-ids <group> --private-dns-enabled`, and the
#       same for `ssm`. Then let the secrets' policies ask for `aws:SourceVpce`.
#   sources:
#     - AWS Secrets Manager User Guide, using a VPC endpoint, https://docs.aws.amazon.com/secretsmanager/latest/userguide/vpc-endpoint-overview.html
#     - AWS Systems Manager User Guide, VPC endpoints, https://docs.aws.amazon.com/systems-manager/latest/userguide/setup-create-vpc.html
#     - NIST SP 800-53 Rev. 5, SC-7, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
package countersign.store.private_endpoint_missing

import data.countersign.lib.names

exempt := {network | some network in data.params.private_endpoint_missing.exempt_networks}

lacking := [sprintf("%s (%s)", [network.network, concat(", ", missing)]) |
	some network in input.subject.networks
	not network.network in exempt
	missing := {service | some service in input.subject.services} - {service | some service in network.services}
	count(missing) > 0
]

applicable if {
	"in_cloud" in input.subject.traits
	input.subject.secret_count > 0
	input.subject.network_count > 0
}

compliant if {
	count(input.subject.services) > 0
	count(input.subject.networks) == input.subject.network_count
	count(lacking) == 0
}

violations contains {
	"actual": names.few(lacking),
	"expected": "an endpoint for each service that secrets are read from",
	"message": sprintf("without a private way to the store: %s", [names.counted(lacking, "network", "networks")]),
} if {
	count(lacking) > 0
}
