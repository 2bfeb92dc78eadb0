using System.Management.Automation;
using System.Runtime.CompilerServices;
using ParallelDag.Commands.Inputs;
using ParallelDag.QuikGraph;

namespace ParallelDag.Commands;

/// <summary>Shows a DAG to QuikGraph's algorithms, without a copy.</summary>
[Cmdlet(VerbsData.ConvertTo, "QuikGraph", DefaultParameterSetName = ByInput)]
[OutputType("ParallelDag.QuikGraph.DagGraph")]
public sealed class ConvertToQuikGraphCommand : DagInputCommand
{
    private protected override void Process(DagSource source)
    {
        Dag dag = OpenDag(source);

        // The graph is no collection, although it could be taken for one.
        WriteObject(View(dag), enumerateCollection: false);
    }

    // A method of its own: QuikGraph is loaded when it is compiled, not when the cmdlets are.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static object View(Dag dag) => dag.AsQuikGraph();
}
