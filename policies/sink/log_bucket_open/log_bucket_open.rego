# METADATA
# title: Bucket of the log may be public
# description: |
#   The log names every secret, who reads it and from where; who may write to its bucket rewrites history. Nobody outside may
#   reach it: neither by the bucket's policy nor by access lists. A policy that lets anyone in does no harm where the bucket
#   restricts public policies. A block that is set for the whole account is not seen here, and neither are access lists that are not
#   ignored: there the outcome is undetermined at best.
# schemas:
#   - input: schema.sink
# custom:
#   severity: critical
#   needs: [bucket_public_access, resource_policy, sink]
#   rests_on_absence: false
#   unstated: >-
#     Whether access lists of the bucket let anyone in, since they are not ignored, or whether a condition of its policy keeps
#     strangers out.
#   families: [log_int, pub]
#   remediation:
#     aws: >-
#       `aws s3api put-public-access-block --bucket <bucket> --public-access-block-configuration
#       BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true`, then take the statement
#       out of the bucket's policy (`aws s3api get-bucket-policy --bucket <bucket>`).
#   sources:
#     - AWS CloudTrail User Guide, bucket policy for CloudTrail, https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html
#     - Amazon S3 User Guide, blocking public access, https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
#     - NIST SP 800-53 Rev. 5, AU-9, https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
package countersign.sink.log_bucket_open

import data.countersign.lib.names

bucket := input.subject.bucket

lists_closed if bucket.ignore_public_acls

policy_closed if bucket.policy == "closed"

policy_closed if bucket.restrict_public_buckets

applicable if "in_bucket" in input.subject.traits

compliant if {
	lists_closed
	policy_closed
}

violations contains {
	"actual": "a statement for everyone",
	"expected": "no public policy",
	"message": sprintf("the policy of bucket %s lets anyone in, and the bucket does not restrict that", [names.short(bucket.name)]),
} if {
	bucket.policy == "open"
	bucket.restrict_public_buckets == false
}
