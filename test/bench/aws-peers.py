"""Peers of the benchmark `collect-aws`, and what measures them and us alike.

measure <command…>    runs a command and prints its cost as JSON: wall and processor seconds, peak memory of its largest process
describe <endpoint> <threads> <operations>
                      lists all secrets with boto3, then puts each of the operations (comma-separated) to every one, by threads
"""

import json
import resource
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor


def measure(command):
    begin = time.perf_counter()
    ended = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
    wall = time.perf_counter() - begin
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        "code": ended.returncode,
        "stderr": ended.stderr.decode(errors="replace")[-2000:],
        "cost": {
            "wall_s": wall,
            "cpu_s": used.ru_utime + used.ru_stime,
            # Of Linux in KiB.
            "peak_rss_mb": round(used.ru_maxrss / 1024),
        },
    }


def describe(endpoint, threads, operations):
    import boto3
    from botocore.config import Config

    client = boto3.client(
        "secretsmanager", endpoint_url=endpoint, config=Config(max_pool_connections=threads)
    )
    pages = client.get_paginator("list_secrets").paginate(PaginationConfig={"PageSize": 100})
    arns = [secret["ARN"] for page in pages for secret in page["SecretList"]]

    def about(arn):
        return [getattr(client, operation)(SecretId=arn) for operation in operations]

    with ThreadPoolExecutor(threads) as pool:
        return [len(pool_answer) for pool_answer in pool.map(about, arns)]


if sys.argv[1] == "measure":
    print(json.dumps(measure(sys.argv[2:])))
else:
    describe(sys.argv[2], int(sys.argv[3]), sys.argv[4].split(","))
