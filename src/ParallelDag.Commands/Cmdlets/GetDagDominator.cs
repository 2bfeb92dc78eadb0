using System.Management.Automation;
using ParallelDag.Commands.Completion;
using ParallelDag.Commands.Errors;
using ParallelDag.Commands.Inputs;
using ParallelDag.Graphs.Algorithms;

namespace ParallelDag.Commands;

/// <summary>Returns the nodes that every path passes: to a node, from it, or from one end of the graph to the other.</summary>
[Cmdlet(VerbsCommon.Get, "DagDominator", DefaultParameterSetName = ByInput)]
[OutputType(typeof(DagNode))]
public sealed class GetDagDominatorCommand : DagChoiceCommand
{
    /// <summary>Nodes, by id.</summary>
    [Parameter(Position = 0)]
    [ArgumentCompleter(typeof(NodeIdCompleter))]
    public string[]? Id { get; set; }

    /// <summary>What every path from the node passes, in place of what every path to it does.</summary>
    [Parameter]
    public SwitchParameter Post { get; set; }

    private protected override string[]? FirstArgument
    {
        get => Id;
        set => Id = value;
    }

    private protected override void Process(DagSource source)
    {
        Dag dag = OpenDag(source);
        if (!Await($"Searching {dag.Name}", token => TopologicalOrder.Exists(dag.Topology, token)))
            throw new ReportedException(ErrorRecords.GraphHasCycle(dag));
        if (source.Node is null && Id is null)
        {
            foreach (int index in Await($"Searching {dag.Name}", token => Dominators.OfAllPaths(dag.Topology, token)))
                WriteObject(dag.Node(index));
            return;
        }

        int[] immediate = Await($"Searching {dag.Name}", token =>
            Post ? Dominators.ImmediatePost(dag.Topology, token) : Dominators.Immediate(dag.Topology, token));
        IEnumerable<DagNode> nodes = source.Node is DagNode single ? [single] : Id!.Select(id => NodeOf(dag, id));
        foreach (DagNode node in nodes)
        {
            var chain = new List<int>();
            for (int at = immediate[node.Index]; at >= 0; at = immediate[at])
                chain.Add(at);

            // In the order of the paths: towards the node, or away from it.
            if (!Post)
                chain.Reverse();
            foreach (int index in chain)
                WriteObject(dag.Node(index));
        }
    }
}
