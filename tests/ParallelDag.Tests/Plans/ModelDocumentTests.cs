using ParallelDag.Documents;
using ParallelDag.Layers;
using ParallelDag.Plans;
using ParallelDag.Precisions;
using ParallelDag.Tests.Support;

namespace ParallelDag.Tests.Plans;

/// <summary>Models as plan files state them.</summary>
public class ModelDocumentTests
{
    [Fact]
    public void Every_model_can_be_written_by_hand_and_reads_back_equal()
    {
        int hybrids = 0;
        for (int seed = 0; seed < 500; seed++)
        {
            ModelSpec model = RandomModels.Draw(new Random(seed));
            DocumentMap section = ModelDocument.From(model);
            Assert.Equal(model, PlanTexts.Model(section, out IReadOnlyList<InputProblem> problems));
            Assert.Empty(problems);
            hybrids += section.Find("pattern") is null ? 0 : 1;
        }

        Assert.InRange(hybrids, 50, 450);
    }

    [Fact]
    public void A_model_with_modules_of_their_own_formats_is_beyond_plan_files()
    {
        ModelSpec model = TestPlans.Dense;
        ModelSpec own = model with
        {
            Layers = [.. model.Layers.Select(layer => layer with { Formats = [new ModuleFormat("self_attn.q_proj", NumberFormat.Fp8)] })],
        };
        Assert.False(ModelDocument.BeyondPlanFiles(model));
        Assert.True(ModelDocument.BeyondPlanFiles(own));
        Assert.Throws<InputException>(() => ModelDocument.From(own));
    }

    [Fact]
    public void A_pattern_repeats_over_the_layers()
    {
        ModelSpec model = PlanTexts.Model(Section("""
            pattern: linear, linear, attention/dense, none/moe
            """), out IReadOnlyList<InputProblem> problems)!;
        Assert.Empty(problems);
        Assert.Equal(
            ["gated delta net 2/4 + MoE 4 top 1", "gated delta net 2/4 + MoE 4 top 1", "GQA 4/2 + FFN 32", "MoE 4 top 1",
                "gated delta net 2/4 + MoE 4 top 1"],
            model.Layers.Select(layer => layer.ToString()));
    }

    [Theory]
    [InlineData("pattern: linaer", "'linaer' is no mixer; known are attention, linear, none")]
    [InlineData("pattern: linear/mo", "'mo' is no feed-forward part; known are dense, moe, none")]
    [InlineData("pattern: none/none", "a layer of none/none does nothing")]
    [InlineData("multiTokenLayers: 99", "99 is out of range; give 0 to 64")]
    [InlineData("norm: batch", "must be one of rms, layer, layerBias")]
    [InlineData("widnow: 3", "did you mean 'window'?")]
    public void A_mistake_says_what_to_write(string line, string message)
    {
        PlanTexts.Model(Section(line), out IReadOnlyList<InputProblem> problems);
        Assert.Contains(problems, problem => problem.Message.Contains(message, StringComparison.Ordinal));
    }

    /// <summary>A small hybrid with one more line; a list is separated by commas.</summary>
    private static DocumentMap Section(string line)
    {
        DocumentScalar Scalar(string text) => new(text, Quoted: false, default);
        DocumentMap Map(params (string Key, string Value)[] entries) =>
            new([.. entries.Select(entry => new DocumentEntry(entry.Key, default, Scalar(entry.Value)))], default);
        string[] halves = line.Trim().Split(": ", 2);
        DocumentNode value = halves[0] == "pattern" ? new DocumentList([.. halves[1].Split(", ").Select(Scalar)], default)
            : Scalar(halves[1]);
        DocumentMap linear =
            Map(("kind", "gatedDeltaNet"), ("keyHeads", "2"), ("valueHeads", "4"), ("keyHeadDim", "4"), ("valueHeadDim", "4"));
        DocumentMap plain = Map(("layers", "5"), ("hidden", "16"), ("heads", "4"), ("kvHeads", "2"), ("ffn", "32"), ("vocab", "100"));
        return new DocumentMap(
            [
                .. plain.Entries,
                new DocumentEntry("moe", default, Map(("experts", "4"), ("topK", "1"))),
                new DocumentEntry("mixers", default, new DocumentMap([new DocumentEntry("linear", default, linear)], default)),
                new DocumentEntry(halves[0], default, value),
            ],
            default);
    }
}
