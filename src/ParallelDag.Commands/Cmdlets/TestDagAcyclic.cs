using System.Management.Automation;
using ParallelDag.Commands.Inputs;
using ParallelDag.Graphs.Algorithms;

namespace ParallelDag.Commands;

/// <summary>Tells whether a graph is free of cycles: one boolean per input.</summary>
[Cmdlet(VerbsDiagnostic.Test, "DagAcyclic", DefaultParameterSetName = ByInput)]
[OutputType(typeof(bool))]
public sealed class TestDagAcyclicCommand : DagInputCommand
{
    private protected override void Process(DagSource source)
    {
        Dag dag = OpenDag(source);
        bool acyclic = Await($"Checking {dag.Name}", token => TopologicalOrder.Exists(dag.Topology, token));
        WriteVerbose(acyclic ? $"{dag} has a topological order." : $"{dag} has a cycle; Find-DagCycle names it.");
        WriteObject(acyclic);
    }
}
