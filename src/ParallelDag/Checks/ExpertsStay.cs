using ParallelDag.Graphs;
using ParallelDag.Wording;

namespace ParallelDag.Checks;

/// <summary>
/// PD025: an expert stays at home. Weights lie where they lie: in every micro-batch a GPU runs the same experts of a layer; and where both
/// phases give a GPU the same part
/// in the same layer (equal expert coordinates of equally many), it runs the same experts in both, or the weights lie there twice.
/// </summary>
internal static class ExpertsStay
{
    public static CheckRule Rule { get; } = new(
        "PD025",
        "An expert stays at home",
        "Looks at the experts that each GPU runs in each layer, micro-batch by micro-batch and phase by phase: they stay the same. "
            + "Skipped where expert nodes do not tell experts, GPUs and layers.",
        Check);

    private static CheckResult Check(Inspection inspection)
    {
        Dag dag = inspection.Dag;
        var homes = new Dictionary<(int Layer, int Gpu, PhaseId? Phase), (string Experts, int Node)>();
        bool experts = false, operators = false;
        foreach (NodeFacts facts in dag.FactsTable)
        {
            operators |= facts.Operator is { Role: not (OperatorRole.Input or OperatorRole.Output) };
            experts |= OpClasses.IsExperts(facts);
        }

        // A micro-batch that is like another of its layer runs the same experts.
        SectionIndex sections = inspection.Survey.Sections;
        bool[] repeats = new bool[sections.Count];
        var seen = new HashSet<(int Model, int? Layer)>();
        for (int section = 0; section < repeats.Length && inspection.Survey.Alike is AlikeSections alike; section++)
            repeats[section] = !seen.Add((alike.ModelOf(section), sections.Scopes[section].Layer));
        foreach (int node in inspection.Survey.Facts.Where(OpClasses.IsExperts))
        {
            inspection.Step(node);
            if (repeats[sections.Of(dag, node)])
                continue;
            NodeFacts facts = dag.FactsOf(node);
            NodeScope scope = dag.ScopeOf(node);
            if (facts.Experts is not string own || scope.Layer is not int layer || dag.GpusOf(node) is not GpuSet gpus)
                continue;
            foreach (int gpu in gpus)
            {
                if (homes.TryAdd((layer, gpu, scope.Phase), (own, node)) || !inspection.Survey.IsStated)
                    continue;
                (string known, int first) = homes[(layer, gpu, scope.Phase)];
                if (known == own)
                    continue;
                inspection.NodeFault(
                    node, "that [runs|run] other experts than in another micro-batch",
                    Words.Invariant(
                    $"GPU {gpu} of {inspection.NodeText(first)} runs {Inspection.OneLine(known)}, here {Inspection.OneLine(own)}"));
                inspection.MarkNode(first);
                break;
            }
        }

        if (!experts)
            return operators ? inspection.Conclude("no MoE layer: no expert in the graph")
                : inspection.Skip("operator names: which nodes are experts is not told");
        if (dag.Detail == DetailLevel.Overview)
            return inspection.Conclude("an overview draws the experts of all GPUs as one");
        if (homes.Count == 0)
            return inspection.Skip("expert numbers, layers and GPUs on the expert nodes");
        long shared = ComparePhases(inspection, homes);
        return inspection.Conclude(
            $"{Words.Count(homes.Count, "home", "homes")} of experts by layer, phase and GPU, the same in every micro-batch"
                + (shared == 0 ? "" : $"; {LayerBlocks.Number(shared)} of them the same in both phases"));
    }

    // Sets of instances have GPUs of their own, so only phases without sets share any.
    private static readonly PhaseId Prefill = new(PhaseKind.Prefill), Decode = new(PhaseKind.Decode);

    /// <summary>Returns how many homes both phases have in common.</summary>
    private static long ComparePhases(
        Inspection inspection, Dictionary<(int Layer, int Gpu, PhaseId? Phase), (string Experts, int Node)> homes)
    {
        if (inspection.Survey.MeshOf(Prefill) is not PhaseMesh prefill
            || inspection.Survey.MeshOf(Decode) is not PhaseMesh decode || prefill.ExpertRanks != decode.ExpertRanks)
            return 0;
        long shared = 0;
        Dictionary<(int Layer, PhaseId? Phase), long> copies = Copies(inspection.Dag, homes);
        foreach (((int layer, int gpu, PhaseId? phase), (string experts, int node)) in homes)
        {
            if (phase != Decode || prefill.ExpertRankOf(gpu) < 0 || prefill.ExpertRankOf(gpu) != decode.ExpertRankOf(gpu)
                || !homes.TryGetValue((layer, gpu, Prefill), out (string Experts, int Node) before))
            {
                continue;
            }

            // A phase with more redundant copies than the other holds weights of its own.
            if (copies[(layer, Prefill)] * decode.ExpertReplicas != copies[(layer, Decode)] * prefill.ExpertReplicas)
                continue;
            shared++;
            if (before.Experts == experts)
                continue;
            inspection.NodeFault(
                node, "that [runs|run] other experts than in prefill",
                $"GPU {gpu} of {inspection.NodeText(before.Node)} runs {Inspection.OneLine(before.Experts)}, here "
                    + Inspection.OneLine(experts));
            inspection.MarkNode(before.Node);
        }

        return shared;
    }

    /// <summary>Copies of experts by layer and phase, over all GPUs: what the shapes of expert nodes have room for.</summary>
    private static Dictionary<(int Layer, PhaseId? Phase), long> Copies(
        Dag dag, Dictionary<(int Layer, int Gpu, PhaseId? Phase), (string Experts, int Node)> homes)
    {
        var copies = new Dictionary<(int, PhaseId?), long>();
        foreach (((int layer, _, PhaseId? phase), (_, int node)) in homes)
        {
            long here = dag.FactsOf(node).Input.Tensors is [NamedTensor tokens, ..] ? tokens.Shape["experts"] ?? 0 : 0;
            copies[(layer, phase)] = copies.GetValueOrDefault((layer, phase)) + here;
        }

        return copies;
    }
}
