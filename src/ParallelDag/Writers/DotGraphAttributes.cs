using System.Globalization;
using System.Text;
using ParallelDag.Looks;
using ParallelDag.Units;

namespace ParallelDag.Writers;

/// <summary>What a DOT file says of the DAG as a whole: graph attributes, one line a fact, and the drawing's defaults.</summary>
internal static class DotGraphAttributes
{
    private const string Fonts = "Helvetica,Arial,sans-serif";

    private static readonly CultureInfo Invariant = CultureInfo.InvariantCulture;

    /// <summary>
    /// The lines between the opening brace and the first cluster. With <paramref name="isStated"/> the file declares our schema.
    /// </summary>
    public static string Of(DagHeader header, bool isStated)
    {
        var text = new StringBuilder();
        if (isStated)
            Attribute(text, "schema", DotWriter.Schema);
        Attribute(text, "detail", header.Detail.ToName());
        if (header.Pool is not null)
            Attribute(text, "pool", header.Pool.ToString());
        if (header.Cluster is ClusterSpec cluster)
            Attribute(text, "cluster_spec", ClusterFields.Words(cluster));
        if (header.Limits is LimitsSpec limits)
            Attribute(text, "limits", LimitFields.Words(limits));
        if (header.TokenSeconds is double tokenSeconds)
            Attribute(text, "token_seconds", PlainNumber.Text(tokenSeconds));
        if (header.OutputRate is double outputRate)
            Attribute(text, "output_rate", PlainNumber.Text(outputRate));
        if (header.TotalRate is double totalRate)
            Attribute(text, "total_rate", PlainNumber.Text(totalRate));
        if (header.Phases.Count > 0)
            Attribute(text, "phases", string.Join(' ', header.Phases.Select(phase => phase.Phase.ToName())));
        foreach (IGrouping<PhaseKind, DagPhase> sets in header.Phases.GroupBy(phase => phase.Phase.Kind))
        {
            string name = sets.Key.ToName();
            Attribute(text, $"{name}_order", Sets(sets, phase => string.Join(' ', phase.Order)));
            Attribute(text, $"{name}_axes", Sets(sets, phase =>
                string.Join(' ', phase.Axes.Select(axis => string.Create(Invariant, $"{axis.Key}={axis.Value}")))));
            Attribute(text, $"{name}_stages", Sets(sets, phase => string.Join("; ", phase.Stages.Select(stage =>
                string.Create(Invariant, $"{stage.Index} layers {stage.FirstLayer}-{stage.LastLayer} gpus {stage.Gpus}")))));
            if (sets.Any(phase => phase.RankGpus is not null))
                Attribute(text, $"{name}_ranks", Sets(sets, phase => phase.RankGpus is null ? "" : Runs(phase.RankGpus)));
        }

        if (header.Memory is not null)
        {
            Attribute(text, "memory", string.Join("; ", header.Memory.Select(memory => string.Create(
                Invariant,
                $"{memory.Phase.ToName()} {memory.Stage} weights={memory.WeightBytes} kv={memory.KvCacheBytes} "
                    + $"activations={memory.ActivationBytes} union={memory.UnionBytes} capacity={memory.CapacityBytes}"))));
        }

        text.Append($"""
              graph [rankdir=TB, fontname="{Fonts}", fontsize=12, bgcolor="{Theme.Ground.Light}", ranksep=0.4, nodesep=0.2];
              node [fontname="{Fonts}", fontsize=10, fontcolor="{Theme.Text.Light}"];
              edge [fontname="{Fonts}", fontsize=9, color="{Theme.Of(EdgeKind.Data).Light}"];

            """.ReplaceLineEndings("\n"));
        return text.ToString();
    }

    /// <summary>What is told of each set of instances of a phase, in their order.</summary>
    private static string Sets(IEnumerable<DagPhase> sets, Func<DagPhase, string> tell) => string.Join(" | ", sets.Select(tell));

    /// <summary>A list in its own order, ascending runs shortened: <c>0-3,8,5-6</c>.</summary>
    private static string Runs(IReadOnlyList<int> numbers)
    {
        var text = new StringBuilder();
        for (int first = 0, last; first < numbers.Count; first = last + 1)
        {
            last = first;
            while (last + 1 < numbers.Count && numbers[last + 1] == numbers[last] + 1)
                last++;
            text.Append(text.Length == 0 ? "" : ",").Append(Invariant, $"{numbers[first]}");
            if (last > first)
                text.Append(Invariant, $"-{numbers[last]}");
        }

        return text.ToString();
    }

    private static void Attribute(StringBuilder text, string name, string value) =>
        text.Append("  ").Append(name).Append('=').Append(DotText.Value(value)).Append(";\n");
}
