"""Holds a graph of `export --format json` against what any JSON reader, and networkx where it is installed, see in it."""
import json
import sys

with open(sys.argv[1], encoding="utf-8") as file:
    graph = json.load(file)
ids = [node["id"] for node in graph["nodes"]]
edges = [(edge["source"], edge["target"]) for edge in graph["edges"]]
assert graph["schema"] == "paralleldag.graph/1"
assert len(set(ids)) == len(ids) > 0, "node ids are not unique"
assert {end for edge in edges for end in edge} == set(ids), "edges join other nodes than there are"
try:
    import networkx
except ImportError:
    print("networkx is not installed: acyclicity not looked at")
else:
    seen = networkx.MultiDiGraph(edges)
    assert networkx.is_directed_acyclic_graph(seen), networkx.find_cycle(seen)
    assert networkx.is_weakly_connected(seen), "the graph falls apart"
