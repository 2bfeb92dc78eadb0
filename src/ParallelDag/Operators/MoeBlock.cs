using ParallelDag.Collectives;
using ParallelDag.Graphs;
using ParallelDag.Meshes;
using ParallelDag.Tensors;

namespace ParallelDag.Operators;

/// <summary>
/// A mixture of experts: norm, gate, top-k selection, dispatch, experts, combine, weighted sum, the sum over tp that is owed, residual.
/// <para>
/// Dispatch and combine are the All-to-All of Shard(tokens) -> Shard(experts) and back over ep. The experts' FFN is split over tp (dedicated) or etp (folded)
/// and owes a sum over it: where those ranks hold the same tokens it rides as a Partial through the combine and is paid after the aggregation;
/// where each brings tokens of its own they are gathered before the experts and reduce-scattered after them.
/// </para>
/// </summary>
internal static class MoeBlock
{
    public static StepValue Add(ProgramBuilder program, PhaseContext context, StepValue stream)
    {
        MoeSpec moe = context.Model.Moe!;
        bool folded = context.Strategy.ExpertParallel == ExpertParallelMode.Folded;
        OperatorStep norm = Blocks.Norm(program, context, Ops.FfnNorm, "FFN Norm", stream);
        var normed = new StepValue(norm, stream.Tensor);
        StepValue tokens = folded
            ? normed
            : program.Redistribute(normed, context.Hidden, new CollectiveSite("ffn", "FFN input", PhaseContext.BySequence));

        ShardedTensor layout = tokens.Sharded;
        var routing = new Routing(moe, context.ExpertMesh, context.ExpertTensorAxis, layout);
        OperatorStep topK = Select(program, context, moe, tokens);
        OperatorStep? shared = moe.SharedFfn > 0 ? SharedExperts(program, context, moe, tokens, OwesSumOverTp(context, routing)) : null;

        ShardedTensor slots = TokensLike(layout, null, context.ElementBytes, ("top_k", moe.TopK), ("hidden", context.Model.Hidden));
        ShardedTensor returned = OwesSumOverTp(context, routing) ? slots.With((Axis.Tp, Placement.Partial)) : slots;
        IReadOnlyList<StepSource> outputs = Exchange(program, context, moe, routing, tokens, topK, slots, returned);
        return Aggregate(program, context, routing, returned, outputs, shared, stream);
    }

    /// <summary>True when experts owe a sum over their tensor-parallel ranks after the combine.</summary>
    private static bool PartialOverTensorAxis(PhaseContext context, Routing routing) =>
        context.ExpertMesh.Degree(context.ExpertTensorAxis) > 1 && routing.TensorRanksShareTokens;

    /// <summary>True when that sum is one over all tp ranks.</summary>
    private static bool OwesSumOverTp(PhaseContext context, Routing routing) =>
        PartialOverTensorAxis(context, routing) && context.Mesh.Degree(Axis.Tp) == context.ExpertMesh.Degree(context.ExpertTensorAxis);

    private static ShardedTensor TokensLike(ShardedTensor layout, string? name, int elementBytes, params (string, long)[] trailing) =>
        new(name, layout.Mesh, elementBytes, [.. layout.Dimensions.Take(2), .. trailing], layout.Placements);

    private static OperatorStep Select(ProgramBuilder program, PhaseContext context, MoeSpec moe, StepValue tokens)
    {
        const int IndexBytes = 4;
        ShardedTensor logits = TokensLike(tokens.Sharded, null, context.ElementBytes, ("experts", moe.Experts));
        OperatorStep gate = program.Add(
            Ops.Gate,
            "MLP Gate",
            context.Mesh,
            PhaseContext.BySequence,
            [ProgramBuilder.Data(tokens)],
            [logits],
            rank => Blocks.Linear(PhaseContext.LocalTokens(logits, rank), context.Model.Hidden, moe.Experts),
            _ => (((long)context.Model.Hidden * moe.Experts) + (moe.RouterBias ? moe.Experts : 0)) * context.ElementBytes);
        ShardedTensor chosen = TokensLike(tokens.Sharded, null, IndexBytes, ("top_k", moe.TopK));
        return program.Add(
            Ops.TopK,
            $"Top-{moe.TopK} Selection",
            context.Mesh,
            PhaseContext.BySequence,
            [new StepSource(gate, EdgeKind.Data, logits)],
            [chosen],
            kind: NodeKind.Routing);
    }

