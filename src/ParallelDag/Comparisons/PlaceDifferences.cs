using ParallelDag.Graphs;
using ParallelDag.Wording;

namespace ParallelDag.Comparisons;

/// <summary>What is elsewhere: GPUs with another role, experts with another home, layers on other GPUs.</summary>
internal static class PlaceDifferences
{
    /// <summary>GPUs whose stage or coordinates differ; those with the same change of stage are one row.</summary>
    public static void AddRoles(DifferenceRows rows, GpuPlaces places)
    {
        foreach (PhaseId phase in places.Phases)
        {
            // Those that stay in their stages are one row, and so are those that come, and those that go.
            foreach (var alike in places.Changes(phase).GroupBy(change => change.Before is null || change.After is null
                ? (change.Before is null ? 0 : int.MaxValue, 0)
                : change.Before.Stage == change.After.Stage ? (0, int.MaxValue) : (change.Before.Stage, change.After.Stage))
                .OrderBy(alike => alike.Min(change => change.Gpu)))
            {
                GpuSet gpus = GpuSet.FromGpus(alike.Select(change => change.Gpu));
                (int gpu, GpuPlace? before, GpuPlace? after) = alike.First();
                string example = gpus.Count == 1 ? "" : Words.Invariant($"GPU {gpu} ");
                rows.Add(new DagDifference
                {
                    Aspect = DifferenceAspect.Role,
                    Phase = phase,
                    Subject = gpus.Named,
                    Reference = before is null ? null : example + "is " + before,
                    Difference = after is null ? null : example + "is " + after,
                    Gpus = gpus,
                });
            }
        }
    }

    /// <summary>Experts on other GPUs; those that move from the same GPUs to the same GPUs are one row.</summary>
    public static void AddExperts(DifferenceRows rows, Dag reference, Dag difference)
    {
        var before = Homes(reference);
        var after = Homes(difference);
        var moves = new Dictionary<(PhaseId? Phase, GpuSet? From, GpuSet? To), (SortedSet<int> Experts, SortedSet<int> Layers)>();
        foreach (var expert in before.Keys.Union(after.Keys)
            .Where(key => !Equals(before.GetValueOrDefault(key), after.GetValueOrDefault(key)))
            .GroupBy(key => (key.Phase, key.Expert)).OrderBy(expert => expert.Key.Phase).ThenBy(expert => expert.Key.Expert))
        {
            GpuSet? from = Union(before, expert), to = Union(after, expert);
            if (!moves.TryGetValue((expert.Key.Phase, from, to), out (SortedSet<int> Experts, SortedSet<int> Layers) move))
                moves.Add((expert.Key.Phase, from, to), move = ([], []));
            move.Experts.Add(expert.Key.Expert);
            move.Layers.UnionWith(expert.Select(key => key.Layer));
        }

        foreach ((var key, (SortedSet<int> experts, SortedSet<int> layers)) in moves)
        {
            rows.Add(new DagDifference
            {
                Aspect = DifferenceAspect.Expert,
                Phase = key.Phase,
                Subject = $"{(experts.Count == 1 ? "expert" : "experts")} {GpuSet.FromGpus(experts)}",
                Reference = key.From is null ? null : "on " + key.From.Named,
                Difference = key.To is null ? null : "on " + key.To.Named,
                Gpus = key.To ?? key.From,
                Layers = DifferenceRows.Layers(layers),
            });
        }
    }

    /// <summary>Layers on other GPUs; neighbours that move alike are one row.</summary>
    public static void AddLayers(DifferenceRows rows, Dag reference, Dag difference)
    {
        foreach (PhaseId phase in reference.Phases.Concat(difference.Phases).Select(drawn => drawn.Phase).Distinct().Order())
        {
            DagPhase? before = reference.Phases.FirstOrDefault(drawn => drawn.Phase == phase);
            DagPhase? after = difference.Phases.FirstOrDefault(drawn => drawn.Phase == phase);
            if (before is null || after is null)
                continue;
            int last = Math.Max(before.Stages.Max(stage => stage.LastLayer), after.Stages.Max(stage => stage.LastLayer));
            var moves = Enumerable.Range(1, last).Select(layer => (Layer: layer, From: StageOf(before, layer), To: StageOf(after, layer)))
                .Where(move => move.From?.Index != move.To?.Index || !Equals(move.From?.Gpus, move.To?.Gpus))
                .GroupBy(move => (move.From, move.To));
            foreach (var move in moves)
            {
                string layers = DifferenceRows.Layers(move.Select(one => one.Layer))!;
                rows.Add(new DagDifference
                {
                    Aspect = DifferenceAspect.Layer,
                    Phase = phase,
                    Subject = $"{(move.Count() == 1 ? "layer" : "layers")} {layers}",
                    Reference = Text(move.Key.From),
                    Difference = Text(move.Key.To),
                    Gpus = (move.Key.To ?? move.Key.From)!.Gpus,
                });
            }
        }
    }

    private static GpuSet? Union(
        Dictionary<(PhaseId? Phase, int Layer, int Expert), GpuSet> homes, IEnumerable<(PhaseId? Phase, int Layer, int Expert)> keys) =>
        GpuSet.UnionAll(keys.Select(key => homes.GetValueOrDefault(key)).OfType<GpuSet>().Distinct()) is { IsEmpty: false } all
            ? all : null;

    private static DagStage? StageOf(DagPhase phase, int layer) =>
        phase.Stages.FirstOrDefault(stage => stage.FirstLayer <= layer && layer <= stage.LastLayer);

    private static string? Text(DagStage? stage) => stage is null ? null
        : Words.Invariant($"stage {stage.Index} on {stage.Gpus.Named}");

    /// <summary>The GPUs of every expert by phase and layer; those of micro-batches together.</summary>
    private static Dictionary<(PhaseId? Phase, int Layer, int Expert), GpuSet> Homes(Dag dag)
    {
        // First the nodes of each layer with the same experts together, then their experts one by one.
        var nodes = new Dictionary<(PhaseId? Phase, int Layer, string Experts), HashSet<int>>();
        for (int node = 0; node < dag.NodeCount; node++)
        {
            NodeFacts facts = dag.FactsOf(node);
            if (facts.Experts is not string text || dag.ScopeOf(node) is not { Layer: int layer } scope || dag.GpusOf(node) is null)
                continue;
            if (!nodes.TryGetValue((scope.Phase, layer, text), out HashSet<int>? sets))
                nodes.Add((scope.Phase, layer, text), sets = []);
            sets.Add(dag.GpuColumn[node]);
        }

        var homes = new Dictionary<(PhaseId?, int, int), GpuSet>();
        foreach (((PhaseId? phase, int layer, string text), HashSet<int> sets) in nodes)
        {
            GpuSet all = GpuSet.UnionAll(sets.Select(set => dag.GpuTable[set]!));
            foreach (int expert in GpuSet.TryParse(text, out GpuSet? held) ? held : GpuSet.Empty)
            {
                var key = (phase, layer, expert);
                homes[key] = homes.TryGetValue(key, out GpuSet? known) ? known.Union(all) : all;
            }
        }

        return homes;
    }
}
