using ParallelDag.Collectives;
using ParallelDag.Graphs;
using ParallelDag.Meshes;
using ParallelDag.Tensors;

namespace ParallelDag.Operators;

/// <summary>
/// Attention of a layer: norm, column-parallel QKV projection, attention over the whole sequence, output projection, residual.
/// The placements of Q, K, V and of the output decide every collective:
/// sequence-sharded K and V must be whole (allGather, ring) or head-sharded over sp (ulysses) for attention; the output is Partial(tp) after a
/// row-parallel projection and must meet the stream's placement.
/// </summary>
internal static class AttentionBlock
{
    public static StepValue Add(ProgramBuilder program, PhaseContext context, StepValue stream)
    {
        OperatorStep norm = Blocks.Norm(program, context, Ops.AttentionNorm, "Attention Norm", stream);
        StepValue whole = program.Redistribute(
            new StepValue(norm, stream.Tensor), context.Hidden, new CollectiveSite("qkv", "attention input", PhaseContext.BySequence));

        ShardedTensor query = context.Heads("Q", "heads", context.Model.Heads, QueryDim(context.Model));
        IReadOnlyList<ShardedTensor> keyValue = context.KeyValue;
        OperatorStep projection = program.Add(
            Ops.QkvProjection,
            context.Mesh.Degree(Axis.Tp) > 1 ? "QKV Projection (column-parallel)" : "QKV Projection",
            context.Mesh,
            PhaseContext.BySequenceAndTensor,
            [ProgramBuilder.Data(whole)],
            [query, .. keyValue],
            rank => ProjectionFlops(context, query, rank),
            rank => ProjectionWeights(context, query, rank) * context.ElementBytes);

        StepValue output = Attend(program, context, new StepValue(projection, query), [.. keyValue.Select(tensor => new StepValue(projection, tensor))]);
        StepValue projected = ProjectOutput(program, context, output);
        return Blocks.Residual(program, context, Ops.AttentionResidual, projected, stream);
    }

    private static int QueryDim(ModelSpec model) => model.Mla?.QkHeadDim ?? model.HeadDim;

    private static int ValueDim(ModelSpec model) => model.Mla?.VHeadDim ?? model.HeadDim;

    /// <summary>The attention core between its sequence-parallel exchanges; the result has its heads sharded over tp.</summary>
    private static StepValue Attend(ProgramBuilder program, PhaseContext context, StepValue query, IReadOnlyList<StepValue> keyValue)
    {
        bool ulysses = context.Strategy.SpMethod == SequenceMethod.Ulysses && context.Mesh.Degree(Axis.Sp) > 1;
        var sources = new List<StepSource>();
        if (ulysses)
        {
            (query, keyValue) = ExchangeHeads(program, context, query, keyValue);
            sources.AddRange([ProgramBuilder.Data(query), .. keyValue.Select(ProgramBuilder.Data)]);
        }
        else if (context.Mesh.Degree(Axis.Sp) > 1 && context.Strategy.SpMethod == SequenceMethod.Ring)
        {
            sources.AddRange([ProgramBuilder.Data(query), .. keyValue.Select(ProgramBuilder.Data), .. PassAroundRing(program, context, keyValue)]);
            keyValue = [.. keyValue.Select(value => value with { Tensor = value.Sharded.With((Axis.Sp, Placement.Replicate)) })];
        }
        else
        {
            keyValue = program.Redistribute(
                keyValue,
                [.. keyValue.Select(value => value.Sharded.With((Axis.Sp, Placement.Replicate)))],
                new CollectiveSite("kv", context.Model.Mla is null ? "K and V" : "KV latent", [Axis.Tp]));
            sources.AddRange([ProgramBuilder.Data(query), .. keyValue.Select(ProgramBuilder.Data)]);
        }

        ModelSpec model = context.Model;
        var attended = new ShardedTensor(
            null, context.Mesh, context.ElementBytes, [.. query.Sharded.Dimensions.SkipLast(1), ("d_k", ValueDim(model))], query.Sharded.Placements);
        OperatorStep attention = program.Add(
            Ops.Attention,
            context.Phase == PhaseKind.Prefill ? "Attention (causal)" : "Attention (KV cache)",
            context.Mesh,
            PhaseContext.BySequenceAndTensor,
            sources,
            [attended],
            rank => 2 * Pairs(context, query.Sharded, rank) * query.Sharded.LocalSize(rank, 2) * (QueryDim(model) + ValueDim(model)),
            rank => model.AttentionSinks ? query.Sharded.LocalSize(rank, 2) * context.ElementBytes : 0,
            inputs: [query.Tensor, .. keyValue.Select(value => Cache(context, value.Sharded))]);
        var output = new StepValue(attention, attended);
        if (!ulysses)
            return output;
        ShardedTensor target = context.Heads(null, "heads", model.Heads, ValueDim(model));
        return program.Redistribute(output, target, new CollectiveSite("ulysses_all_to_all_out", "sequence for heads", [Axis.Tp], Ops.UlyssesAllToAll));
    }

