using ParallelDag.Accounting;
using ParallelDag.Operators;
using ParallelDag.Strategies;
using ParallelDag.Tests.Support;

namespace ParallelDag.Tests.Accounting;

/// <summary>Published sizes; sources with each row.</summary>
public class ParameterCountTests
{
    private static ModelSpec Llama(int hidden, int layers, int heads, int kvHeads, int ffn, int vocab, MoeSpec? moe = null) => new()
    {
        Layers = layers,
        Hidden = hidden,
        Heads = heads,
        KvHeads = kvHeads,
        HeadDim = hidden / heads,
        Ffn = ffn,
        Vocab = vocab,
        Moe = moe,
    };

    // Meta's Llama 2 and 3 model cards and the safetensors headers of the published weights.
    [Theory]
    [InlineData(4096, 32, 32, 32, 11008, 32000, 6_738_415_616)]
    [InlineData(5120, 40, 40, 40, 13824, 32000, 13_015_864_320)]
    [InlineData(8192, 80, 64, 8, 28672, 32000, 68_976_648_192)]
    [InlineData(4096, 32, 32, 8, 14336, 128256, 8_030_261_248)]
    [InlineData(8192, 80, 64, 8, 28672, 128256, 70_553_706_496)]
    public void Llama_sizes_are_the_published_ones(int hidden, int layers, int heads, int kvHeads, int ffn, int vocab, long parameters) =>
        Assert.Equal(parameters, ParameterCount.Total(Llama(hidden, layers, heads, kvHeads, ffn, vocab)));

    // Jiang et al., "Mixtral of Experts", 2024: 46.7B in all, 12.9B active; exact numbers from the published weights.
    [Fact]
    public void Mixtral_has_46_7_billion_parameters_of_which_12_9_are_active()
    {
        ModelSpec mixtral = Llama(4096, 32, 32, 8, 14336, 32000, new MoeSpec { Experts = 8, TopK = 2, Ffn = 14336 });
        Assert.Equal(46_702_792_704, ParameterCount.Total(mixtral));
        Assert.Equal(12_879_925_248, ParameterCount.Active(mixtral));
    }

    // Narayanan et al., SC 2021, equation 2: P = 12*L*h^2*(1 + 13/(12h) + (V+s)/(12*L*h)) with V=51200, s=2048; it leaves out the final LayerNorm.
    [Theory]
    [InlineData(24, 2304, 24, 1_652_226_048)]
    [InlineData(48, 6144, 40, 18_449_743_872)]
    [InlineData(96, 12288, 80, 145_622_237_184)]
    public void Gpt_sizes_are_Megatrons_and_the_final_norm(int heads, int hidden, int layers, long parameters)
    {
        var gpt = new ModelSpec
        {
            Layers = layers,
            Hidden = hidden,
            Heads = heads,
            KvHeads = heads,
            HeadDim = hidden / heads,
            Ffn = 4 * hidden,
            GatedFfn = false,
            Vocab = 51200,
            TiedEmbeddings = true,
            QkvBias = true,
            OutputBias = true,
            FfnBias = true,
            NormBias = true,
            LearnedPositions = 2048,
        };
        Assert.Equal(parameters + (2L * hidden), ParameterCount.Total(gpt));
    }

    // Bytes of 16-bit cache: 2 * layers * KV heads * head width * 2.
    [Theory]
    [InlineData(4096, 32, 32, 32, 524_288)] // Llama-2-7B
    [InlineData(8192, 80, 64, 8, 327_680)] // Llama-2-70B, Llama-3.1-70B
    [InlineData(4096, 32, 32, 8, 131_072)] // Llama-3.1-8B, Mixtral-8x7B
    [InlineData(12288, 96, 96, 96, 4_718_592)] // GPT-3 175B
    public void KV_cache_per_token(int hidden, int layers, int heads, int kvHeads, long bytes) =>
        Assert.Equal(bytes, ParameterCount.KvCacheBytesPerToken(Llama(hidden, layers, heads, kvHeads, 4 * hidden, 32000)));

    /// <summary>The formulas and the operators count apart from each other; on one GPU they must meet.</summary>
    [Fact]
    public void Operators_hold_exactly_the_parameters_that_the_formula_counts()
    {
        for (int seed = 0; seed < 200; seed++)
        {
            ModelSpec model = TestPlans.Random(seed).Model;
            if (model.Moe is MoeSpec moe)
                model = model with { Moe = moe with { RedundantExperts = 0 } };
            DeploymentPlan plan = DeploymentPlan.Create(TestPlans.Of(model, new PhaseStrategy()));
            PhaseContext context = plan.Context(plan.PrefillLayout!);
            long bytes = Weights(EntrySection.Build(context)) + Weights(ExitSection.Build(context));
            for (int layer = 1; layer <= model.Layers; layer++)
                bytes += Weights(Blocks.Layer(context, model.IsMoeLayer(layer)));
            Assert.Equal(ParameterCount.Total(model) * model.DataType.Bytes(), bytes);
        }

        static long Weights(OperatorProgram program) => program.Steps.Sum(step => step.WeightBytes(0));
    }
}
