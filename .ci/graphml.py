"""Holds a GraphML file against the JSON graph of the same plan, as networkx and igraph read it (each where it is installed)."""
import json
import sys

with open(sys.argv[2], encoding="utf-8") as file:
    graph = json.load(file)
nodes = {node["id"]: node for node in graph["nodes"]}
edges = sorted((edge["source"], edge["target"]) for edge in graph["edges"])
readers = 0


def same(ours, theirs, name):
    """A fact is there as it is in JSON, or absent where it is null there."""
    wanted = ours[name]
    seen = theirs.get(name)
    missing = seen is None or seen == "" or seen != seen
    assert (missing and wanted in (None, "")) or seen == wanted, f"{ours['id']}: {name} is {seen!r}, not {wanted!r}"


try:
    import networkx
except ImportError:
    print("networkx is not installed")
else:
    readers += 1
    read = networkx.read_graphml(sys.argv[1], force_multigraph=True)
    assert read.is_directed() and set(read.nodes) == set(nodes), "nodes"
    assert sorted(read.edges()) == edges, "edges"
    assert networkx.is_directed_acyclic_graph(read)
    for name, facts in read.nodes(data=True):
        for fact in ("op", "kind", "phase", "gpus", "flops", "hbmBytes", "microBatch", "members", "experts"):
            same(nodes[name], facts, fact)
        assert facts["label"] == nodes[name]["name"]
try:
    import igraph
except ImportError:
    print("igraph is not installed")
else:
    readers += 1
    read = igraph.Graph.Read_GraphML(sys.argv[1])
    ids = read.vs["id"]
    assert read.is_directed() and set(ids) == set(nodes), "vertices"
    assert sorted((ids[edge.source], ids[edge.target]) for edge in read.es) == edges, "edges"
    assert read.is_dag()
    for vertex in read.vs:
        for fact in ("op", "kind", "gpus", "flops"):
            same(nodes[vertex["id"]], vertex.attributes(), fact)
assert readers > 0, "neither networkx nor igraph is installed"
