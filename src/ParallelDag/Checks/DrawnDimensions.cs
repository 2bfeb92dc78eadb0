using ParallelDag.Graphs;
using ParallelDag.Wording;

namespace ParallelDag.Checks;

/// <summary>
/// PD005 for a drawing that tells no placements: what people and language models write. An edge contradicts itself when a tensor of the
/// producer and one of the consumer have the same dimension names, no such pair has the same sizes, and nothing between them can account
/// for it. What can: a node that is fed by several producers or feeds several consumers (a gather or a split, which leaves its consumers no
/// more than it has), an end that is communication, routing or aggregation, and a cache, which holds fewer heads than the queries have.
/// </summary>
internal static class DrawnDimensions
{
    /// <summary>Fails on a contradiction, else is skipped.</summary>
    public static CheckResult Check(Inspection inspection)
    {
        Dag dag = inspection.Dag;
        Topology graph = dag.Topology;
        long agree = 0, edges = 0;
        for (int node = 0; node < dag.NodeCount; node++)
        {
            inspection.Step(node);
            NodeFacts producer = dag.FactsOf(node);
            int first = graph.FirstEdge(node);
            ReadOnlySpan<int> links = graph.Out(node);
            for (int i = 0; i < links.Length; i++)
            {
                if (Topology.Kind(links[i]) is not (EdgeKind.Data or EdgeKind.Pipeline))
                    continue;
                edges++;
                int target = Topology.Node(links[i]);
                NodeFacts consumer = dag.FactsOf(target);
                bool? fits = Fits(producer.Output, consumer.Input);
                agree += fits == true ? 1 : 0;
                if (fits != false || IsCache(producer.Name) || IsCache(consumer.Name) || graph.InDegree(target) > 1
                    || (graph.OutDegree(node) > 1 && !TakesMore(producer.Output, consumer.Input)) || Reshapes(producer.Kind)
                    || Reshapes(consumer.Kind))
                    continue;
                inspection.EdgeFault(node, first + i, "whose consumer takes other dimensions",
                    Inspection.OneLine($"{producer.Output} for {consumer.Input}"));
                inspection.MarkNode(node);
                inspection.MarkNode(target);
            }
        }

        return inspection.HasFaults ? inspection.Conclude("")
            : inspection.Skip(
                $"placements in the graph; dimensions agree along {LayerBlocks.Number(agree)} of {Words.Count(edges, "data edge")}");
    }

    /// <summary>
    /// True when of tensors with the same dimensions the consumer's has more of some, which no split of the producer's explains.
    /// </summary>
    private static bool TakesMore(TensorList output, TensorList input) =>
        output.Tensors is [NamedTensor yielded] && input.Tensors is [NamedTensor taken]
        && yielded.Shape.Dimensions.Zip(taken.Shape.Dimensions).Any(pair => pair.Second.Size > pair.First.Size);

    private static bool IsCache(string name) => name.Contains("cache", StringComparison.OrdinalIgnoreCase);

    private static bool Reshapes(NodeKind kind) => kind is NodeKind.Communication or NodeKind.Routing or NodeKind.Aggregation;

    /// <summary>
    /// True when some pair of tensors agrees, false when some have the same names but none agrees, null when nothing can be compared.
    /// </summary>
    private static bool? Fits(TensorList output, TensorList input)
    {
        bool? fits = null;
        foreach (NamedTensor yielded in output.Tensors)
        {
            foreach (NamedTensor taken in input.Tensors)
            {
                if (yielded.Name is not null && taken.Name is not null && yielded.Name != taken.Name)
                    continue;
                if (!yielded.Shape.Dimensions.Select(dimension => dimension.Name)
                    .SequenceEqual(taken.Shape.Dimensions.Select(dimension => dimension.Name)))
                    continue;
                bool same = yielded.Shape.Dimensions.Zip(taken.Shape.Dimensions)
                    .All(pair => pair.First.Size is null || pair.Second.Size is null || pair.First.Size == pair.Second.Size);
                if (same)
                    return true;
                fits = false;
            }
        }

        return fits;
    }
}
