using System.Globalization;
using ParallelDag.Graphs;
using ParallelDag.Meshes;
using ParallelDag.Tensors;
using ParallelDag.Wording;

namespace ParallelDag.Checks;

/// <summary>
/// PD006: a collective's members are exactly one process group of its axis, or the union of whole groups that its node stands for.
/// For a collective of n members on GPUs G: (1) some set of axes that its operator may run over, that on which its placements change, has
/// groups of n; (2) G holds each of these groups whole or not at all; (3) G holds as many as the node says it stands for; (4) G lies in the
/// node's stage. Transfers between stages and phases are no collectives of a group (PD007).
/// </summary>
internal static class ProcessGroups
{
    public static CheckRule Rule { get; } = new(
        "PD006",
        "Collectives join whole process groups",
        "Looks at the GPUs, group size and group count of every collective and at the mesh in the graph's header: the members are one "
            + "process group of the collective's axis, or a union of whole groups. Skipped where the graph tells no mesh.",
        Check);

    private static CheckResult Check(Inspection inspection)
    {
        Dag dag = inspection.Dag;
        IReadOnlyDictionary<PhaseId, PhaseMesh> meshes = inspection.Survey.Meshes;
        foreach (string fault in inspection.Survey.MeshFaults)
            inspection.Fault(fault);
        CheckOperators(inspection);
        if (meshes.Count == 0 && !inspection.HasFaults)
            return inspection.Skip("plan or mesh (axes, order and stages) in the graph");

        // Collectives share few combinations of facts, GPUs and stage; each is judged once.
        var verdicts = new Dictionary<(int Facts, int Gpus, PhaseId? Phase, int? Stage), string?>();
        StageIndex stages = inspection.Survey.Stages;
        var groupsSeen = new Dictionary<string, HashSet<(PhaseId, int)>>();
        long collectives = 0;
        foreach (int node in inspection.NodesOfStages)
        {
            inspection.Step(node);
            NodeFacts facts = dag.FactsOf(node);
            if (facts.Collective == CollectiveKind.None || IsTransfer(facts))
                continue;
            NodeScope scope = dag.ScopeOf(node);
            PhaseMesh? mesh = inspection.Survey.MeshOf(scope.Phase);
            if (mesh is null || dag.GpusOf(node) is not GpuSet gpus || gpus.IsEmpty)
                continue;
            collectives += inspection.Weight(node);
            var key = (dag.FactsColumn[node], dag.GpuColumn[node], scope.Phase, scope.Stage);
            if (!verdicts.TryGetValue(key, out string? fault))
            {
                fault = FaultOf(dag, facts, gpus, mesh, scope.Stage is int stage ? stages.Find(mesh.Phase, stage) : null, groupsSeen);
                verdicts.Add(key, fault);
            }

            if (fault is not null)
                inspection.NodeFault(node, fault, Inspection.OneLine(gpus.ToString()));
        }

        return inspection.Conclude(collectives == 0
            ? "no collective in the graph, so no process group to hold it against"
            : $"{Words.Count(collectives, "collective")} on whole process groups ({Summary(groupsSeen)})");
    }

    /// <summary>
    /// In a graph that states its plan the collective of a node is its operator's, with a group size and a number of groups.
    /// </summary>
    private static void CheckOperators(Inspection inspection)
    {
        Dag dag = inspection.Dag;
        string?[] faults = new string?[dag.FactsTable.Length];
        bool any = false;
        for (int i = 0; i < faults.Length && dag.Phases.Count > 0; i++)
        {
            NodeFacts facts = dag.FactsTable[i];
            if (facts.Operator is not Operator row)
                continue;
            if (facts.Collective != row.Collective)
                faults[i] = $"whose operator {row.Name} is {row.Collective.ToName() ?? "no collective"}";
            else if (facts.Collective != CollectiveKind.None && facts.GroupSize < 2)
                faults[i] = "of a collective that [does|do] not state its group size";
            else if (facts.Collective != CollectiveKind.None && dag.Detail != DetailLevel.Overview && facts.Groups is null or < 1)
                faults[i] = "of a collective that [does|do] not state its groups";
            else if (facts.Collective == CollectiveKind.None && (facts.GroupSize != 0 || facts.Groups is not 0))
                faults[i] = "that [states|state] groups though [it is|they are] no collective";
            any |= faults[i] is not null;
        }

        for (int node = 0; any && node < dag.NodeCount; node++)
        {
            if (faults[dag.FactsColumn[node]] is string fault)
                inspection.NodeFault(node, fault, $"collective {dag.FactsOf(node).Collective.ToName() ?? "null"}");
        }
    }

