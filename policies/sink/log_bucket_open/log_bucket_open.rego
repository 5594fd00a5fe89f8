# METADATA
# title: Bucket of the log is open to outsiders
# description: |
#   The log names every secret, who reads it and from where; who may write to its bucket rewrites history. Nobody outside may
#   reach it: neither by the bucket's policy nor by access lists. A policy that lets anyone in does no harm where the bucket
#   restricts public policies; one that names accounts of others, or their organisation, is not public and lets them in all the
#   same. Who may only list the bucket and see its settings, and services of the provider, do not count. What is blocked for the
#   bucket's whole account is blocked for the bucket. Access lists that are not ignored are not seen: there the outcome is undetermined at best.
# schemas:
#   - input: schema.sink
# custom:
#   severity: critical
#   needs: [bucket_public_access, resource_policy, sink]
#   rests_on_absence: false
#   unstated: >-
#     Whether access lists of the bucket let anyone in, since they are not ignored, whether its whole account blocks what the bucket
#     does not, where that could not be read, whether a condition of its policy keeps
#     strangers out, or whether an account that it names is the company's own.
#   families: [log_int, pub]
#   params:
#     allowed_outsiders:
#       type: integer
#       unit: count
#       description: Number of accounts and organisations outside that are expected to reach the bucket.
#       default: 0
#   remediation:
#     aws: >-
#       `aws s3api put-public-access-block --bucket <bucket> --public-access-block-configuration
#       BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true`, then take the statement,
#       and those that name accounts of others, out of the bucket's policy (`aws s3api get-bucket-policy --bucket <bucket>`).
#   remedies:
#     cloudformation:
#       any:
#         text: >-
#           Close the bucket of the log to the public.
#         example: |-
#           PublicAccessBlockConfiguration:
#             BlockPublicAcls: true
#             BlockPublicPolicy: true
#             IgnorePublicAcls: true
#             RestrictPublicBuckets: true
#     terraform:
#       any:
#         text: >-
#           Close the bucket of the log to the public.
#         example: |-
#           resource "aws_s3_bucket_public_access_block" "trail" {
#             bucket                  = aws_s3_bucket.trail.id
#             block_public_acls       = true
#             block_public_policy     = true
#             ignore_public_acls      = true
#             restrict_public_buckets = true
#           }
#   sources:
#     - AWS CloudTrail User Guide, bucket policy for CloudTrail, https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html
#     - Amazon S3 User Guide, blocking public access, https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
#     - NIST SP 800-53 Rev. 5, AU-9, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
package countersign.sink.log_bucket_open

import data.countersign.lib.names

bucket := input.subject.bucket

allowed_outsiders := data.params.log_bucket_open.allowed_outsiders

lists_closed if bucket.ignore_public_acls

policy_closed if bucket.policy == "closed"

policy_closed if bucket.restrict_public_buckets

applicable if "in_bucket" in input.subject.traits

compliant if {
	lists_closed
	policy_closed
	count(bucket.outsiders) <= allowed_outsiders
}

violations contains {
	"actual": "a statement for everyone",
	"expected": "no public policy",
	"message": sprintf("the policy of bucket %s lets anyone in, and neither the bucket nor its account restricts that", [names.short(bucket.name)]),
} if {
	bucket.policy == "open"
	bucket.restrict_public_buckets == false
}

violations contains {
	"actual": names.few(bucket.outsiders),
	"expected": sprintf("at most %s", [names.quantity(allowed_outsiders, "outsider", "outsiders")]),
	"message": sprintf("the policy of bucket %s lets in %s", [names.short(bucket.name), names.counted(bucket.outsiders, "outsider", "outsiders")]),
} if {
	count(bucket.outsiders) > allowed_outsiders
}