    /// <summary>What attention reads of K or V: all positions that it sees, in decode the whole cache.</summary>
    private static ShardedTensor Cache(PhaseContext context, ShardedTensor tensor) => context.Phase == PhaseKind.Prefill
        ? tensor
        : new ShardedTensor(
            tensor.Name,
            tensor.Mesh,
            tensor.ElementBytes,
            [.. tensor.Dimensions.Select(dimension => dimension.Name == "seq_len" ? ("seq_len", context.AttendedLength) : dimension)],
            tensor.Placements);

    /// <summary>
    /// Query-key pairs of a rank, per head. Prefill: batch * S(S+1)/2 shared evenly over the ranks that split the sequence (zig-zag), as integers that sum
    /// to the whole; decode: batch * cache length.
    /// </summary>
    private static Int128 Pairs(PhaseContext context, ShardedTensor query, int rank)
    {
        Int128 batch = query.LocalSize(rank, 0);
        if (context.Phase == PhaseKind.Decode)
            return batch * context.AttendedLength;
        Int128 all = batch * context.SequenceLength * (context.SequenceLength + 1) / 2;
        return query.PlacementOn(Axis.Sp).Dimension == "seq_len"
            ? Partition.Size(all, context.Mesh.Degree(Axis.Sp), context.Mesh.Coordinate(rank, Axis.Sp))
            : all;
    }

    /// <summary>sp-1 steps in which every rank passes the K and V that it received last to its neighbour. Returns what attention reads of them.</summary>
    private static IEnumerable<StepSource> PassAroundRing(ProgramBuilder program, PhaseContext context, IReadOnlyList<StepValue> keyValue)
    {
        IReadOnlyList<ITensor> pieces = [.. keyValue.Select(value => value.Tensor)];
        IReadOnlyList<StepValue> passed = keyValue;
        var received = new List<StepSource>();
        for (int step = 1; step < context.Mesh.Degree(Axis.Sp); step++)
        {
            OperatorStep send = program.AddCollective(
                Ops.RingKv,
                $"{Ops.RingKv}_{step}",
                $"Ring Send/Recv K and V (step {step})",
                CollectiveKind.SendRecv,
                context.Mesh,
                [Axis.Sp],
                [Axis.Tp],
                [.. passed.Select(ProgramBuilder.Data)],
                pieces,
                pieces,
                group =>
                {
                    long total = group.Sum(rank => pieces.Sum(piece => piece.LocalBytes(rank)));
                    return new Traffic(total, total);
                });
            passed = [.. pieces.Select(piece => new StepValue(send, piece))];
            received.AddRange(passed.Select(ProgramBuilder.Data));
        }

        return received;
    }

    /// <summary>
    /// Ulysses: sequence-sharded Q, K, V become head-sharded over sp in one All-to-All. KV heads are replicated first where a rank has fewer than sp of them.
    /// </summary>
    private static (StepValue Query, IReadOnlyList<StepValue> KeyValue) ExchangeHeads(
        ProgramBuilder program, PhaseContext context, StepValue query, IReadOnlyList<StepValue> keyValue)
    {
        int slots = Math.Max(context.KvSlots, context.Mesh.Degree([Axis.Tp, Axis.Sp]));
        IReadOnlyList<StepValue> entering = [query, .. keyValue.Select(value => value with { Tensor = context.Heads(value.Tensor.Name, "kv_heads", slots, context.Model.HeadDim) })];
        IReadOnlyList<StepValue> exchanged = program.Redistribute(
            entering,
            [.. entering.Select(value => value.Sharded.With((Axis.Sp, Placement.Shard(value.Sharded.Dimensions[2].Name))))],
            new CollectiveSite("ulysses_all_to_all_in", "heads for sequence", [Axis.Tp], Ops.UlyssesAllToAll));
        return (exchanged[0], [.. exchanged.Skip(1)]);
    }

