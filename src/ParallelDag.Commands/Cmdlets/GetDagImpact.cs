using System.Management.Automation;
using ParallelDag.Commands.Errors;
using ParallelDag.Commands.Inputs;
using ParallelDag.Impacts;

namespace ParallelDag.Commands;

/// <summary>Tells what stops, what still serves and what must be loaded again when GPUs, nodes or domains fail.</summary>
[Cmdlet(VerbsCommon.Get, "DagImpact", DefaultParameterSetName = ByInput)]
[OutputType(typeof(DagImpact))]
public sealed class GetDagImpactCommand : DagInputCommand
{
    /// <summary>GPUs that fail.</summary>
    [Parameter]
    [GpuSetTransformation]
    public GpuSet? Gpu { get; set; }

    /// <summary>Nodes (hosts) that fail with all their GPUs, by number from 0.</summary>
    [Parameter]
    public object[]? Node { get; set; }

    /// <summary>Domains of fast links that fail with all their GPUs, by number from 0.</summary>
    [Parameter]
    public int[]? Domain { get; set; }

    private protected override void Process(DagSource source)
    {
        if (new object?[] { Gpu, Node, Domain }.Count(choice => choice is not null) > 1)
            throw new ReportedException(ErrorRecords.ArgumentFault("Name what fails by one of -Gpu, -Node and -Domain.", source.Name));
        Dag dag = OpenDag(source);
        DeploymentPlan? plan = source.Plan ?? Revival.OriginOf(dag)?.Plan;
        if (Gpu is null && Node is null && Domain is null)
        {
            WriteObject(Await($"Looking at the nodes of {dag.Name}", token => ImpactAnalysis.OfNodes(dag, plan, token)),
                enumerateCollection: true);
            return;
        }

        GpuSet lost = Gpu ?? (Node is not null ? ImpactAnalysis.GpusOf(dag.Header.Cluster, "node", Numbers(Node))
            : ImpactAnalysis.GpusOf(dag.Header.Cluster, "domain", Domain!));
        WriteObject(Await($"Looking at what depends on {lost}", _ => ImpactAnalysis.Of(dag, plan, lost)));
    }

    private static int[] Numbers(object[] nodes) => [.. nodes.Select(node =>
        LanguagePrimitives.TryConvertTo(node, System.Globalization.CultureInfo.InvariantCulture, out int number) ? number
            : throw new ReportedException(ErrorRecords.ArgumentFault("-Node takes numbers of hosts, from 0.", node)))];
}
