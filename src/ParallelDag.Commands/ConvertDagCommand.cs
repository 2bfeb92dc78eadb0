using System.Management.Automation;
using ParallelDag.Commands.Inputs;
using ParallelDag.Exports;
using ParallelDag.Layouts;
using ParallelDag.Renderings;

namespace ParallelDag.Commands;

/// <summary>A command that turns a DAG into text: one string per input.</summary>
public abstract class ConvertDagCommand : DagInputCommand
{
    /// <summary>How finely a plan is drawn.</summary>
    [Parameter]
    public DetailLevel Detail { get; set; }

    /// <summary>The format.</summary>
    private protected abstract GraphFormat Format { get; }

    /// <summary>What is shown.</summary>
    private protected virtual ExportOptions Options(Dag dag) => new();

    private protected override void Process(DagSource source)
    {
        Dag dag = OpenDag(source, Given(nameof(Detail)) ? Detail : source.DetailFor(Format));
        ExportOptions options = Options(dag);
        ExportNotes notes = ExportNotes.None;
        string text = Await($"Converting {dag.Name}", token =>
            Format.ToText(dag, PlanPage.Complete(Format, dag, source.PlanOf(dag), options, cancellation: token), out notes, token));
        FoldingNote.Report(this, notes.Folded);
        WriteObject(text);
    }
}
