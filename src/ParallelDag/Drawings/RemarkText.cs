using System.Text.RegularExpressions;
using ParallelDag.Graphs;

namespace ParallelDag.Drawings;

/// <summary>
/// Tells remarks from operators: a legend, a title, a note explains the drawing and runs nowhere. What stands in a cluster called legend is
/// a remark; so is a node without edges that is drawn as a note or as plain text, or whose label names neither an operator nor GPUs nor
/// dimensions.
/// </summary>
internal static partial class RemarkText
{
    /// <summary>True when a cluster's label says that it explains the drawing.</summary>
    public static bool IsLegend(string label) => Legend().IsMatch(label);

    /// <summary>True for a node that explains the drawing, apart from those in a legend.</summary>
    /// <param name="facts">What was read of it.</param>
    /// <param name="gpus">Its GPUs.</param>
    /// <param name="alone">True when no edge enters or leaves it.</param>
    public static bool IsRemark(NodeFacts facts, GpuSet? gpus, bool alone)
    {
        if (!alone || facts.Drawing is not { Label: not null, KindSource: not KindSource.Stated } drawing)
            return false;
        if (IsPlain(drawing.Shape))
            return true;
        return gpus is null && facts.Input.IsEmpty && facts.Output.IsEmpty && KindText.Read(facts.Name) is null;
    }

    private static bool IsPlain(string? shape) =>
        shape?.ToLowerInvariant() is "note" or "plaintext" or "plain" or "none" or "tab" or "folder" or "underline" or "signature";

    [GeneratedRegex(@"^\W*(?:legends?|keys?|notes?|annotations?|symbols?|conventions?|explanations?)\b",
        RegexOptions.NonBacktracking | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Legend();
}
