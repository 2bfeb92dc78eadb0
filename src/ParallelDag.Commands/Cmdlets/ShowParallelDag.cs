using System.ComponentModel;
using System.Diagnostics;
using System.Management.Automation;
using ParallelDag.Commands.Errors;
using ParallelDag.Commands.Exports;
using ParallelDag.Commands.Inputs;
using ParallelDag.Exports;
using ParallelDag.Layouts;

namespace ParallelDag.Commands;

/// <summary>Shows a DAG: as a tree in the console, or as a picture in the program that the desktop has for it.</summary>
[Cmdlet(VerbsCommon.Show, "ParallelDag", SupportsShouldProcess = true)]
[OutputType(typeof(DagTreeRow))]
public sealed class ShowParallelDagCommand : DagCommand
{
    /// <summary>Tree, Svg or Html.</summary>
    [Parameter(Position = 0)]
    public DagView As { get; set; } = DagView.Tree;

    /// <summary>How finely a plan is drawn.</summary>
    [Parameter]
    public DetailLevel Detail { get; set; } = DetailLevel.Operator;

    private protected override void Process(DagSource source)
    {
        DetailLevel? wanted = MyInvocation.BoundParameters.ContainsKey(nameof(Detail)) ? Detail : null;
        if (As == DagView.Tree)
        {
            Dag counted = OpenDag(source, wanted);
            WriteObject(Await($"Counting {counted.Name}", token => StageTree.Of(counted, token)), enumerateCollection: true);
            return;
        }

        GraphFormat format = As == DagView.Svg ? GraphFormats.Svg : GraphFormats.Html;
        string file = Path.Combine(Path.GetTempPath(), $"{source.Name}-{Guid.NewGuid():N}{format.Extension}");
        if (!ShouldProcess(file, $"Write and open a picture of {source.Name}"))
            return;
        Dag dag = OpenDag(source, wanted);
        Await($"Drawing {dag.Name}", token => ExportTarget.WriteFiles(
            file, overwriteReadOnly: false, files => format.Write(dag, new FileOutput(files, file), new DrawingOptions(), token), token));
        WriteVerbose($"Wrote {file}.");
        OpenFile(file);
    }

    private static void OpenFile(string file)
    {
        try
        {
            using System.Diagnostics.Process? viewer = System.Diagnostics.Process.Start(new ProcessStartInfo(file) { UseShellExecute = true });
        }
        catch (Exception exception) when (exception is Win32Exception or InvalidOperationException or PlatformNotSupportedException)
        {
            throw new ReportedException(ErrorRecords.ViewerNotStarted(file, exception));
        }
    }
}
