using ParallelDag.Graphs;
using ParallelDag.Meshes;
using ParallelDag.Operators;
using ParallelDag.Precisions;
using ParallelDag.Tensors;
using ParallelDag.Wording;

namespace ParallelDag.Layers;

/// <summary>
/// A mixture of E experts of inner width f, of which each token visits top-k: gate, top-k selection, dispatch, experts, combine, weighted
/// sum.
/// <code>
/// parameters  E*3*h*f (2*h*f plain; + biases) + h*E (+E router bias, +E score correction) + shared experts 3*h*fs (+h for a shared gate)
///             latent experts of width l: 2*h*l more, and l in place of h inside the experts
///             a dense FFN beside: its own
/// </code>
/// How tokens meet their experts is the phase's <c>dispatch</c> (<see cref="DispatchRule"/>).
/// </summary>
public sealed record MoeFeedForward : FeedForward
{
    /// <summary>Routed experts, E.</summary>
    public required int ExpertCount { get; init; }

    /// <summary>Experts that each token visits.</summary>
    public required int TopK { get; init; }

    /// <summary>Inner width of one routed expert.</summary>
    public required int Ffn { get; init; }

    /// <summary>True for three matrices an expert (gate, up, down), false for two.</summary>
    public bool Gated { get; init; } = true;

    /// <summary>Biases on the experts' linear layers (gpt-oss).</summary>
    public bool Bias { get; init; }

    /// <summary>A bias on the router's linear layer (gpt-oss).</summary>
    public bool RouterBias { get; init; }

    /// <summary>A 32-bit score correction per expert that steers the selection (DeepSeek-V3).</summary>
    public bool ScoreCorrection { get; init; }

    /// <summary>A scale a channel on the router's input and one an expert on its output (Gemma 4).</summary>
    public bool RouterScales { get; init; }

    /// <summary>Experts that every token visits, beside the routed ones.</summary>
    public int SharedExperts { get; init; }

    /// <summary>Inner width of all shared experts together; 0 without any.</summary>
    public int SharedFfn { get; init; }

    /// <summary>A linear gate of width 1 on the shared experts' output (Qwen2-MoE).</summary>
    public bool SharedGate { get; init; }

    /// <summary>Width of the tokens inside experts; 0: that of the stream (Nemotron-H's latent experts are narrower).</summary>
    public int LatentWidth { get; init; }

    /// <summary>
    /// Groups of experts of which a token's experts may lie in <see cref="GroupLimit"/>; 0: no limit (DeepSeek's node-limited routing).
    /// </summary>
    public int Groups { get; init; }

    /// <summary>The most groups that a token's experts may lie in; 0: no limit.</summary>
    public int GroupLimit { get; init; }

    /// <summary>A dense FFN beside the experts, both summed (Gemma 4, Arctic); null for none.</summary>
    public DenseFeedForward? Beside { get; init; }

    /// <summary>Norms on the branches of a dense FFN beside experts: behind each, and before the experts (Gemma 4).</summary>
    public bool BranchNorms { get; init; }

    /// <inheritdoc/>
    public override MoeFeedForward? GetExperts() => this;

    /// <inheritdoc/>
    public override IEnumerable<(string Key, string Message)> Faults() =>
    [
        .. SizeRule.Count("moe.experts", ExpertCount), .. SizeRule.Count("moe.topK", TopK), .. SizeRule.Width("moe.ffn", Ffn),
        .. SizeRule.Between("moe.sharedExperts", SharedExperts, 0, SizeRule.MaxCount),
            .. SizeRule.Between("moe.sharedFfn", SharedFfn, 0, SizeRule.MaxWidth),
        .. SizeRule.Between("moe.latent", LatentWidth, 0, SizeRule.MaxWidth),
        .. TopK > ExpertCount
            ? new[] { ("moe.topK",
                Words.Invariant($"topK {TopK} exceeds the {ExpertCount} experts; lower topK or raise experts")) } : [],
        .. Beside?.Faults() ?? [],
    ];

