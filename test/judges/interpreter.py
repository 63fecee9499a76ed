"""Scapy as a process: each line of its input is a program as a JSON string, each line of its output the JSON of what the
program left in `result`, or of its failure."""

import json
import sys
import threading
import traceback

from scapy.all import *

conf.verb = 0
# Scapy's own choice binds a packet socket anew for each packet, which takes the kernel milliseconds.
conf.L3socket = L3RawSocket


def listen(interface, wanted, last):
    """Starts to collect the packets that are `wanted`, up to the one that is `last`, and returns once it listens."""
    listening = threading.Event()
    sniffer = AsyncSniffer(iface=interface, lfilter=wanted, stop_filter=last, started_callback=listening.set)
    sniffer.start()
    if not listening.wait(10):
        raise TimeoutError("the sniffer does not start")
    return sniffer


def heard(sniffer):
    """What it has collected, once the last has come."""
    sniffer.join(timeout=10)
    if sniffer.running:
        raise TimeoutError(f"the last packet has not come after {len(sniffer.stop())} others")
    return list(sniffer.results)


def is_intact(layer):
    """Whether a layer's checksum is what Scapy makes it."""
    copy = layer.__class__(bytes(layer))
    written = copy.chksum
    del copy.chksum
    return layer.__class__(bytes(copy)).chksum == written


known = dict(globals())

for line in sys.stdin:
    known["result"] = None
    try:
        exec(json.loads(line), known)
        answer = {"result": known["result"]}
    except Exception:
        answer = {"failure": traceback.format_exc()}
    print(json.dumps(answer), flush=True)
