using System.Text.RegularExpressions;
using ParallelDag.Graphs;

namespace ParallelDag.Drawings;

/// <summary>
/// Reads what drawings say of tensor parallelism: <c>TP=8</c>, <c>8-way tensor parallel</c>, <c>Row Parallel</c>, by a node or by a cluster
/// around it.
/// </summary>
internal static partial class TensorParallelText
{
    /// <summary>True when a label says that what it describes is split by tensor parallelism.</summary>
    public static bool Says(string label) => Split().IsMatch(label);

    /// <summary>
    /// True for a node whose output is a sum still owed over its tensor-parallel group: an output projection, the second half of an FFN, or
    /// an FFN as one node where the node itself says how it is split.
    /// </summary>
    public static bool YieldsPartialSums(NodeFacts facts)
    {
        if (facts.Kind != NodeKind.Computation || facts.Drawing is not { IsTensorParallel: true, Label: string label }
            || ByColumns().IsMatch(label))
        {
            return false;
        }

        DrawnParts parts = OperatorText.Read(facts);
        if (parts is DrawnParts.OutputProjection or DrawnParts.FfnDown)
            return !Activation().IsMatch(facts.Name);
        return Says(label) && WholeFfn().IsMatch(Aside().Replace(KindText.Parted(facts.Name), " ").Trim());
    }

    private const RegexOptions Options = RegexOptions.NonBacktracking | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant;

    [GeneratedRegex(@"\btensor[- ]parallel|\brow[- ]parallel|\btp[ \t]*[=:-]?[ \t]*(?:[2-9]|[1-9]\d+)\b|\(row\)", Options)]
    private static partial Regex Split();

    [GeneratedRegex(@"\bcol(?:umn)?s?\b|\bcol(?:umn)?[- ](?:wise|parallel)", Options)]
    private static partial Regex ByColumns();

    [GeneratedRegex(@"gelu|silu|relu|swiglu|activation|\bact\b|softmax|norm", Options)]
    private static partial Regex Activation();

    [GeneratedRegex(
        @"^(?:layer[ _]*\d+[ _:-]*)?(?:dense[ _]+)?(?:ffn|mlp|feed[- ]?forward(?:[ _]+network)?)(?:[ _]+(?:layer|block|computation))?"
        + @"(?:[ _]*(?:layer|block)?[ _]*\d+)?$",
        Options)]
    private static partial Regex WholeFfn();

    [GeneratedRegex(@"\([^()]*\)", Options)]
    private static partial Regex Aside();
}
