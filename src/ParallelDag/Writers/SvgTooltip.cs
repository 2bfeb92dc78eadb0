using System.Globalization;
using ParallelDag.Graphs;
using ParallelDag.Layouts;
using ParallelDag.Wording;

namespace ParallelDag.Writers;

/// <summary>What a node of a picture says when pointed at, and to those who hear it: name, place, GPUs, dimensions, bytes, FLOPs.</summary>
internal static class SvgTooltip
{
    /// <summary>Writes the text of a node's title.</summary>
    public static void Write(MarkupWriter markup, Dag dag, DrawnNode drawn, DrawingMark? mark)
    {
        NodeFacts facts = dag.FactsOf(drawn.Node);
        NodeScope scope = dag.ScopeOf(drawn.Node);
        markup.Text(facts.Name);
        if (scope.Phase is PhaseId phase)
        {
            markup.Raw("&#10;");
            markup.Raw(phase.ToName());
            if (scope.Stage is not null)
                markup.Raw(Words.Invariant($", stage {scope.Stage}"));
            if (scope.Layers is not null)
            {
                markup.Raw(", layers ");
                markup.Text(scope.Layers);
            }
            else if (scope.Layer is not null)
                markup.Raw(Words.Invariant($", layer {scope.Layer}"));
        }

        if (dag.GpusOf(drawn.Node) is GpuSet gpus)
            Field("GPUs", gpus.ToString());
        if (!facts.Input.IsEmpty)
            Field("INPUT DIMENSION", facts.Input.ToString());
        if (!facts.Output.IsEmpty)
            Field("OUTPUT DIMENSION", facts.Output.ToString());
        if (facts.Collective != CollectiveKind.None && facts.GroupSize > 0)
            Field(facts.Collective.ToTitle(), GroupText(facts));
        if (facts.Flops > 0)
            Field("FLOPs", facts.Flops.ToString("#,##0", CultureInfo.InvariantCulture));
        if (mark is not null)
            Field(mark.Label, mark.Title);

        void Field(string name, string value)
        {
            markup.Raw("&#10;");
            markup.Text(name);
            markup.Raw(": ");
            markup.Text(value);
        }
    }

    private static string GroupText(NodeFacts facts)
    {
        string groups = facts.Groups is long count and > 0
            ? Words.Invariant($"{count} group{(count == 1 ? "" : "s")} of {facts.GroupSize} GPUs")
            : Words.Invariant($"groups of {facts.GroupSize} GPUs");
        string size = facts.Bytes is long bytes ? Words.Invariant($", {bytes:N0} bytes each") : "";
        return Words.Invariant($"{groups}{size}, {facts.WireBytes:N0} bytes on the wire");
    }
}
