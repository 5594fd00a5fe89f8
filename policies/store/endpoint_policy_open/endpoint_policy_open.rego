# METADATA
# title: Policy of an endpoint takes anyone to anything
# description: |
#   An endpoint's policy says who may go through it and to what. As it is made, it takes every action of everyone on everything:
#   whoever brings a credential of another account into the network carries secrets out through it, unseen by a firewall. Endpoints
#   for secrets, parameters and keys should name the organisation or its accounts.
# schemas:
#   - input: schema.store
# custom:
#   severity: low
#   needs: [network_endpoint, store]
#   rests_on_absence: false
#   unstated: >-
#     What an endpoint's policy lets through: a condition or a deny may bound it, or it could not be read.
#   families: [net]
#   remediation:
#     aws: >-
#       `aws ec2 modify-vpc-endpoint --vpc-endpoint-id <endpoint> --policy-document <file>`, with a statement that asks for
#       `aws:PrincipalOrgID` and `aws:ResourceOrgID` of your organisation.
#   remedies:
#     cloudformation:
#       any:
#         text: >-
#           Say in the policy of `{label}` who comes through it, and to which secrets.
#         example: |-
#           PolicyDocument:
#             Version: "2012-10-17"
#             Statement:
#               - Effect: Allow
#                 Principal: "*"
#                 Action: secretsmanager:*
#                 Resource: "*"
#                 Condition:
#                   StringEquals:
#                     aws:PrincipalOrgID: o-1234567890
#                     aws:ResourceOrgID: o-1234567890
#     terraform:
#       any:
#         text: >-
#           Say in the policy of the endpoint who comes through it, and to which secrets.
#         example: |-
#           resource "aws_vpc_endpoint_policy" "secrets" {
#             vpc_endpoint_id = aws_vpc_endpoint.secrets.id
#             policy = jsonencode({
#               Version = "2012-10-17"
#               Statement = [{
#                 Effect    = "Allow"
#                 Principal = "*"
#                 Action    = "secretsmanager:*"
#                 Resource  = "*"
#                 Condition = { StringEquals = { "aws:PrincipalOrgID" = "o-1234567890", "aws:ResourceOrgID" = "o-1234567890" } }
#               }]
#             })
#           }
#   sources:
#     - AWS PrivateLink Guide, control access with endpoint policies, https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html
#     - AWS Secrets Manager User Guide, endpoint policies, https://docs.aws.amazon.com/secretsmanager/latest/userguide/vpc-endpoint-overview.html
#     - NIST SP 800-53 Rev. 5, AC-4 and SC-7, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
package countersign.store.endpoint_policy_open

import data.countersign.lib.names

open := [sprintf("%s (%s)", [endpoint.endpoint, endpoint.service]) |
	some endpoint in input.subject.network_endpoints
	endpoint.policy == "open"
]

applicable if {
	"in_cloud" in input.subject.traits
	input.subject.network_endpoint_count > 0
}

compliant if {
	count(input.subject.network_endpoints) == input.subject.network_endpoint_count
	every endpoint in input.subject.network_endpoints {
		endpoint.policy == "closed"
	}
}

violations contains {
	"actual": names.few(open),
	"expected": "a policy that names the organisation or its accounts",
	"message": sprintf("open to anyone and anything: %s", [names.counted(open, "endpoint", "endpoints")]),
} if {
	count(open) > 0
}
