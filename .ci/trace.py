"""Holds a trace of `export --format trace` against what Perfetto's importer of JSON traces demands (src/trace_processor/importers/json):
events sorted by time keep the order of equal ones; slices of a thread nest; arrows touch an open slice at both ends and do not fork."""
import json
import sys
from collections import defaultdict
from decimal import Decimal

with open(sys.argv[1], encoding="utf-8") as file:
    trace = json.load(file, parse_float=Decimal)
assert trace["displayTimeUnit"] == "ns"
events = [event for event in trace["traceEvents"] if event["ph"] != "M"]
names = defaultdict(set)
for event in trace["traceEvents"]:
    assert event["pid"] > 0, "process 0 is the idle task"
    if event["ph"] == "M":
        key = (event["pid"], event["tid"] if event["name"].startswith("thread") else 0)
        assert key not in names[event["name"]], f"a second {event['name']} of {key}"
        names[event["name"]].add(key)


def nanoseconds(microseconds):
    value = Decimal(microseconds) * 1000
    assert value == int(value) >= 0, f"{microseconds} us is no whole number of nanoseconds"
    return int(value)


open_until = defaultdict(int)
last = {}
arrows = {}
ended = set()
before = (-1, 0, 0)
for event in events:
    thread = (event["pid"], event["tid"])
    time = nanoseconds(event["ts"])
    assert (time, *thread) >= before, f"{event} comes too late"
    before = (time, *thread)
    assert (event["pid"], 0) in names["process_name"], f"{event} belongs to a process without a name"
    if event["ph"] == "X":
        assert thread in names["thread_name"], f"{event} is on a thread without a name"
        assert time >= open_until[thread], f"{event} overlaps the slice before it"
        open_until[thread] = time + nanoseconds(event["dur"])
        last[thread] = (time, open_until[thread])
    elif event["ph"] == "s":
        assert event["id"] not in arrows, f"arrow {event['id']} forks"
        arrows[event["id"]] = time
    elif event["ph"] == "f":
        assert event["bp"] == "e" and event["id"] not in ended and arrows[event["id"]] <= time, f"{event} ends no arrow"
        ended.add(event["id"])
    else:
        assert event["ph"] == "C" and event["args"]["value"] >= 0, f"{event} is unknown"
    if event["ph"] in "sf":
        assert last[thread][0] <= time < last[thread][1], f"{event} touches no slice"
assert set(arrows) == ended, "arrows do not end"
assert any(event["ph"] == "X" for event in events), "nothing happens"