    /// <summary>Dispatch, experts, combine. Returns what the aggregation reads.</summary>
    private static IReadOnlyList<StepSource> Exchange(
        ProgramBuilder program, PhaseContext context, MoeSpec moe, Routing routing, StepValue tokens, OperatorStep topK, ShardedTensor slots, ShardedTensor returned)
    {
        DeviceMesh mesh = context.ExpertMesh;
        Axis tensorAxis = context.ExpertTensorAxis;
        ModelSpec model = context.Model;
        long rowBytes = (long)model.Hidden * context.ElementBytes;
        bool exchanged = mesh.Degree(Axis.Ep) > 1;
        bool gathered = mesh.Degree(tensorAxis) > 1 && !routing.TensorRanksShareTokens;
        TensorPlacement Placed(Placement tensor) => new(
            [.. new[] { (Axis.Ep, Placement.Shard("experts")), (tensorAxis, tensor) }.Where(placed => mesh.Degree(placed.Item1) > 1)]);

        var arriving = new RoutedTensor(Placed(gathered ? Placement.Shard("tokens") : Placement.Replicate), context.ElementBytes, model.Hidden, routing.Dispatched);
        StepSource choice = new(topK, EdgeKind.Data, topK.Outputs[0]);
        IReadOnlyList<StepSource> entering = [choice, ProgramBuilder.Data(tokens)];
        if (exchanged)
        {
            OperatorStep dispatch = program.AddCollective(
                Ops.Dispatch, Ops.Dispatch, "Dispatch All-to-All", CollectiveKind.AllToAll, mesh, [Axis.Ep], [], entering, [slots], [arriving],
                group => routing.Exchange(group, rowBytes, back: false));
            entering = [new StepSource(dispatch, EdgeKind.Data, arriving)];
        }

        var computing = new RoutedTensor(Placed(Placement.Replicate), context.ElementBytes, model.Hidden, routing.Computed);
        if (gathered)
        {
            OperatorStep gather = program.AddCollective(
                Ops.ExpertAllGather, Ops.ExpertAllGather, "All-Gather (expert tokens)", CollectiveKind.AllGather, mesh, [tensorAxis], [Axis.Ep],
                entering, [arriving], [computing], group => Sum(group, CollectiveKind.AllGather, arriving));
            entering = [new StepSource(gather, EdgeKind.Data, computing)];
        }

        IReadOnlyList<StepSource> leaving = [AddExperts(program, context, moe, routing, topK, entering, computing, new RoutedTensor(
            Placed(Placement.Partial), context.ElementBytes, model.Hidden, routing.Computed))];
        var returning = new RoutedTensor(Placed(gathered ? Placement.Shard("tokens") : Placement.Partial), context.ElementBytes, model.Hidden, routing.Dispatched);
        if (gathered)
        {
            OperatorStep scatter = program.AddCollective(
                Ops.ExpertReduceScatter, Ops.ExpertReduceScatter, "Reduce-Scatter (expert tokens)", CollectiveKind.ReduceScatter, mesh, [tensorAxis], [Axis.Ep],
                leaving, [leaving[0].Tensor], [returning], group => Sum(group, CollectiveKind.ReduceScatter, returning));
            leaving = [new StepSource(scatter, EdgeKind.Data, returning)];
        }

        if (!exchanged)
            return leaving;
        OperatorStep combine = program.AddCollective(
            Ops.Combine, Ops.Combine, "Combine All-to-All", CollectiveKind.AllToAll, mesh, [Axis.Ep], [], leaving, [returning], [returned],
            group => routing.Exchange(group, rowBytes, back: true));
        return [new StepSource(combine, EdgeKind.Data, returned)];
    }

    private static Traffic Sum(IReadOnlyList<int> group, CollectiveKind collective, ITensor piece)
    {
        long total = group.Sum(piece.LocalBytes);
        return new Traffic(total, CollectiveCost.WireBytes(collective, group.Count, total));
    }

    private static StepSource AddExperts(
        ProgramBuilder program, PhaseContext context, MoeSpec moe, Routing routing, OperatorStep topK, IReadOnlyList<StepSource> entering, RoutedTensor input, RoutedTensor output)
    {
        DeviceMesh mesh = context.ExpertMesh;
        Axis tensorAxis = context.ExpertTensorAxis;
        long hidden = context.Model.Hidden;
        int matrices = context.Model.GatedFfn ? 3 : 2, columns = matrices - 1;
        long Inner(int rank) => Partition.Size(moe.Ffn, mesh.Degree(tensorAxis), mesh.Coordinate(rank, tensorAxis));
        OperatorStep experts = program.Add(
            Ops.Experts,
            "Experts",
            mesh,
            [Axis.Ep],
            [.. entering, new StepSource(topK, EdgeKind.Gate, topK.Outputs[0])],
            [output],
            rank => matrices * Blocks.Linear(routing.Computed(rank).Sum(), hidden, Inner(rank)),
            rank => routing.Placement.Slots * ((matrices * hidden * Inner(rank)) + (moe.ExpertBias ? (columns * Inner(rank)) + hidden : 0)) * context.ElementBytes,
            inputs: [input],
            experts: rank => routing.Placement.ExpertsOf(mesh.Coordinate(rank, Axis.Ep)));
        return new StepSource(experts, EdgeKind.Data, output);
    }

