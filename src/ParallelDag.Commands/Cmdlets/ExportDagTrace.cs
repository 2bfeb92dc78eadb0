using System.Management.Automation;
using ParallelDag.Commands.Exports;
using ParallelDag.Commands.Inputs;
using ParallelDag.Exports;
using ParallelDag.Layouts;

namespace ParallelDag.Commands;

/// <summary>Simulates a DAG and writes when every node runs, for ui.perfetto.dev and chrome://tracing.</summary>
[Cmdlet(VerbsData.Export, "DagTrace", DefaultParameterSetName = ByPath, SupportsShouldProcess = true)]
[OutputType(typeof(FileInfo))]
public sealed class ExportDagTraceCommand : ExportDagPartCommand
{
    /// <summary>Show these GPUs only.</summary>
    [Parameter]
    [GpuSetTransformation]
    public GpuSet? Gpu { get; set; }

    /// <summary>The order in which streams run their nodes.</summary>
    [Parameter]
    public StreamSchedule Schedule { get; set; }

    /// <summary>The streams of a GPU.</summary>
    [Parameter]
    public StreamAssignment Stream { get; set; }

    private protected override GraphFormat Format => GraphFormats.Trace;

    private protected override ExportOptions Options(Dag dag) => new()
    {
        Drawing = PictureSelection.From(dag, Phase, Stage, Layer, Folding.Auto, null),
        Simulation = new SimulationOptions { Schedule = Schedule, Streams = Stream },
        Gpus = Gpu,
        Whole = Force,
    };
}