    /// <inheritdoc/>
    public override IEnumerable<WeightSpec> Weights(int hidden) =>
        [.. Router(hidden), .. LatentDown(hidden), .. LatentUp(hidden), .. ExpertMatrices(hidden), .. Shared(hidden),
            .. Beside?.Weights(hidden) ?? []];

    /// <inheritdoc/>
    public override IEnumerable<(string Key, string Message)> Refusals(PhaseKind phase, PhaseStrategy strategy)
    {
        bool folded = strategy.ExpertParallel == ExpertParallelMode.Folded;
        (string key, int tensor) = folded ? ("etp", strategy.Etp) : ("tp", strategy.Tp);
        if (Ffn % tensor != 0)
            yield return (key, $"an expert FFN of {Ffn} does not divide evenly over {key} {tensor}; choose one that divides model.moe.ffn");
        foreach ((string, string) refusal in Beside?.Refusals(phase, strategy) ?? [])
            yield return refusal;
    }

    /// <summary>Parameters that one token uses: top-k experts in place of all of them, the rest in full.</summary>
    /// <param name="hidden">Width of the stream.</param>
    public long ActiveElements(int hidden)
    {
        long elements = 0;
        foreach (WeightSpec weight in Weights(hidden))
            elements = checked(elements
                + (weight.Module.StartsWith(ExpertModules, StringComparison.Ordinal) ? weight.Elements / ExpertCount * TopK
                : weight.Elements));
        return elements;
    }

    /// <summary><c>MoE 256 top 8</c>.</summary>
    public override string ToString() => Words.Invariant($"MoE {ExpertCount} top {TopK}");

    /// <inheritdoc/>
    internal override StepValue Add(ProgramBuilder program, LayerContext layer, FeedForwardInput input)
    {
        PhaseContext context = layer.Phase;
        StepValue normed = BranchNorms ? layer.Norm(program, Ops.ExpertNorm, "Expert Norm", input.Stream) : input.Normed;

        var rule = new DispatchRule(context);
        StepValue tokens = rule.TakesStream ? normed
            : BranchNorms ? program.Redistribute(normed, context.Hidden,
                new CollectiveSite("expert_input", "expert input", PhaseContext.BySequence))
            : input.Whole();
        ExpertExchange exchange = ExpertExchange.Of(rule, program, layer, this, tokens);
        OperatorStep topK = AddSelection(program, layer, tokens);
        OperatorStep? shared = SharedFfn > 0 ? AddShared(program, layer, tokens, exchange.OwesSumOverTp) : null;
        StepValue latent = LatentWidth == 0 ? tokens
            : AddLatent(program, layer, tokens, Ops.LatentDown, "Latent Down-Projection", LatentWidth, LatentDown(context.HiddenSize));
        StepValue summed = exchange.Add(latent, topK, shared, out bool sharedJoined);
        if (LatentWidth > 0)
            summed = AddLatent(program, layer, summed, Ops.LatentUp, "Latent Up-Projection", context.HiddenSize,
                LatentUp(context.HiddenSize));
        if (shared is not null && !sharedJoined)
            summed = AddBranches(
                program, layer, "branch_add_shared", "Branch Add (shared experts)", summed, new StepValue(shared, shared.Outputs[0]));

        StepValue routed = exchange.PaySum(summed, new CollectiveSite("ffn", "expert output", PhaseContext.BySequence));
        return Beside is null ? routed : AddBeside(program, layer, input, routed);
    }

