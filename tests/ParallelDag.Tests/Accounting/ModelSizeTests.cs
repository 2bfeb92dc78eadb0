using ParallelDag.Accounting;
using ParallelDag.Layers;
using ParallelDag.Operators;
using ParallelDag.Plans;
using ParallelDag.Tests.Support;

namespace ParallelDag.Tests.Accounting;

/// <summary>Published sizes; sources with each row.</summary>
public class ModelSizeTests
{
    private static ModelSpec Llama(int hidden, int layers, int heads, int kvHeads, int ffn, int vocab, MoeFeedForward? moe = null) =>
        new ModelOutline
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
        Assert.Equal(parameters, ModelSize.Parameters(Llama(hidden, layers, heads, kvHeads, ffn, vocab)));

    // Jiang et al., "Mixtral of Experts", 2024: 46.7B in all, 12.9B active; exact numbers from the published weights.
    [Fact]
    public void Mixtral_has_46_7_billion_parameters_of_which_12_9_are_active()
    {
        ModelSpec mixtral = Llama(4096, 32, 32, 8, 14336, 32000, new MoeFeedForward { ExpertCount = 8, TopK = 2, Ffn = 14336 });
        Assert.Equal(46_702_792_704, ModelSize.Parameters(mixtral));
        Assert.Equal(12_879_925_248, ModelSize.ActiveParameters(mixtral));
    }

    // Narayanan et al., SC 2021, equation 2: P = 12*L*h^2*(1 + 13/(12h) + (V+s)/(12*L*h)) with V=51200, s=2048; it leaves out the final
    // LayerNorm.
    [Theory]
    [InlineData(24, 2304, 24, 1_652_226_048)]
    [InlineData(48, 6144, 40, 18_449_743_872)]
    [InlineData(96, 12288, 80, 145_622_237_184)]
    public void Gpt_sizes_are_Megatrons_and_the_final_norm(int heads, int hidden, int layers, long parameters)
    {
        var gpt = new ModelOutline
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
            Norm = NormKind.LayerBias,
            LearnedPositions = 2048,
        };
        Assert.Equal(parameters + (2L * hidden), ModelSize.Parameters(gpt));
    }

    // Bytes of 16-bit cache: 2 * layers * KV heads * head width * 2.
    [Theory]
    [InlineData(4096, 32, 32, 32, 524_288)] // Llama-2-7B
    [InlineData(8192, 80, 64, 8, 327_680)] // Llama-2-70B, Llama-3.1-70B
    [InlineData(4096, 32, 32, 8, 131_072)] // Llama-3.1-8B, Mixtral-8x7B
    [InlineData(12288, 96, 96, 96, 4_718_592)] // GPT-3 175B
    public void KV_cache_per_token(int hidden, int layers, int heads, int kvHeads, long bytes) =>
        Assert.Equal(bytes, ModelSize.KvCacheBytesPerToken(Llama(hidden, layers, heads, kvHeads, 4 * hidden, 32000)));

    /// <summary>
    /// Three layers of Qwen3-Next's gated delta net, one of its attention and one FFN alone. A state is 32*128*128 values and 3 positions
    /// of 2*16*128 + 32*128 channels, 1,097,728 bytes of bf16 a layer and sequence; keys and values are 2*2*256 values a token.
    /// </summary>
    [Fact]
    public void A_recurrence_keeps_a_state_a_sequence_and_attention_keeps_every_token()
    {
        LayerSpec[] layers =
        [
            .. Enumerable.Repeat(new LayerSpec
            {
                Mixer = new GatedDeltaNet { KeyHeads = 16, ValueHeads = 32, KeyHeadDim = 128, ValueHeadDim = 128, ConvolutionKernel = 4 },
            }, 3),
            new LayerSpec { Mixer = new GroupedAttention { Heads = 16, KvHeads = 2, HeadDim = 256 } },
            new LayerSpec { FeedForward = new DenseFeedForward { Ffn = 512 } },
        ];
        ModelSpec model = new ModelOutline { Hidden = 2048 }.ToModel() with { Layers = [.. layers] };
        Assert.Equal(3 * 1_097_728, ModelSize.StateBytesPerSequence(model));
        Assert.Equal(2048, ModelSize.KvCacheBytesPerToken(model));
        Assert.Equal((3 * 1_097_728) + (1000 * 2048), ModelSize.CacheBytesOfSequence(model, 1000));
    }

    /// <summary>A tied embedding is the LM head, which is multiplied with; one of its own is only looked up.</summary>
    [Theory]
    [InlineData(true, 0)]
    [InlineData(false, 1001 * 64)]
    public void The_input_embedding_is_not_multiplied_with_unless_it_is_the_LM_head(bool tied, long lookedUp)
    {
        ModelSpec model = TestPlans.Dense with { TiedEmbeddings = tied };
        Assert.Equal(lookedUp, ModelSize.ActiveParameters(model) - ModelSize.ActiveParametersWithoutEmbedding(model));
    }

    /// <summary>What one GPU holds for its operators is what the layers declare.</summary>
    [Fact]
    public void Operators_on_one_GPU_hold_exactly_the_weights_that_the_layers_declare()
    {
        for (int seed = 0; seed < 200; seed++)
        {
            ModelSpec model = TestPlans.Random(seed).Model;
            DeploymentPlan plan = DeploymentPlan.Create(TestPlans.Of(model, new PhaseStrategy(), new PhaseStrategy()));
            foreach (PhaseLayout layout in plan.Phases)
            {
                PhaseSections sections = plan.Sections(layout);
                long bytes = Weights(sections.Entry) + Weights(sections.Exit);
                for (int layer = 1; layer <= model.Layers.Count; layer++)
                    bytes += Weights(sections.Layer(layer));
                Assert.True(ModelSize.WeightBytes(model) == bytes,
                    $"seed {seed} {layout.Phase}: {ModelSize.WeightBytes(model)} declared, {bytes} held: {model}");
            }
        }

        static long Weights(OperatorProgram program) => program.Steps.Sum(step => step.WeightBytes(0));
    }
}
