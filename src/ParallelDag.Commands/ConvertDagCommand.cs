using System.Management.Automation;
using ParallelDag.Commands.Inputs;
using ParallelDag.Exports;
using ParallelDag.Layouts;

namespace ParallelDag.Commands;

/// <summary>A command that turns a DAG into text: one string per input.</summary>
public abstract class ConvertDagCommand : DagInputCommand
{
    /// <summary>How finely a plan is drawn.</summary>
    [Parameter]
    public DetailLevel Detail { get; set; }

    /// <summary>The format.</summary>
    private protected abstract GraphFormat Format { get; }

    /// <summary>What a picture shows; other formats carry the whole graph.</summary>
    private protected virtual DrawingOptions Drawing(Dag dag) => new();

    private protected override void Process(DagSource source)
    {
        bool given = MyInvocation.BoundParameters.ContainsKey(nameof(Detail));
        DetailLevel? wanted = given ? Detail : source.Plan is null ? null : Format.DefaultDetail;
        Dag dag = OpenDag(source, wanted);
        DrawingOptions drawing = Drawing(dag);
        IReadOnlyList<FoldedRun> folded = [];
        string text = Await($"Converting {dag.Name}", token => Format.ToText(dag, drawing, out folded, token));
        FoldingNote.Report(this, folded, drawing.Folding);
        WriteObject(text);
    }
}
