using ParallelDag.Graphs;
using ParallelDag.Looks;
using ParallelDag.Operators;
using ParallelDag.Pictures.Facts;
using ParallelDag.Wording;

namespace ParallelDag.Pictures.StageOverview;

/// <summary>A part of a layer as people name it: Attention, FFN, Router, Experts, a collective; of a section without any, all of
/// it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Kind">What it does.</param>
/// <param name="Detail">Of a collective its bytes, else what it yields.</param>
/// <param name="Spoken">Everything that the block stands for.</param>
/// <param name="Crosses">True for a collective that leaves its node.</param>
internal sealed record LayerBlock(string Name, NodeKind Kind, string Detail, string Spoken, bool Crosses)
{
    private const int Most = 7;

    /// <summary>The name where there is little room: several collectives are just that.</summary>
    public string Brief => Name.Contains(" + ", StringComparison.Ordinal) ? "Collectives" : ShortNames.Of(Name)[^1];

    /// <summary>At most seven blocks of a layer, in order.</summary>
    public static IReadOnlyList<LayerBlock> OfLayer(OperatorProgram program, ClusterSpec cluster, int[] gpus)
    {
        List<(string Name, List<OperatorStep> Steps)> parts = Parts(program, coarse: false);
        if (parts.Count > Most)
            parts = Parts(program, coarse: true);
        if (parts.All(part => part.Steps.All(step => step.Collective == CollectiveKind.None))
            && parts.TrueForAll(part => part.Name is "Attention" or "FFN"))
            return [Block("Decoder layer", [.. program.Steps], cluster, gpus)];

        return [.. parts.OrderBy(part => PlaceOf(part.Name, part.Steps))
            .Select(part => Block(Title(part.Name, part.Steps), part.Steps, cluster, gpus))];
    }

    private static List<(string Name, List<OperatorStep> Steps)> Parts(OperatorProgram program, bool coarse)
    {
        var parts = new List<(string Name, List<OperatorStep> Steps)>();
        foreach (OperatorStep step in program.Steps)
        {
            string? before = parts.FindLast(part => part.Steps[0].Collective == CollectiveKind.None).Name, name = NameOf(step, before);
            if (coarse && step.Collective != CollectiveKind.None && !name.StartsWith('='))
                name = "=feedForward";
            int same = parts.FindIndex(part => part.Name == name);
            if (same < 0)
                parts.Add((name, [step]));
            else
                parts[same].Steps.Add(step);
        }

        return parts;
    }

    // Shared experts may come before the dispatch: their block stands where the routed ones do. Collectives of a half stand behind what
    // computes.
    private static int PlaceOf(string name, List<OperatorStep> steps) => name.StartsWith('=')
        ? steps[^1].Index
        : (steps.Find(step => step.Op == Ops.Experts) ?? steps[0]).Index;

    /// <summary>The entry or the exit of a phase: what computes as one block, its collectives as another.</summary>
    public static IReadOnlyList<LayerBlock> OfSection(string name, OperatorProgram program, ClusterSpec cluster, int[] gpus)
    {
        OperatorStep[] moving = [.. program.Steps.Where(step => step.Collective != CollectiveKind.None)];
        LayerBlock computing = Block(name, [.. program.Steps.Except(moving)], cluster, gpus);
        return moving.Length == 0 ? [computing] : [computing, Block(Title("=", moving), moving, cluster, gpus)];
    }

    // Norms and sums belong to the computation before them; all collectives of a half of a layer are one block, but those of experts.
    private static string NameOf(OperatorStep step, string? before)
    {
        Operator? row = Ops.Find(step.Op);
        if (step.Collective != CollectiveKind.None)
            return row?.Role is OperatorRole.Dispatch or OperatorRole.Combine ? step.Op : row?.Place == OperatorPlace.Mixer ? "=mixer"
                : "=feedForward";
        return row switch
        {
            { Role: OperatorRole.Gate or OperatorRole.Selection } => "Router",
            { Role: OperatorRole.Experts or OperatorRole.SharedExperts or OperatorRole.Aggregation } => "Experts",
            { Role: OperatorRole.Norm or OperatorRole.Residual } when before is not null => before,
            { Place: OperatorPlace.FeedForward } => "FFN",
            _ => "Attention",
        };
    }

    private static string Title(string name, IReadOnlyList<OperatorStep> steps)
    {
        if (name == "Attention")
            return steps.Select(step => Ops.Find(step.Op)).FirstOrDefault(row => row?.Role == OperatorRole.Core)?.Title ?? name;
        if (!name.StartsWith('='))
            return steps[0].Collective == CollectiveKind.None ? name : steps[0].Name;
        return string.Join(" + ", steps.GroupBy(step => step.Collective).Select(alike =>
            alike.Count() == 1 ? alike.Key.ToTitle() : Words.Invariant($"{alike.Count()} {alike.Key.ToTitle()}")));
    }

    private static LayerBlock Block(string title, IReadOnlyList<OperatorStep> steps, ClusterSpec cluster, int[] gpus)
    {
        string all = string.Join(", ", steps.Select(step => step.Name));
        if (steps[0].Collective == CollectiveKind.None)
        {
            OperatorStep last = steps[^1];
            string shape = $"[{string.Join(", ", last.Outputs[0].LocalShape(0).Dimensions.Select(dimension => dimension.Size))}]";
            return new LayerBlock(title, steps.Count > 1 ? NodeKind.Computation : last.Kind, shape,
                $"{title} ({all}), yields {last.Outputs[0].LocalShape(0)} on a GPU", false);
        }

        Int128 bytes = 0;
        bool crosses = false;
        foreach (OperatorStep step in steps)
        {
            foreach (int[] group in step.Mesh.Groups([.. step.GroupAxes]))
            {
                bytes += step.Traffic!.Of(group).WireBytes;
                crosses |= cluster.SpanOf(group.Select(rank => gpus[rank])).Level != LinkLevel.Domain;
            }
        }

        string where = crosses ? $"across {NodeUnit.Noun(cluster)}s" : $"inside a {NodeUnit.Noun(cluster)}";
        return new LayerBlock(title, NodeKind.Communication, Amount.Bytes(bytes),
            $"{title} ({all}): {Amount.Bytes(bytes)} on the wire, {where}", crosses);
    }
}
