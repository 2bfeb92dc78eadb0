using ParallelDag.Files;
using System.Management.Automation;
using ParallelDag.Commands.Exports;
using ParallelDag.Commands.Inputs;
using ParallelDag.Exports;
using ParallelDag.Layouts;
using ParallelDag.Renderings;

namespace ParallelDag.Commands;

/// <summary>Shows a DAG: as a tree in the console, or as a picture in the program that the desktop has for it.</summary>
[Cmdlet(VerbsCommon.Show, "ParallelDag", DefaultParameterSetName = ByInput, SupportsShouldProcess = true)]
[OutputType(typeof(DagTreeRow), typeof(FileInfo))]
public sealed class ShowParallelDagCommand : DagInputCommand
{
    /// <summary>Tree, Svg or Html.</summary>
    [Parameter]
    public DagView As { get; set; } = DagView.Tree;

    /// <summary>How finely a plan is drawn.</summary>
    [Parameter]
    public DetailLevel Detail { get; set; } = DetailLevel.Operator;

    /// <summary>A second plan, DAG or file, which the page shows beside the first, with what differs.</summary>
    [Parameter]
    [ValidateCount(1, 1)]
    [DagInputTransformation]
    public DagInput[]? Beside { get; set; }

    /// <summary>Return the file of a picture.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    private protected override void Process(DagSource source)
    {
        DetailLevel? wanted = Given(nameof(Detail)) ? Detail : null;
        if (As == DagView.Tree)
        {
            Dag counted = OpenDag(source, wanted);
            WriteObject(Await($"Counting {counted.Name}", token => StageTree.Of(counted, token)), enumerateCollection: true);
            return;
        }

        GraphFormat format = As == DagView.Svg ? GraphFormats.Svg : GraphFormats.Html;
        string file = System.IO.Path.Combine(System.IO.Path.GetTempPath(),
            $"{FileNames.Of(source.Name)}-{Guid.NewGuid():N}{format.Extension}");
        if (!ShouldProcess(file, $"Write and open a picture of {source.Name}"))
            return;
        if (!TryOpenBeside(Beside, out DagSource? second))
            return;
        Dag dag = OpenDag(source, wanted);
        (Dag, DeploymentPlan?)? beside = Partner(second, dag);
        Await($"Drawing {dag.Name}", token => ExportTarget.WriteFiles(
            file, overwriteReadOnly: false, files => format.Write(
                dag, new FileOutput(files, file), PlanPage.Complete(format, dag, source.PlanOf(dag), new(), beside, token), token), token));
        WriteVerbose($"Wrote {file}.");
        if (PassThru)
            WriteObject(InvokeProvider.Item.Get([file], force: true, literalPath: true), enumerateCollection: true);
        Viewer.Open(this, file);
    }
}
