"""Runs a command and prints what it took as JSON; its output goes to the file named first, or nowhere.

`child-cost.py <file for standard output> <seconds at most> <command> [arguments]`
"""

import json
import resource
import subprocess
import sys
import time

out, limit, command = sys.argv[1], float(sys.argv[2]), sys.argv[3:]
begin = time.perf_counter()
with open(out, "wb") as output:
    try:
        ended = subprocess.run(command, stdout=output, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, timeout=limit)
        code, said = ended.returncode, ended.stderr.decode("utf8", "replace")[-2000:]
    except subprocess.TimeoutExpired:
        code, said = None, f"more than {limit} s"
wall = time.perf_counter() - begin
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(
    json.dumps(
        {
            "exit": code,
            "said": said,
            "wall_s": round(wall, 3),
            "cpu_s": round(used.ru_utime + used.ru_stime, 3),
            "peak_rss_mb": round(used.ru_maxrss / 1024),
        }
    )
)
