"""Scapy as a process: each line of its input is a program as a JSON string; each line of its output the JSON of what the
program left in `result`, or of its failure."""

import json
import sys
import traceback

from scapy.all import *

conf.verb = 0
known = dict(globals())

for line in sys.stdin:
    known["result"] = None
    try:
        exec(json.loads(line), known)
        answer = {"result": known["result"]}
    except Exception:
        answer = {"failure": traceback.format_exc()}
    print(json.dumps(answer), flush=True)
