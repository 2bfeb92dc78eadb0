using ParallelDag.Drawings;
using ParallelDag.Graphs;
using ParallelDag.Wording;

namespace ParallelDag.Checks;

/// <summary>
/// What a generated DAG has that a drawing lacks, operator by operator. In each phase and layer every GPU of the plan takes part in so many
/// norms, projections,
/// All-Reduces and so on; a drawing lacks what fewer of its nodes name. Nodes that tell no layer stand for every layer where no node of
/// their part tells one,
/// nodes that tell no GPUs for every GPU. Operators that people call by one word count together (<see cref="DrawnParts"/>): a layer with
/// two All-Reduces
/// needs two, whichever they are.
/// </summary>
internal static class OperatorDifference
{
    /// <summary>Tells each part that is missing, where, and what to add.</summary>
    /// <param name="inspection">The rule at work on the drawing.</param>
    /// <param name="plan">The graph that the plan generates.</param>
    /// <param name="shift">What to add to the layers of a drawing that counts from 0.</param>
    public static void Check(Inspection inspection, Dag plan, int shift)
    {
        Dictionary<DrawnParts, List<DagNode>> drawn = Drawn(inspection.Dag);
        bool phased = inspection.Dag.Nodes.Any(node => node.Phase is not null);
        foreach (DagPhase phase in phased ? plan.Phases : plan.Phases.Take(1))
        {
            foreach ((DrawnParts part, List<DagNode> due) in Due(plan, phase.Phase))
            {
                inspection.Cancellation.ThrowIfCancellationRequested();
                List<DagNode> nodes = [.. drawn.GetValueOrDefault(part, []).Where(node =>
                     node.PhaseId is not PhaseId named || phase.Phase.IsMeantBy(named))];
                CheckPart(inspection, phase, due, nodes, shift);
            }
        }
    }

    /// <summary>The nodes of a drawing by each part that they stand for.</summary>
    private static Dictionary<DrawnParts, List<DagNode>> Drawn(Dag dag)
    {
        var drawn = new Dictionary<DrawnParts, List<DagNode>>();
        DrawnParts[] all = Enum.GetValues<DrawnParts>();
        foreach (DagNode node in dag.Nodes)
        {
            DrawnParts parts = OperatorText.Read(node.Facts);
            foreach (DrawnParts part in all)
            {
                if (part == DrawnParts.None || !parts.HasFlag(part))
                    continue;
                if (!drawn.TryGetValue(part, out List<DagNode>? nodes))
                    drawn.Add(part, nodes = []);
                nodes.Add(node);
            }
        }

        return drawn;
    }

    /// <summary>
    /// The nodes of a plan's phase by part, in the order in which a token meets them; micro-batches beyond the first repeat them.
    /// </summary>
    private static IEnumerable<(DrawnParts Part, List<DagNode> Nodes)> Due(Dag plan, PhaseId phase)
    {
        var due = new Dictionary<DrawnParts, List<DagNode>>();
        var order = new List<DrawnParts>();
        foreach (DagNode node in plan.Nodes)
        {
            if (node.PhaseId != phase || node.MicroBatch > 0 || Ops.Find(node.Op) is not Operator op
                || OperatorText.PartOf(op) is DrawnParts.None)
                continue;
            DrawnParts part = OperatorText.PartOf(op);
            if (!due.TryGetValue(part, out List<DagNode>? nodes))
            {
                due.Add(part, nodes = []);
                order.Add(part);
            }

            nodes.Add(node);
        }

        return order.Select(part => (part, due[part]));
    }

    private static void CheckPart(Inspection inspection, DagPhase phase, List<DagNode> due, List<DagNode> drawn, int shift)
    {
        bool layered = drawn.Exists(node => node.Layer is not null || node.Layers is not null);
        var lacking = new Dictionary<string, List<int>>();
        foreach (IGrouping<int?, DagNode> layer in due.GroupBy(node => node.Layer))
        {
            Dictionary<int, int> needed = CountPerGpu([.. layer]);
            List<DagNode> here = layered ? [.. drawn.Where(node => IsIn(node, layer.Key, shift))] : drawn;
            var has = CountPerGpu(here.Where(node => node.Gpus is not null), needed);
            int everywhere = here.Count(node => node.Gpus is null);
            int[] without = [.. needed.Where(pair => has.GetValueOrDefault(pair.Key) + everywhere < pair.Value).Select(pair => pair.Key)];
            if (without.Length == 0)
                continue;
            int most = without.Max(gpu => needed[gpu]), least = without.Min(gpu => has.GetValueOrDefault(gpu) + everywhere);
            string names = string.Join(" and ", layer.Select(node => Ops.Find(node.Op)!.Title).Distinct());
            string gpus = Inspection.OneLine(GpuSet.FromGpus(without).ToString());
            string line = least == 0 && without.Length == needed.Count ? $"{names} not drawn, add it on GPUs {gpus}"
                : least == 0 ? $"{names} not drawn on GPUs {gpus}, add their shard"
                : Words.Invariant($"{names} drawn {least} of {most} times on GPUs {gpus}, add what is missing");
            if (!lacking.TryGetValue(line, out List<int>? layers))
                lacking.Add(line, layers = []);
            if (layer.Key is int number)
                layers.Add(number);
        }

        foreach ((string line, List<int> layers) in lacking)
        {
            string where = layers.Count == 0 ? ""
                : $" layer{(layers.Count == 1 ? "" : "s")} {Inspection.OneLine(GpuSet.FromGpus(layers).ToString())}";
            inspection.Fault($"{phase}{where}: {line}");
        }
    }

    private static bool IsIn(DagNode node, int? layer, int shift)
    {
        if (layer is not int number)
            return node.Layer is null && node.Layers is null;
        return node.Layer is int own ? own + shift == number
            : IndexRanges.Parse(node.Layers).Any(range => range.First + shift <= number && number <= range.Last + shift);
    }

    /// <summary>How many of some nodes each GPU takes part in.</summary>
    private static Dictionary<int, int> CountPerGpu(IEnumerable<DagNode> nodes, Dictionary<int, int>? among = null)
    {
        var count = new Dictionary<int, int>();
        foreach (DagNode node in nodes)
        {
            foreach (int gpu in node.Gpus!)
            {
                if (among is null || among.ContainsKey(gpu))
                    count[gpu] = count.GetValueOrDefault(gpu) + 1;
            }
        }

        return count;
    }
}