    // A collective of no known operator may run over any one axis, or what a last gather joins.
    private static readonly IReadOnlyList<IReadOnlyList<Axis>> AnyAxes =
        [[Axis.Tp], [Axis.Sp], [Axis.Ep], [Axis.Etp], [Axis.Dp], [Axis.Sp, Axis.Tp]];

    /// <summary>A transfer between stages or phases, or a point-to-point message of a drawing.</summary>
    private static bool IsTransfer(NodeFacts facts) =>
        facts.Role is OperatorRole.Send or OperatorRole.CacheTransfer || (facts.Op is null && facts.Collective == CollectiveKind.SendRecv);

    private static string Summary(Dictionary<string, HashSet<(PhaseId, int)>> groups) =>
        string.Join(", ", groups.OrderBy(pair => pair.Key, StringComparer.Ordinal)
            .Select(pair => Words.Count(pair.Value.Count, $"{pair.Key.Replace(',', '+')} group")));

    /// <summary>What is wrong with a collective's members, or null.</summary>
    private static string? FaultOf(Dag dag, NodeFacts facts, GpuSet gpus, PhaseMesh mesh, DagStage? stage,
        Dictionary<string, HashSet<(PhaseId, int)>> seen)
    {
        if (stage is not null && !stage.Gpus.ContainsAll(gpus))
            return Words.Invariant($"with members outside {mesh.Phase} stage {stage.Index}");
        if (!mesh.Phase.Gpus.ContainsAll(gpus))
            return $"with members outside the {mesh.Phase} phase";

        IReadOnlyList<IReadOnlyList<Axis>> candidates = facts.Op is null ? AnyAxes : facts.Operator?.GroupAxes ?? [];
        if (candidates.Count == 0)
            return $"of an operator that is no collective ({Inspection.OneLine(facts.Op ?? "")})";
        HashSet<Axis> changing = facts.Op is null || facts.Collective == CollectiveKind.AllToAll ? [] : ChangingAxes(facts);
        if (changing.Count > 0)
            candidates = [.. candidates.Where(changing.SetEquals)];
        if (candidates.Count == 0)
            return $"whose placements change on {string.Join('+', changing.Select(axis => axis.ToName()))}, over which its operator "
                + $"does not run";
        string? fault = null;
        foreach (IReadOnlyList<Axis> axes in candidates)
        {
            GroupMap map = mesh.Groups([.. axes]);
            if (map.Size < 2 || (facts.GroupSize != 0 && map.Size != facts.GroupSize))
                continue;
            if (!AreWhole(mesh, map, gpus, out HashSet<int> groups))
            {
                fault ??= Words.Invariant($"whose members are no union of whole {map.Axes.Replace(',', '+')} groups of {map.Size}");
                continue;
            }

            if (facts.Groups is long told and > 0 && (dag.Detail == DetailLevel.Overview ? told % groups.Count != 0 : told != groups.Count))
                return Words.Invariant($"that [stands|stand] for {told} groups on the GPUs of {groups.Count}");
            if (!seen.TryGetValue(map.Axes, out HashSet<(PhaseId, int)>? known))
                seen.Add(map.Axes, known = []);
            foreach (int group in groups)
                known.Add((mesh.Phase.Phase, group));
            return null;
        }

        return fault ?? string.Create(
            CultureInfo.InvariantCulture,
            $"whose group size {facts.GroupSize} is the degree of no axis that it may run over "
                + $"({string.Join(", ", candidates.Select(axes => Degree(mesh, axes)))})");
    }

    /// <summary>The axes on which a collective's tensors change their placement, as far as both sides name them.</summary>
    private static HashSet<Axis> ChangingAxes(NodeFacts facts)
    {
        var axes = new HashSet<Axis>();
        PlacedTensor[] inputs = PlacedTensor.InputsOf(facts), outputs = PlacedTensor.OutputsOf(facts);
        for (int i = 0; i < Math.Min(inputs.Length, outputs.Length); i++)
        {
            foreach ((Axis axis, Placement to) in (outputs[i].Placement ?? TensorPlacement.None).Axes)
            {
                if (inputs[i].Placement?[axis] is Placement from && from != to)
                    axes.Add(axis);
            }
        }

        return axes;
    }

    private static string Degree(PhaseMesh mesh, IReadOnlyList<Axis> axes) =>
        Words.Invariant($"{string.Join('+', axes.Select(axis => axis.ToName()))} {mesh.Groups([.. axes]).Size}");

    /// <summary>True when the set holds each group whole or not at all.</summary>
    private static bool AreWhole(PhaseMesh mesh, GroupMap map, GpuSet gpus, out HashSet<int> groups)
    {
        groups = [];
        foreach (int gpu in gpus)
        {
            int rank = mesh.RankOf(gpu);
            if (rank < 0)
                return false;
            groups.Add(map.GroupOfRank[rank]);
        }

        return (long)groups.Count * map.Size == gpus.Count;
    }
}