    /// <summary>The experts' matrices and biases; a matrix an expert.</summary>
    internal IEnumerable<WeightSpec> ExpertMatrices(int hidden)
    {
        long width = LatentWidth == 0 ? hidden : LatentWidth;
        foreach (string module in Gated ? new[] { "gate_proj", "up_proj" } : ["up_proj"])
        {
            yield return new WeightSpec(ExpertModules + module, WeightClass.Expert, Ffn, width) { Count = ExpertCount,
                Split = WeightSplit.Rows };
            if (Bias)
                yield return new WeightSpec($"{ExpertModules}{module}.bias", WeightClass.Small, Ffn, 1) { Count = ExpertCount,
                    Split = WeightSplit.Rows };
        }

        yield return new WeightSpec(ExpertModules + "down_proj", WeightClass.Expert, width, Ffn) { Count = ExpertCount,
            Split = WeightSplit.Columns };
        if (Bias)
            yield return new WeightSpec(ExpertModules + "down_proj.bias", WeightClass.Small, width, 1) { Count = ExpertCount };
    }

    private const string ExpertModules = "mlp.experts.";

    private OperatorStep AddSelection(ProgramBuilder program, LayerContext layer, StepValue tokens)
    {
        PhaseContext context = layer.Phase;
        ShardedTensor logits = LayerContext.TokensLike(tokens.Sharded, null, context.Precision.Activations, ("experts", ExpertCount));
        IReadOnlyList<PlacedWeight> weights = layer.Place(Router(context.HiddenSize), axis: null);
        OperatorStep gate = program.Add(new OperatorStep
        {
            Op = Ops.Gate,
            Name = "MLP Gate",
            Mesh = context.Mesh,
            Split = PhaseContext.BySequence,
            Sources = [StepSource.Data(tokens)],
            Outputs = [logits],
            Weights = weights,
            Work = [new LinearWork(logits, weights)],
        });
        return program.Add(new OperatorStep
        {
            Op = Ops.TopK,
            Name = $"Top-{TopK} Selection",
            Kind = NodeKind.Routing,
            Mesh = context.Mesh,
            Split = PhaseContext.BySequence,
            Sources = [StepSource.Data(gate)],
            Outputs = [LayerContext.TokensLike(tokens.Sharded, null, NumberFormat.Int32, ("top_k", TopK))],
        });
    }

    /// <summary>
    /// Experts that every token visits, as one FFN of their summed width. Split over tp where the routed experts owe a sum over tp too, so
    /// that one All-Reduce
    /// pays both; otherwise every rank runs them whole on its own tokens.
    /// </summary>
    private OperatorStep AddShared(ProgramBuilder program, LayerContext layer, StepValue tokens, bool split)
    {
        PhaseContext context = layer.Phase;
        int tp = split ? context.Mesh.Degree(Axis.Tp) : 1;
        IReadOnlyList<PlacedWeight> weights = layer.Place(Shared(context.HiddenSize), split ? Axis.Tp : null);
        ShardedTensor inner =
            LayerContext.TokensLike(tokens.Sharded, null, context.Precision.Activations, ("ffn", (long)SharedFfn * (Gated ? 2 : 1)));
        return program.Add(new OperatorStep
        {
            Op = Ops.SharedExperts,
            Name = SharedExperts > 1 ? $"{SharedExperts} Shared Experts" : "Shared Expert",
            Mesh = context.Mesh,
            Split = split ? PhaseContext.BySequenceAndTensor : PhaseContext.BySequence,
            Sources = [StepSource.Data(tokens)],
            Outputs = [tokens.Sharded.With((Axis.Tp, tp > 1 ? Placement.Partial : tokens.Sharded.PlacementOn(Axis.Tp)))],
            Scratch = tp > 1 ? inner.With((Axis.Tp, Placement.Shard("ffn"))) : inner,
            Weights = weights,
            Work = [new LinearWork(tokens.Sharded, weights)],
        });
    }