    /// <summary>
    /// Experts that every token visits, as one FFN of their summed width. Split over tp where the routed experts owe a sum over tp too, so that one All-Reduce
    /// pays both; otherwise every rank runs them whole on its own tokens.
    /// </summary>
    private static OperatorStep SharedExperts(ProgramBuilder program, PhaseContext context, MoeSpec moe, StepValue tokens, bool split)
    {
        int tp = split ? context.Mesh.Degree(Axis.Tp) : 1;
        long hidden = context.Model.Hidden;
        int matrices = context.Model.GatedFfn ? 3 : 2;
        ShardedTensor output = tokens.Sharded.With((Axis.Tp, split ? Placement.Partial : tokens.Sharded.PlacementOn(Axis.Tp)));
        long Inner(int rank) => Partition.Size(moe.SharedFfn, tp, tp == 1 ? 0 : context.Mesh.Coordinate(rank, Axis.Tp));
        long gate = moe.SharedGate ? hidden : 0;
        return program.Add(
            Ops.SharedExperts,
            moe.SharedExperts > 1 ? $"{moe.SharedExperts} Shared Experts" : "Shared Expert",
            context.Mesh,
            split ? PhaseContext.BySequenceAndTensor : PhaseContext.BySequence,
            [ProgramBuilder.Data(tokens)],
            [output],
            rank => (matrices * Blocks.Linear(PhaseContext.LocalTokens(tokens.Sharded, rank), hidden, Inner(rank)))
                + Blocks.Linear(PhaseContext.LocalTokens(tokens.Sharded, rank), gate, 1),
            rank => ((matrices * hidden * Inner(rank)) + gate) * context.ElementBytes);
    }

    /// <summary>The weighted sum over top-k (2 operations per input element; the shared experts' output is one more input per token), the sum over tp, the residual.</summary>
    private static StepValue Aggregate(
        ProgramBuilder program, PhaseContext context, Routing routing, ShardedTensor slots, IReadOnlyList<StepSource> returned, OperatorStep? shared, StepValue stream)
    {
        bool owes = PartialOverTensorAxis(context, routing);
        Axis tensorAxis = context.ExpertTensorAxis;
        ShardedTensor summed = TokensLike(slots, null, context.ElementBytes, ("hidden", context.Model.Hidden));
        bool overTp = OwesSumOverTp(context, routing);
        OperatorStep aggregation = program.Add(
            Ops.ExpertAggregation,
            "Expert Aggregation",
            context.Mesh,
            PhaseContext.BySequence,
            shared is null ? returned : [.. returned, new StepSource(shared, EdgeKind.Data, shared.Outputs[0])],
            [summed],
            rank => 2 * ((Int128)slots.LocalElements(rank) + (shared is null ? 0 : summed.LocalElements(rank))),
            kind: NodeKind.Aggregation,
            inputs: shared is null
                ? [slots]
                : [TokensLike(slots, "routed", context.ElementBytes, ("top_k", slots.Dimensions[2].Size), ("hidden", context.Model.Hidden)),
                    TokensLike(slots, "shared", context.ElementBytes, ("hidden", context.Model.Hidden))]);

        var site = new CollectiveSite("ffn", "expert output", PhaseContext.BySequence);
        var value = new StepValue(aggregation, summed);
        if (owes && !overTp)
        {
            // etp is a proper part of tp: the sum is owed over the etp groups alone.
            OperatorStep reduce = program.AddCollective(
                site.Op(CollectiveKind.AllReduce), site.IdStem(CollectiveKind.AllReduce), site.Name(CollectiveKind.AllReduce), CollectiveKind.AllReduce,
                context.ExpertMesh, [tensorAxis], [], [ProgramBuilder.Data(value)], [summed], [summed],
                group =>
                {
                    long size = ((ITensor)summed).LocalBytes(group[0]);
                    return new Traffic(size, CollectiveCost.WireBytes(CollectiveKind.AllReduce, group.Count, size));
                });
            value = new StepValue(reduce, summed);
        }

        value = program.Redistribute(value, context.Stream, site);
        return Blocks.Residual(program, context, Ops.FfnResidual, value, stream);
    }
}
