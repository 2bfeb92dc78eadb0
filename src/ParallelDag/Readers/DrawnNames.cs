using System.Text.RegularExpressions;
using ParallelDag.Drawings;
using ParallelDag.Graphs;

namespace ParallelDag.Readers;

/// <summary>Which of the lines of a drawn label is the name of its node, and what a record says.</summary>
internal static partial class DrawnNames
{
    /// <summary>The first line that says more than which GPUs, or than which layer where the next line says what is there.</summary>
    public static string? NameIn(string[] lines)
    {
        int at = Array.FindIndex(lines, line => !GpuText.IsGpuLine(line));
        if (at < 0)
            return lines.Length == 0 ? null : lines[0];
        int next = Array.FindIndex(lines, at + 1, line => !GpuText.IsGpuLine(line));
        return next > 0 && ScopeText.IsPlace(lines[at]) && KindText.Read(lines[next]) is not null
            && !lines[next].AsSpan().ContainsAny("[:") ? lines[next] : lines[at];
    }

    /// <summary>The collective that the name speaks of, else the line that begins with one.</summary>
    public static CollectiveKind CollectiveIn(string name, string[] lines) =>
        KindText.CollectiveIn(name) is CollectiveKind named and not CollectiveKind.None ? named
            : KindText.CollectiveIn(Array.Find(lines, KindText.BeginsWithCollective) ?? "");

    /// <summary>True for the shapes whose label is a record.</summary>
    public static bool IsRecord(string? shape) =>
        string.Equals(shape, "record", StringComparison.OrdinalIgnoreCase)
            || string.Equals(shape, "Mrecord", StringComparison.OrdinalIgnoreCase);

    /// <summary>The fields of a record label, a line each, without their ports (<c>&lt;f0&gt;</c>).</summary>
    public static string RecordText(string label) =>
        RecordPort().Replace(label, "").Replace('|', '\n').Replace("{", "", StringComparison.Ordinal).Replace("}", "",
            StringComparison.Ordinal);

    [GeneratedRegex("<[^<>|{}]*>", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant)]
    private static partial Regex RecordPort();
}
