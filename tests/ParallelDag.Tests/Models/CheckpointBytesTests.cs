using ParallelDag.Accounting;
using ParallelDag.Layers;
using ParallelDag.Operators;
using ParallelDag.Plans;
using ParallelDag.Precisions;
using ParallelDag.Tests.Support;

namespace ParallelDag.Tests.Models;

/// <summary>Bytes of published checkpoints, counted from the fields of their config.json.</summary>
public class CheckpointBytesTests
{
    // deepseek-ai/DeepSeek-V3: the published files hold 688,586,727,753 bytes, their headers included. The multi-token layer stores
    // embedding and head again and keeps eh_proj in 16 bits; the router's score correction has 32.
    [Fact]
    public void DeepSeek_V3_holds_what_its_files_hold()
    {
        ModelSpec model = PublishedConfigs.Read(PublishedConfigs.DeepSeekV3());

        Assert.Equal(673_150_611_808, ModelSize.WeightBytes(model));
        Assert.Equal(688_574_839_360, ModelSize.WeightBytes(model) + ModelSize.MultiTokenWeightBytes(model));
        Assert.Equal(671_026_419_200, ModelSize.Parameters(model));
        Assert.Equal(70_272, ModelSize.KvCacheBytesPerToken(model));
        Assert.Equal(2, model.LayerKinds.Count);
    }

    // openai/gpt-oss: model.safetensors.index.json, metadata.total_size.
    [Theory]
    [InlineData(36, 128, 65_248_815_744)]
    [InlineData(24, 32, 13_761_264_768)]
    public void Gpt_oss_quantises_its_experts_alone(int layers, int experts, long bytes)
    {
        ModelSpec model = PublishedConfigs.Read(PublishedConfigs.GptOss(layers, experts));

        Assert.Equal(bytes, ModelSize.WeightBytes(model));
        Assert.Equal((NumberFormat.Bf16, NumberFormat.MxFp4), (model.Precision.Weights, model.Precision.Experts));
        Assert.All(model.LayerKinds, layer => Assert.Empty(layer.Formats));
    }

    /// <summary>Bytes of a model whose every class has one format, term by term from the formulas of the formats.</summary>
    [Fact]
    public void Kimi_K2_5_has_int4_experts_in_groups_of_32()
    {
        ModelSpec model = PublishedConfigs.Read(PublishedConfigs.KimiK2(
            """
            "quantization_config":{"quant_method":"compressed-tensors","format":"pack-quantized","kv_cache_scheme":null,
              "config_groups":{"group_0":{"input_activations":null,"targets":["Linear"],
                "weights":{"dynamic":false,"group_size":32,"num_bits":4,"strategy":"group","symmetric":true,"type":"int"}}},
              "ignore":["lm_head","re:.*self_attn.*","re:.*shared_experts.*","re:.*mlp\\.(gate|up|gate_up|down)_proj.*"]}
            """));
        const long ExpertElements = 60L * 384 * 3 * 7168 * 2048;

        Assert.Equal((NumberFormat.Bf16, NumberFormat.Int4(32)), (model.Precision.Weights, model.Precision.Experts));
        Assert.All(model.LayerKinds, layer => Assert.Empty(layer.Formats));
        Assert.Equal((ExpertElements / 2) + (2 * ExpertElements / 32), ModelSize.WeightBytesByClass(model)[WeightClass.Expert]);

        // Everything else has 16 bits, and the score correction 32.
        Assert.Equal(
            (2 * (ModelSize.Parameters(model) - ExpertElements)) + (60 * 384 * 2) + (ExpertElements / 2) + (2 * ExpertElements / 32),
            ModelSize.WeightBytes(model));
    }

    // nvidia/Llama-3.1-70B-Instruct-FP8 and nvidia/Qwen3-235B-A22B-NVFP4: an fp8 cache of half the bytes.
    [Theory]
    [InlineData("FP8")]
    [InlineData("NVFP4")]
    public void Model_optimizer_states_weights_and_cache(string algorithm)
    {
        ModelSpec model = PublishedConfigs.Read(PublishedConfigs.Llama70B(
            $$"""
            "quantization_config":{"quant_method":"modelopt","quant_algo":"{{algorithm}}","kv_cache_quant_algo":"FP8",
              "exclude_modules":["lm_head"]}
            """));
        const long Ends = (2L * 128256 * 8192) + 8192, Norms = 80L * 2 * 8192;
        const long Linear = 80L * ((8192L * 8192 * 2) + (2 * 8192 * 1024) + (3 * 8192 * 28672));
        long linearBytes = algorithm == "FP8" ? Linear + (80 * 7 * 4) : (Linear / 2) + (Linear / 16) + (80 * 7 * 8);

        Assert.Equal((2 * (Ends + Norms)) + linearBytes, ModelSize.WeightBytes(model));
        Assert.Equal(163_840, ModelSize.KvCacheBytesPerToken(model));
    }

    // gpt-oss-120b, one token: four experts of three matrices of 2880 x 2880 in bf16, not all 128 of them (6.37 GB).
    [Fact]
    public void One_token_touches_the_experts_it_visits()
    {
        ModelSpec model = PublishedConfigs.Read(PublishedConfigs.GptOss(36, 128, "\"use_cache\":true"));
        OperatorStep experts = Experts(model, PhaseKind.Decode, promptLength: 1);

        Assert.Equal(4L * 3 * 2880 * 2880 * 2, Matrices(experts).Sum(weight => weight.TouchedBytes(0)));
        Assert.Equal(128L * 3 * 2880 * 2880 * 2, Matrices(experts).Sum(weight => weight.Bytes(0)));
    }

    // Mixtral 8x7B: 16,384 rows in one expert hold gate and up outputs of 2 * 14,336 elements each.
    [Fact]
    public void An_expert_holds_its_inner_rows()
    {
        var layer = new LayerSpec
        {
            Mixer = new GroupedAttention { Heads = 32, KvHeads = 8, HeadDim = 128 },
            FeedForward = new MoeFeedForward { ExpertCount = 1, TopK = 1, Ffn = 14336 },
        };
        var model = new ModelSpec { Hidden = 4096, Vocabulary = new VocabularySpec { Size = 32000 }, Layers = [layer] };

        Assert.Equal(896L << 20, Experts(model, PhaseKind.Prefill, promptLength: 16_384).Scratch!.LocalBytes(0));
    }

    private static IEnumerable<PlacedWeight> Matrices(OperatorStep step) => step.Weights.Where(weight => !weight.Spec.IsVector);

    private static OperatorStep Experts(ModelSpec model, PhaseKind phase, int promptLength)
    {
        var sections = new PhaseSections(
            model, new WorkloadSpec { Batch = 1, PromptLength = promptLength }, phase, new PhaseStrategy(), batch: 1);
        return sections.Kinds[0].Steps.Single(step => step.Experts is not null);
    }
}