    /// <summary>
    /// allGather: the heads are gathered over tp and the projection is replicated. Otherwise it is row-parallel and owes a sum over tp,
    /// which the stream's placement turns into an All-Reduce or a Reduce-Scatter.
    /// </summary>
    private static StepValue ProjectOutput(ProgramBuilder program, PhaseContext context, StepValue attended)
    {
        ModelSpec model = context.Model;
        int tp = context.Mesh.Degree(Axis.Tp);
        bool replicated = tp == 1 || context.Strategy.AttentionOutput == AttentionOutput.AllGather;
        var site = new CollectiveSite("attention", "attention output", PhaseContext.BySequence);
        if (replicated)
            attended = program.Redistribute(attended, attended.Sharded.With((Axis.Tp, Placement.Replicate)), site);
        ShardedTensor output = context.Hidden.With((Axis.Tp, replicated ? Placement.Replicate : Placement.Partial));
        long Width(int rank) => attended.Sharded.LocalSize(rank, 2) * ValueDim(model);
        OperatorStep projection = program.Add(
            Ops.OutputProjection,
            replicated ? "Output Projection" : "Output Projection (row-parallel)",
            context.Mesh,
            replicated ? PhaseContext.BySequence : PhaseContext.BySequenceAndTensor,
            [ProgramBuilder.Data(attended)],
            [output],
            rank => Blocks.Linear(PhaseContext.LocalTokens(output, rank), Width(rank), model.Hidden),
            rank => ((Width(rank) * model.Hidden) + (model.OutputBias ? model.Hidden : 0)) * context.ElementBytes);
        return program.Redistribute(new StepValue(projection, output), context.Stream, site);
    }

    /// <summary>2mkn of the projections; inner norms 4 per element. MLA: every weight is used once per token.</summary>
    private static Int128 ProjectionFlops(PhaseContext context, ShardedTensor query, int rank)
    {
        ModelSpec model = context.Model;
        Int128 tokens = PhaseContext.LocalTokens(query, rank);
        long heads = query.LocalSize(rank, 2);
        if (model.Mla is MlaSpec mla)
        {
            Int128 flops = Blocks.Linear(tokens, model.Hidden, mla.LatentDim)
                + Blocks.Linear(tokens, mla.KvLoraRank, heads * (mla.QkNopeHeadDim + mla.VHeadDim))
                + Blocks.NormOperations(tokens * mla.KvLoraRank);
            return mla.QLoraRank is int rankQ
                ? flops + Blocks.Linear(tokens, model.Hidden, rankQ) + Blocks.Linear(tokens, rankQ, heads * mla.QkHeadDim) + Blocks.NormOperations(tokens * rankQ)
                : flops + Blocks.Linear(tokens, model.Hidden, heads * mla.QkHeadDim);
        }

        long kvHeads = context.KeyValue[0].LocalSize(rank, 2);
        return Blocks.Linear(tokens, model.Hidden, (heads + (2 * kvHeads)) * model.HeadDim)
            + (model.QkNorm ? Blocks.NormOperations(tokens * (heads + kvHeads) * model.HeadDim) : 0);
    }

    /// <summary>Weight elements of the projections on one rank. MLA: the down-projections are replicated over tp.</summary>
    private static long ProjectionWeights(PhaseContext context, ShardedTensor query, int rank)
    {
        ModelSpec model = context.Model;
        long hidden = model.Hidden, heads = query.LocalSize(rank, 2);
        if (model.Mla is MlaSpec mla)
        {
            long keyValue = (hidden * mla.LatentDim) + mla.KvLoraRank + (mla.KvLoraRank * heads * (mla.QkNopeHeadDim + mla.VHeadDim));
            return mla.QLoraRank is int rankQ
                ? keyValue + (hidden * rankQ) + rankQ + (rankQ * heads * mla.QkHeadDim)
                : keyValue + (hidden * heads * mla.QkHeadDim);
        }

        long columns = (heads + (2 * context.KeyValue[0].LocalSize(rank, 2))) * model.HeadDim;
        return (hidden * columns) + (model.QkvBias ? columns : 0) + (model.QkNorm ? 2L * model.HeadDim : 0);
    }
}
