using System.Management.Automation;
using ParallelDag.Commands.Inputs;
using ParallelDag.Graphs;
using ParallelDag.Graphs.Algorithms;

namespace ParallelDag.Commands;

/// <summary>Returns the strongly connected components that hold a cycle, or all components.</summary>
[Cmdlet(VerbsCommon.Get, "DagComponent", DefaultParameterSetName = ByInput)]
[OutputType(typeof(DagComponent))]
public sealed class GetDagComponentCommand : DagInputCommand
{
    /// <summary>Follow edges either way: the pieces that the graph falls into.</summary>
    [Parameter]
    public SwitchParameter Weak { get; set; }

    /// <summary>Return components without a cycle too.</summary>
    [Parameter]
    public SwitchParameter All { get; set; }

    private protected override void Process(DagSource source)
    {
        Dag dag = OpenDag(source);
        int count = 0;
        int[] component = Await($"Searching {dag.Name}", token =>
            Weak ? WeakComponents.Compute(dag.Topology, out count, token) : StrongComponents.Compute(dag.Topology, out count, token));
        bool[] cyclic = WithCycle(dag.Topology, count, token: StopToken);
        var members = new List<int>[count];
        for (int node = 0; node < component.Length; node++)
            (members[component[node]] ??= []).Add(node);
        int index = 0;
        for (int i = 0; i < count; i++)
        {
            StopToken.ThrowIfCancellationRequested();
            if (Weak || All || cyclic[i])
                WriteObject(new DagComponent(dag, ++index, members[i], cyclic[i]));
        }

        // A component has a cycle when it holds a strong component of several nodes, or a node with an edge to itself.
        bool[] WithCycle(Topology graph, int components, CancellationToken token)
        {
            bool[] holds = new bool[components];
            int[] strong = Weak ? StrongComponents.Compute(graph, out _, token) : component;
            for (int node = 0; node < graph.NodeCount; node++)
            {
                foreach (int link in graph.Out(node))
                    holds[component[node]] |= strong[Topology.Node(link)] == strong[node];
            }

            return holds;
        }
    }
}
