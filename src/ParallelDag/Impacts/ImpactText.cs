using System.Text;
using System.Text.Json;
using ParallelDag.Files;
using ParallelDag.Units;
using ParallelDag.Wording;

namespace ParallelDag.Impacts;

/// <summary>An impact as <c>paralleldag impact</c> prints it.</summary>
public static class ImpactText
{
    private const int MostRows = 16;

    /// <summary>Text of at most 80 columns.</summary>
    public static string Write(DagImpact impact)
    {
        var text = new StringBuilder();
        text.Wrap(OneLine.Of($"{impact}."), 0);
        text.Append('\n');
        foreach (var phase in impact.Units.GroupBy(unit => unit.Phase))
        {
            ServingUnit[] left = [.. phase.Where(unit => !unit.Stops)];
            string name = phase.Key?.ToName() ?? "the graph";
            string stops = string.Join("; ", phase.Where(unit => unit.Stops).Take(4).Select(unit => Gpus(unit.Gpus)));
            int stopped = phase.Count() - left.Length;
            text.Wrap(stopped == 0 ? $"{name}: all of it works on" : Words.Invariant(
                $"{name}: {stopped} of {Words.Count(phase.Count(), "part")} stop ({stops}{(stopped > 4 ? "; ..." : "")})")
                + (left.Length == 0 ? "" : $", {Gpus(GpuSet.UnionAll(left.Select(unit => unit.Gpus)))} work on"), 2);
        }

        if (!impact.Idle.IsEmpty)
            text.Wrap($"{Gpus(impact.Idle)} {(impact.Idle.Count == 1 ? "is" : "are")} whole and wait", 2);
        if (impact.WeightBytes is long weights)
        {
            text.Append("\nTo be loaded again\n");
            text.Wrap($"weights {Quantity.FormatBytes(weights)}, of which other GPUs hold "
                + Quantity.FormatBytes(impact.WeightBytesElsewhere ?? 0), 2);
            text.Wrap($"cache of decode {Quantity.FormatBytes(impact.CacheBytes ?? 0)}, of which other GPUs hold "
                + $"{Quantity.FormatBytes(impact.CacheBytesElsewhere ?? 0)}; "
                + $"{Words.Count(impact.SequencesLost ?? 0, "sequence")} to be computed again", 2);
        }

        Rows(text, "Experts that lose a copy", impact.Experts, row => $"{Phase(row.Phase)}experts {row.Experts} of layers {row.Layers}: "
            + (row.Copies.IsEmpty ? "no other copy in this phase" : $"copies on {Gpus(row.Copies)}"));
        Rows(text, "Process groups that lose a member", impact.Groups,
            row => $"{Phase(row.Phase)}{(row.Axes.Length > 0 ? row.Axes + " " : "")}group of {Gpus(row.Gpus)}");
        Rows(text, "Operators that stop", impact.Operators, row => $"{Phase(row.Phase)}{row.Operator}: {Words.Count(row.Nodes, "node")}"
            + (row.Layers is null ? "" : $", layers {row.Layers}"));
        text.Append("\nFewest GPUs whose loss ...\n");
        text.Wrap($"leaves no request served: {impact.SmallestOutage.Count} ({Gpus(impact.SmallestOutage)})", 2);
        text.Wrap($"stops everything: {impact.SmallestStop.Count} ({Gpus(impact.SmallestStop)})", 2);
        return text.ToString();
    }

    /// <summary>A line for each of several losses, and the fewest GPUs whose loss stops everything.</summary>
    public static string WriteSummary(IReadOnlyList<DagImpact> impacts)
    {
        var text = new StringBuilder();
        foreach (DagImpact impact in impacts)
            text.Wrap(OneLine.Of($"{impact}"), 0);
        text.Wrap($"fewest GPUs whose loss stops everything: {impacts[0].SmallestStop.Count} ({Gpus(impacts[0].SmallestStop)})", 0);
        return text.ToString();
    }

    /// <summary>Indented UTF-8 with a final line break.</summary>
    public static void WriteJson(IReadOnlyList<DagImpact> impacts, Stream output) => IndentedJson.Write(output, json =>
    {
        json.WriteStartObject();
        json.Rows("impacts", impacts, impact => Write(json, impact));
        json.WriteEndObject();
    });

    private static void Write(Utf8JsonWriter json, DagImpact impact)
    {
        json.WriteString("name", impact.Name);
        json.WriteString("lost", impact.Lost.ToString());
        json.WriteBoolean("stillServes", impact.StillServes);
        json.Rows("units", impact.Units, unit =>
        {
            json.WriteString("phase", unit.Phase?.ToName());
            json.WriteString("gpus", unit.Gpus.ToString());
            json.WriteBoolean("stops", unit.Stops);
        });
        json.WriteString("idle", impact.Idle.ToString());
        json.Number("weightBytes", impact.WeightBytes);
        json.Number("weightBytesElsewhere", impact.WeightBytesElsewhere);
        json.Number("cacheBytes", impact.CacheBytes);
        json.Number("cacheBytesElsewhere", impact.CacheBytesElsewhere);
        json.Number("sequencesLost", impact.SequencesLost);
        json.Rows("experts", impact.Experts, row =>
        {
            json.WriteString("phase", row.Phase?.ToName());
            json.WriteString("experts", row.Experts);
            json.WriteString("layers", row.Layers);
            json.WriteString("copies", row.Copies.ToString());
        });
        json.Rows("groups", impact.Groups, row =>
        {
            json.WriteString("phase", row.Phase?.ToName());
            json.WriteString("axes", row.Axes);
            json.WriteString("gpus", row.Gpus.ToString());
        });
        json.Rows("operators", impact.Operators, row =>
        {
            json.WriteString("phase", row.Phase?.ToName());
            json.WriteString("operator", row.Operator);
            json.WriteNumber("nodes", row.Nodes);
            json.WriteString("layers", row.Layers);
        });
        json.WriteString("smallestOutage", impact.SmallestOutage.ToString());
        json.WriteString("smallestStop", impact.SmallestStop.ToString());
    }

    private static void Rows<T>(StringBuilder text, string title, IReadOnlyList<T> rows, Func<T, string> line)
    {
        if (rows.Count == 0)
            return;
        text.Append('\n').Append(title).Append('\n');
        foreach (T row in rows.Take(MostRows))
            text.Wrap(OneLine.Of(line(row)), 2);
        if (rows.Count > MostRows)
            text.Wrap($"and {Words.Number(rows.Count - MostRows)} more (--json lists them)", 2);
    }

    private static string Phase(PhaseId? phase) => phase is PhaseId kind ? kind.ToName() + " " : "";

    // A list of many ranges is no help to a reader; --json has it.
    private static string Gpus(GpuSet gpus) => gpus.RangeCount > 6
        ? Words.Invariant($"{gpus.Count} GPUs of {gpus.First}-{gpus.Last}") : gpus.Named;
}
