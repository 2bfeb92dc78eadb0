using ParallelDag.Graphs;

namespace ParallelDag.Commands.Inputs;

/// <summary>Counts a DAG by phase and stage and draws the counts as a tree. O(V).</summary>
internal static class StageTree
{
    /// <summary>The rows from the root down.</summary>
    public static IReadOnlyList<DagTreeRow> Of(Dag dag, CancellationToken cancellation)
    {
        Dictionary<(PhaseId? Phase, int? Stage), Tally> tallies = CountNodes(dag, cancellation);
        string graph = $"{dag.Name} ({dag.Detail.ToName()})";
        var rows = new List<DagTreeRow> { Row(graph, dag.Name, null, null, dag.Pool?.ToString() ?? "", tallies.Values) };
        PhaseId?[] phases = [.. tallies.Keys.Select(key => key.Phase).Distinct().OrderBy(phase => phase is null).ThenBy(phase => phase)];
        for (int i = 0; i < phases.Length; i++)
        {
            PhaseId? phase = phases[i];
            bool lastPhase = i == phases.Length - 1;
            DagPhase? facts = dag.Phases.FirstOrDefault(candidate => candidate.Phase == phase);
            string axes = facts is null ? "" : " " + facts.Mesh;
            rows.Add(Row(
                graph, (lastPhase ? "└─ " : "├─ ") + (phase?.ToName() ?? "no phase told") + axes, phase, null,
                facts?.Gpus.ToString() ?? "", tallies.Where(pair => pair.Key.Phase == phase).Select(pair => pair.Value)));

            int?[] stages = [.. tallies.Keys.Where(key => key.Phase == phase).Select(key => key.Stage)
                .OrderBy(stage => stage ?? int.MaxValue)];
            if (stages is [null])
                continue;
            for (int j = 0; j < stages.Length; j++)
            {
                DagStage? stage = facts?.Stages.FirstOrDefault(candidate => candidate.Index == stages[j]);
                string branch = (lastPhase ? "   " : "│  ") + (j == stages.Length - 1 ? "└─ " : "├─ ");
                string title = stages[j] is null
                    ? "outside the stages"
                    : stage is null ? $"stage {stages[j]}"
                    : $"stage {stage.Index}, layers {stage.FirstLayer}-{stage.LastLayer}";
                rows.Add(Row(graph, branch + title, phase, stages[j], stage?.Gpus.ToString() ?? "", [tallies[(phase, stages[j])]]));
            }
        }

        return rows;
    }

    private static Dictionary<(PhaseId? Phase, int? Stage), Tally> CountNodes(Dag dag, CancellationToken cancellation)
    {
        const int CancellationStride = 1 << 16;
        var tallies = new Dictionary<(PhaseId?, int?), Tally>();
        for (int node = 0; node < dag.NodeCount; node++)
        {
            if (node % CancellationStride == 0)
                cancellation.ThrowIfCancellationRequested();
            NodeScope scope = dag.ScopeOf(node);
            if (!tallies.TryGetValue((scope.Phase, scope.Stage), out Tally? tally))
                tallies.Add((scope.Phase, scope.Stage), tally = new Tally());
            tally.Nodes++;
            tally.Edges += dag.Topology.OutDegree(node);
            tally.Communications += dag.FactsOf(node).Kind == NodeKind.Communication ? 1 : 0;
        }

        return tallies;
    }

    private static DagTreeRow Row(string graph, string tree, PhaseId? phase, int? stage, string gpus, IEnumerable<Tally> tallies)
    {
        Tally[] parts = [.. tallies];
        return new DagTreeRow(graph, tree, phase, stage, gpus, parts.Sum(part => part.Nodes), parts.Sum(part => part.Communications),
            parts.Sum(part => part.Edges));
    }

    private sealed class Tally
    {
        public long Nodes { get; set; }

        public long Communications { get; set; }

        public long Edges { get; set; }
    }
}
