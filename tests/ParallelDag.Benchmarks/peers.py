"""Times igraph and networkx on an edge list: peers.py FILE NODES RUNS networkx|-

FILE holds pairs of 64-bit node indices. Prints one line a measurement, "peer.task milliseconds" (median of RUNS; with .cpu: of processor time);
a peer that is not installed is named on standard error and left out.
"""
import array
import statistics
import sys
import time

path, nodes, runs, with_networkx = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4] == "networkx"
edges = array.array("q")
with open(path, "rb") as file:
    edges.frombytes(file.read())


def measure(name, work):
    times, cpu = [], []
    for _ in range(runs):
        start, start_cpu = time.perf_counter(), time.process_time()
        work()
        times.append((time.perf_counter() - start) * 1000)
        cpu.append((time.process_time() - start_cpu) * 1000)
    print(name, statistics.median(times), flush=True)
    print(name + ".cpu", statistics.median(cpu), flush=True)


try:
    import igraph

    pairs = memoryview(edges).cast("B").cast("q", [len(edges) // 2, 2])
    graph = igraph.Graph(nodes, edges=pairs, directed=True)
    assert graph.is_dag()

    # is_dag keeps its answer; a change of the graph drops it.
    def is_dag():
        graph.add_edges([(0, 1)])
        graph.delete_edges([graph.ecount() - 1])
        start = time.perf_counter()
        assert graph.is_dag()
        return (time.perf_counter() - start) * 1000

    print("igraph.is_dag", statistics.median(is_dag() for _ in range(runs)), flush=True)
    measure("igraph.topological_sort", graph.topological_sorting)
    del graph
except ImportError:
    print("igraph is missing: skipped", file=sys.stderr)

if with_networkx:
    try:
        import networkx

        graph = networkx.DiGraph()
        graph.add_nodes_from(range(nodes))
        graph.add_edges_from(zip(edges[0::2], edges[1::2]))
        runs = 1
        measure("networkx.is_dag", lambda: networkx.is_directed_acyclic_graph(graph))
        measure("networkx.topological_sort", lambda: sum(1 for _ in networkx.topological_sort(graph)))
    except ImportError:
        print("networkx is missing: skipped", file=sys.stderr)
