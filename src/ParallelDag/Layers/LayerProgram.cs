using ParallelDag.Graphs;
using ParallelDag.Operators;

namespace ParallelDag.Layers;

/// <summary>
/// A layer as a program: its mixer and its feed-forward part, each with norms and residual as the layer's style has them.
/// </summary>
public static class LayerProgram
{
    /// <summary>The operators of a layer.</summary>
    public static OperatorProgram Build(PhaseContext context, LayerSpec spec)
    {
        var program = new ProgramBuilder();
        var layer = new LayerContext(context, spec);
        var stream = new StepValue(null, context.Stream);
        bool parallel = spec is { Style: LayerStyle.Parallel or LayerStyle.ParallelTwoNorms, Mixer: not null, FeedForward: not null };
        return program.Build(parallel
            ? AddParallel(program, layer, stream)
            : AddInSequence(program, layer, stream));
    }

    private static StepValue AddInSequence(ProgramBuilder program, LayerContext layer, StepValue stream)
    {
        if (layer.Spec.Mixer is Mixer mixer)
        {
            bool attention = mixer.Stem == "attention";
            StepValue normed = !layer.Spec.NormsBefore ? stream : layer.Norm(
                program, attention ? Ops.AttentionNorm : Ops.MixerNorm, attention ? "Attention Norm" : "Mixer Norm", stream);
            StepValue branch = mixer.Add(program, layer,
                Whole(program, layer, normed, attention ? "qkv" : "mixer_input", attention ? "attention input" : "mixer input"));
            if (layer.Spec.NormsBehind)
                branch = layer.Norm(program, Ops.AttentionPostNorm, "Attention Post-Norm", branch);
            stream = layer.Residual(program, attention ? Ops.AttentionResidual : Ops.MixerResidual, stream, branch);
        }

        if (layer.Spec.FeedForward is FeedForward feedForward)
        {
            StepValue normed = layer.Spec.NormsBefore ? layer.Norm(program, Ops.FfnNorm, "FFN Norm", stream) : stream;
            StepValue branch = feedForward.Add(
                program, layer, FeedForwardInput.Of(stream, normed, () => Whole(program, layer, normed, "ffn", "FFN input")));
            if (layer.Spec.NormsBehind)
                branch = layer.Norm(program, Ops.FfnPostNorm, "FFN Post-Norm", branch);
            stream = layer.Residual(program, Ops.FfnResidual, stream, branch);
        }

        return stream;
    }

    /// <summary>Both parts read the same stream; one residual takes both.</summary>
    private static StepValue AddParallel(ProgramBuilder program, LayerContext layer, StepValue stream)
    {
        StepValue normed = layer.Norm(program, Ops.AttentionNorm, "Attention Norm", stream);
        StepValue whole = Whole(program, layer, normed, "qkv", "attention input");
        StepValue mixed = layer.Spec.Mixer!.Add(program, layer, whole);
        FeedForwardInput input = FeedForwardInput.Of(stream, normed, () => whole);
        if (layer.Spec.Style == LayerStyle.ParallelTwoNorms)
        {
            StepValue second = layer.Norm(program, Ops.FfnNorm, "FFN Norm", stream);
            input = FeedForwardInput.Of(stream, second, () => Whole(program, layer, second, "ffn", "FFN input"));
        }

        StepValue computed = layer.Spec.FeedForward!.Add(program, layer, input);
        return layer.Residual(program, Ops.FfnResidual, stream, mixed, computed);
    }

    /// <summary>Normed hidden states whole on every tp rank: an All-Gather where norms are split over tp.</summary>
    private static StepValue Whole(ProgramBuilder program, LayerContext layer, StepValue normed, string stem, string subject) =>
        program.Redistribute(normed, layer.Phase.Hidden, new CollectiveSite(stem, subject, PhaseContext.BySequence));
}
