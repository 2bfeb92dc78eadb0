using System.Text.RegularExpressions;

namespace ParallelDag.Drawings;

/// <summary>Reads what an edge of a drawing stands for.</summary>
internal static partial class EdgeText
{
    /// <summary>
    /// Pipeline or KV by its label; a dashed edge is a gate's choice only where it leaves what chooses or enters an expert, and is not
    /// called a residual (residuals, control and elided layers are often dashed too); everything else is data.
    /// </summary>
    /// <param name="label">The label, or null.</param>
    /// <param name="style">The style.</param>
    /// <param name="chosen">True when the edge leaves a gate, router or Top-k, or enters an expert.</param>
    public static EdgeKind Read(string? label, string style, bool chosen)
    {
        if (label is not null && Pipeline().IsMatch(label))
            return EdgeKind.Pipeline;
        if (label is not null && Cache().IsMatch(label))
            return EdgeKind.Kv;
        return chosen && style.Contains("dashed", StringComparison.OrdinalIgnoreCase)
            && (label is null || !Other().IsMatch(label)) ? EdgeKind.Gate : EdgeKind.Data;
    }

    [GeneratedRegex(@"pipeline|\bpp\b", RegexOptions.NonBacktracking | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Pipeline();

    [GeneratedRegex(@"\bkv\b", RegexOptions.NonBacktracking | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Cache();

    [GeneratedRegex(@"residual|skip", RegexOptions.NonBacktracking | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Other();
}
