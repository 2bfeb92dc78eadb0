using System.Globalization;
using System.Text;
using ParallelDag.Looks;

namespace ParallelDag.Writers;

/// <summary>The clusters of a DOT file: one per phase, stage and layer, each with its GPU ranges in the label.</summary>
internal static class DotClusters
{
    /// <summary>The text from <c>subgraph</c> to the first node of a cluster whose first block is <paramref name="block"/>.</summary>
    public static string Opening(Dag dag, ScopeBlock level, ScopeOrder order, int block, string indent)
    {
        DagPhase? phase = level.Phase is PhaseId kind ? dag.Phases.FirstOrDefault(candidate => candidate.Phase == kind) : null;
        DagStage? stage = phase?.Stages.FirstOrDefault(candidate => candidate.Index == level.Stage);
        GpuSet? gpus = (level.Stage is not null ? stage?.Gpus : phase?.Gpus) ?? GpusOf(dag, level, order, block);

        var name = new StringBuilder("cluster");
        if (level.Phase is PhaseId named)
            name.Append('_').Append(named.ToName());
        if (level.Stage is not null)
            name.Append(CultureInfo.InvariantCulture, $"_s{level.Stage}");
        if (level.Layer is not null)
            name.Append(CultureInfo.InvariantCulture, $"_l{level.Layer}");

        string label = LabelOf(level, phase, stage);
        if (gpus is not null)
            label = $"{label}, GPUs {gpus}";
        string colours = level switch
        {
            { Layer: not null } => Look(Theme.Layer),
            { Stage: not null } => Look(Theme.Ground),
            _ => Look(level.Phase?.Kind == PhaseKind.Decode ? Theme.Decode : Theme.Prefill),
        };
        return $"subgraph {name} {{\n{indent}graph [label=\"{DotText.LabelPart(label)}\", labeljust=l, fontcolor=\"{Theme.Text.Light}\", "
            + $"{colours}];\n";
    }

    private static string Look(Shade ground) => $"color=\"{Theme.Frame.Light}\", bgcolor=\"{ground.Light}\"";

    private static string LabelOf(ScopeBlock level, DagPhase? phase, DagStage? stage)
    {
        CultureInfo invariant = CultureInfo.InvariantCulture;
        if (level.Layer is not null)
            return string.Create(invariant, $"Layer {level.Layer}");
        if (level.Stage is not null)
        {
            return stage is null || stage.FirstLayer > stage.LastLayer ? string.Create(invariant, $"Stage {level.Stage}")
                : stage.FirstLayer == stage.LastLayer ? string.Create(invariant, $"Stage {level.Stage}: layer {stage.FirstLayer}")
                : string.Create(invariant, $"Stage {level.Stage}: layers {stage.FirstLayer}-{stage.LastLayer}");
        }

        string title = (level.Phase ?? new PhaseId(PhaseKind.Decode)).ToTitle();
        return phase is null
            ? title
            : $"{title}: {string.Join(' ', phase.Axes.Select(axis => string.Create(invariant, $"{axis.Key}={axis.Value}")))}";
    }

    /// <summary>What the nodes of the cluster use, for a DAG without a mesh. Null when one of them does not tell.</summary>
    private static GpuSet? GpusOf(Dag dag, ScopeBlock level, ScopeOrder order, int block)
    {
        var firstUsers = new Dictionary<int, int>();
        for (; block < order.Blocks.Length && level.Holds(order.Blocks[block]); block++)
        {
            foreach (int node in order.NodesOf(block))
                firstUsers.TryAdd(dag.GpuColumn[node], node);
        }

        var sets = new List<GpuSet>();
        foreach (int node in firstUsers.Values)
        {
            if (dag.GpusOf(node) is not GpuSet gpus)
                return null;
            sets.Add(gpus);
        }

        return GpuSet.UnionAll(sets);
    }
}
