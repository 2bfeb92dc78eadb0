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
        (int[] component, bool[] cyclic) = Await($"Searching {dag.Name}", token => Search(dag.Topology, token));
        var members = new List<int>[cyclic.Length];
        for (int node = 0; node < component.Length; node++)
            (members[component[node]] ??= []).Add(node);
        int index = 0;
        for (int i = 0; i < cyclic.Length; i++)
        {
            StopToken.ThrowIfCancellationRequested();
            if (Weak || All || cyclic[i])
                WriteObject(new DagComponent(dag, ++index, members[i], cyclic[i]));
        }
    }

    /// <summary>The component of every node, and of every component whether it has a cycle: holds a strong component of several nodes, or a
    /// node with an edge to itself.</summary>
    private (int[] Component, bool[] Cyclic) Search(Topology graph, CancellationToken cancellation)
    {
        int[] strong = StrongComponents.Compute(graph, out int count, cancellation);
        int[] component = Weak ? WeakComponents.Compute(graph, out count, cancellation) : strong;
        bool[] cyclic = new bool[count];
        for (int node = 0; node < graph.NodeCount; node++)
        {
            foreach (int link in graph.Out(node))
                cyclic[component[node]] |= strong[Topology.Node(link)] == strong[node];
        }

        return (component, cyclic);
    }
}