    /// <summary>A projection of tokens into the experts' width or back; replicated over tp.</summary>
    private static StepValue AddLatent(
        ProgramBuilder program, LayerContext layer, StepValue tokens, string op, string name, int width, IEnumerable<WeightSpec> weights)
    {
        ShardedTensor output = LayerContext.TokensLike(tokens.Sharded, null, layer.Phase.Precision.Activations, ("hidden", width));
        IReadOnlyList<PlacedWeight> placed = layer.Place(weights, axis: null);
        OperatorStep projection = program.Add(new OperatorStep
        {
            Op = op,
            Name = name,
            Mesh = layer.Phase.Mesh,
            Split = PhaseContext.BySequence,
            Sources = [StepSource.Data(tokens)],
            Outputs = [output],
            Weights = placed,
            Work = [new LinearWork(output, placed)],
        });
        return new StepValue(projection, output);
    }

    /// <summary>The dense branch, and the sum of both.</summary>
    private StepValue AddBeside(ProgramBuilder program, LayerContext layer, FeedForwardInput input, StepValue routed)
    {
        StepValue dense = Beside!.AddBetween(
            program, layer, input,
            new CollectiveSite("dense_input", "dense FFN input", PhaseContext.BySequence, Ops.FfnAllGather),
            new CollectiveSite("dense", "dense FFN output", PhaseContext.BySequence));
        if (BranchNorms)
        {
            dense = layer.Norm(program, Ops.DensePostNorm, "Dense Post-Norm", dense);
            routed = layer.Norm(program, Ops.ExpertPostNorm, "Expert Post-Norm", routed);
        }

        return AddBranches(program, layer, Ops.BranchAdd, "Branch Add", dense, routed);
    }

    /// <summary>The sum of two branches in one layout: one operation per element.</summary>
    private static StepValue AddBranches(
        ProgramBuilder program, LayerContext layer, string idStem, string name, StepValue left, StepValue right)
    {
        OperatorStep sum = program.Add(new OperatorStep
        {
            Op = Ops.BranchAdd,
            IdStem = idStem,
            Name = name,
            Mesh = layer.Phase.Mesh,
            Split = PhaseContext.BySequence,
            Sources = [StepSource.Data(left), StepSource.Data(right)],
            Inputs = [left.Tensor],
            Outputs = [left.Tensor],
            Work = [new ElementWork(left.Tensor, 1)],
        });
        return new StepValue(sum, left.Tensor);
    }

    private IEnumerable<WeightSpec> Router(int hidden)
    {
        yield return new WeightSpec("mlp.gate", WeightClass.Router, ExpertCount, hidden);
        if (RouterBias)
            yield return WeightSpec.Vector("mlp.gate.bias", WeightClass.Router, ExpertCount);
        if (ScoreCorrection)
            yield return WeightSpec.Vector("mlp.gate.e_score_correction_bias", WeightClass.Router,
                ExpertCount) with { Format = NumberFormat.Fp32 };
        if (RouterScales)
            yield return WeightSpec.Vector("mlp.gate.scales", WeightClass.Router, hidden + (long)ExpertCount);
    }

    private IEnumerable<WeightSpec> LatentDown(int hidden) =>
        LatentWidth == 0 ? [] : [new("mlp.fc1_latent_proj", WeightClass.Dense, LatentWidth, hidden)];

    private IEnumerable<WeightSpec> LatentUp(int hidden) =>
        LatentWidth == 0 ? [] : [new("mlp.fc2_latent_proj", WeightClass.Dense, hidden, LatentWidth)];

    private IEnumerable<WeightSpec> Shared(int hidden)
    {
        if (SharedFfn == 0)
            yield break;
        foreach (string module in Gated ? new[] { "gate_proj", "up_proj" } : ["up_proj"])
            yield return new WeightSpec("mlp.shared_experts." + module, WeightClass.Shared, SharedFfn, hidden) { Split = WeightSplit.Rows };
        yield return new WeightSpec("mlp.shared_experts.down_proj", WeightClass.Shared, hidden, SharedFfn) { Split = WeightSplit.Columns };
        if (SharedGate)
            yield return new WeightSpec("mlp.shared_expert_gate", WeightClass.Small, 1, hidden);
    }
}
