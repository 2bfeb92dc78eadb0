using ParallelDag.Drawings;
using ParallelDag.Graphs;
using ParallelDag.Tensors;
using ParallelDag.Wording;

namespace ParallelDag.Checks;

/// <summary>
/// What PD022 asks of a graph that does not state its operators, where the GPUs of a node are not those of a plan:
/// <list type="number">
/// <item>A computation does not take what several GPUs hold parts of: inputs whose sizes add up to what it takes meet in a gather
/// first.</item>
/// <item>Each member of a collective hands in a part, so each is a GPU of one of its producers. An All-to-All also brings data to members
/// that had none, and one that leads from some GPUs to others is a transfer by another name.</item>
/// <item>What a tensor-parallel output projection or second half of an FFN yields are partial sums; where the drawing says that it is
/// tensor-parallel, they meet in a collective before anything computes on them.</item>
/// </list>
/// </summary>
internal sealed class DrawnMovement(Inspection inspection, Movers movers)
{
    private const DrawnParts TakesWhole = DrawnParts.Norm | DrawnParts.Residual | DrawnParts.Projection | DrawnParts.Gate
        | DrawnParts.Selection | DrawnParts.FfnUp | DrawnParts.Experts | DrawnParts.Core | DrawnParts.LmHead | DrawnParts.OutputProjection;

    private readonly Inspection _inspection = inspection;
    private readonly Dag _dag = inspection.Dag;
    private readonly GpuOverlaps _gpus = inspection.Survey.Gpus;
    private readonly Movers _movers = movers;
    private readonly Dictionary<int, bool> _partial = [];

    /// <summary>Holds one node against the three items.</summary>
    public void Check(int node)
    {
        CheckFed(node);
        if (!_inspection.IsDrawing)
            return;
        CheckJoined(node);
        CheckSummed(node);
    }

    /// <summary>Item 1.</summary>
    private void CheckJoined(int node)
    {
        if (_movers.At(node) != Mover.None || _movers.IsToldTo(node) || _dag.GpusOf(node) is not GpuSet gpus
            || _dag.FactsOf(node).Input is not { IsParsed: true, Tensors: [NamedTensor taken] })
        {
            return;
        }

        var parts = new List<(int Node, TensorShape Shape)>();
        GpuSet whole = gpus;
        foreach (int link in _dag.Topology.In(node))
        {
            int source = Topology.Node(link);
            if (!_movers.Carries(link, node))
                continue;
            if (_movers.At(source) != Mover.None || _dag.GpusOf(source) is not GpuSet own
                || _dag.FactsOf(source).Output is not { IsParsed: true, Tensors: [NamedTensor yielded] })
            {
                return;
            }

            parts.Add((source, yielded.Shape));
            whole = whole.Intersect(own);
        }

        if (parts.Count < 2 || whole.ContainsAll(gpus) || JoinedAlong(taken.Shape, parts) is not string dimension)
            return;
        GpuSet all = GpuSet.UnionAll(parts.Select(part => _dag.GpusOf(part.Node)!));
        _inspection.NodeFault(
            node,
            "that [takes|take] whole what several GPUs hold parts of",
            Words.Invariant($"{Inspection.OneLine(dimension)}={taken.Shape[dimension]} of {parts.Count} parts: ")
                + $"add an All-Gather over GPUs {Inspection.OneLine(all.ToString())} before it");
        foreach ((int source, _) in parts)
            _inspection.MarkNode(source);
    }

    /// <summary>The one dimension whose sizes in the parts add up to the size of the whole; null where there is none.</summary>
    private static string? JoinedAlong(TensorShape whole, List<(int Node, TensorShape Shape)> parts)
    {
        string? along = null;
        foreach (Dimension dimension in whole.Dimensions)
        {
            if (whole[dimension.Name] is not long size || parts.Exists(part => part.Shape[dimension.Name] is null))
                return null;
            if (parts.TrueForAll(part => part.Shape[dimension.Name] == size))
                continue;
            if (along is not null || parts.Sum(part => (decimal)part.Shape[dimension.Name]!.Value) != size)
                return null;
            along = dimension.Name;
        }

        return along;
    }

    /// <summary>Item 2.</summary>
    private void CheckFed(int node)
    {
        if (!_movers.IsNamedCollective(node) || _movers.At(node) != Mover.Collective || _movers.IsToldTo(node)
            || _dag.GpusOf(node) is not GpuSet { Count: > 1 } gpus)
        {
            return;
        }

        GpuSet? before = Around(node, _dag.Topology.In(node)), after = Around(node, _dag.Topology.Out(node));
        if (before is not { IsEmpty: false } fed || fed.Intersect(gpus).IsEmpty)
            return;
        bool spreads = _dag.FactsOf(node).Collective == CollectiveKind.AllToAll || (after is not null && fed.Intersect(after).IsEmpty);
        GpuSet missing = gpus.Except(spreads && after is not null ? fed.Union(after) : fed);
        if (missing.IsEmpty || (spreads && after is null))
            return;
        _inspection.NodeFault(
            node,
            "with members that nothing feeds",
            $"{Remedy.Words(missing)}: lead what they compute into it, or leave them out of it");
    }

    /// <summary>The GPUs at the other ends of the links that carry data; null where one of them tells none or proves nothing.</summary>
    private GpuSet? Around(int node, ReadOnlySpan<int> links)
    {
        var sets = new List<GpuSet>();
        foreach (int link in links)
        {
            int other = Topology.Node(link);
            if (!_movers.Carries(link, node))
                continue;
            if (_movers.At(other) is Mover.End or Mover.Transfer || _dag.GpusOf(other) is not GpuSet gpus)
                return null;
            sets.Add(gpus);
        }

        return GpuSet.UnionAll(sets);
    }

    /// <summary>Item 3.</summary>
    private void CheckSummed(int node)
    {
        if (_movers.At(node) != Mover.None || _movers.IsToldTo(node) || (OperatorText.Read(_dag.FactsOf(node)) & TakesWhole) == 0)
            return;
        var partial = new List<int>();
        foreach (int link in _dag.Topology.In(node))
        {
            int source = Topology.Node(link);
            if (_movers.Carries(link, node) && _gpus.Shared(source, node) > 0 && YieldsPartialSums(source))
                partial.Add(source);
        }

        GpuSet gpus = GpuSet.UnionAll(partial.Select(source => _dag.GpusOf(source)!));
        if (gpus.Count < 2)
            return;
        _inspection.NodeFault(
            node,
            "that [takes|take] the partial sums of tensor parallelism",
            $"add an All-Reduce over GPUs {Inspection.OneLine(gpus.ToString())} between {_inspection.NodeText(partial[0])} and it");
        partial.ForEach(_inspection.MarkNode);
    }

    /// <summary>True for what a drawing calls tensor-parallel and multiplies by rows, where no collective takes it up.</summary>
    private bool YieldsPartialSums(int node)
    {
        if (!_partial.TryGetValue(node, out bool known))
            _partial.Add(node, known = FindPartialSums(node));
        return known;
    }

    private bool FindPartialSums(int node)
    {
        NodeFacts facts = _dag.FactsOf(node);
        if (_movers.At(node) != Mover.None || _movers.IsToldFrom(node) || !TensorParallelText.YieldsPartialSums(facts))
            return false;
        foreach (int link in _dag.Topology.Out(node))
        {
            if (_movers.At(Topology.Node(link)) is Mover.Collective or Mover.Transfer)
                return false;
        }

        return true;
    }
}
