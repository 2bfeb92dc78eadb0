using ParallelDag.Accounting;
using ParallelDag.Layers;

namespace ParallelDag.Tests.Models;

/// <summary>Which layer of a family is of which kind, and what a sequence of them keeps in the cache.</summary>
public class FamilyLayerTests
{
    private const double GiB = 1L << 30;

    [Theory]
    [InlineData("gpt-oss-120b", Configs.GptOss120B, 131_072, 9.0, 4.50)]
    [InlineData("gemma-3-27b", Configs.Gemma3, 131_072, 62.0, 10.4)]
    [InlineData("Mistral-7B-v0.1", """
        {"model_type":"mistral","hidden_size":4096,"intermediate_size":14336,"num_attention_heads":32,"num_hidden_layers":32,
         "num_key_value_heads":8,"vocab_size":32000,"sliding_window":4096}
        """, 32_768, 4.0, 0.5)]
    public void Windows_bound_the_cache(string checkpoint, string config, long tokens, double full, double windowed)
    {
        ModelSpec model = Configs.Read(config);
        Assert.True(Math.Abs((ModelSize.KvCacheBytesPerToken(model) * tokens / GiB) - full) < 0.005, checkpoint);
        Assert.True(Math.Abs((ModelSize.CacheBytesOfSequence(model, tokens) / GiB) - windowed) < 0.05, checkpoint);
    }

    [Fact]
    public void The_latent_cache_of_DeepSeek_V3_is_70_272_bytes_a_token() =>
        Assert.Equal(70_272, ModelSize.KvCacheBytesPerToken(Configs.Read("""{"model_type":"deepseek_v3",""" + Configs.DeepSeekV3 + "}")));

    [Fact]
    public void Llama_3_1_70B_keeps_327_680_bytes_a_token_in_bf16()
    {
        ModelSpec model = Configs.Read("""
            {"model_type":"llama","hidden_size":8192,"intermediate_size":28672,"num_attention_heads":64,"num_hidden_layers":80,
             "num_key_value_heads":8,"vocab_size":128256}
            """);
        Assert.Equal(2 * 163_840, ModelSize.KvCacheBytesPerToken(model));
    }

    [Theory]
    [InlineData("""{"model_type":"gemma2","num_hidden_layers":6}""", 4096, "1 3 5")]
    [InlineData("""{"model_type":"gemma3_text","num_hidden_layers":7,"sliding_window":512}""", 512, "1 2 3 4 5 7")]
    [InlineData("""{"model_type":"gemma3_text","num_hidden_layers":4,"sliding_window_pattern":2}""", 4096, "1 3")]
    [InlineData("""
        {"model_type":"gemma3_text","num_hidden_layers":3,"layer_types":["full_attention","sliding_attention","full_attention"]}
        """, 4096, "2")]
    [InlineData("""
        {"model_type":"cohere2","num_hidden_layers":5,"hidden_size":64,"intermediate_size":64,"num_attention_heads":2,"vocab_size":8}
        """, 4096, "1 2 3 5")]
    [InlineData("""
        {"model_type":"qwen2","num_hidden_layers":3,"hidden_size":64,"intermediate_size":64,"num_attention_heads":2,"vocab_size":8,
         "sliding_window":4096,"use_sliding_window":false,"max_window_layers":1}
        """, 0, "")]
    [InlineData("""
        {"model_type":"qwen2","num_hidden_layers":3,"hidden_size":64,"intermediate_size":64,"num_attention_heads":2,"vocab_size":8,
         "sliding_window":4096,"use_sliding_window":true,"max_window_layers":1}
        """, 4096, "2 3")]
    public void Windows_stand_on_the_right_layers(string config, int window, string layers)
    {
        ModelSpec model = Configs.Read(config);
        IEnumerable<int> local = Enumerable.Range(1, model.Layers.Count)
            .Where(layer => ((GroupedAttention)model.Layer(layer).Mixer!).Window > 0).ToArray();
        Assert.Equal(layers, string.Join(' ', local));
        Assert.All(local, layer => Assert.Equal(window, ((GroupedAttention)model.Layer(layer).Mixer!).Window));
    }

    [Fact]
    public void Llama_4_attends_in_chunks_except_on_every_fourth_layer()
    {
        ModelSpec model = Configs.Read("""
            {"model_type":"llama4_text","hidden_size":64,"intermediate_size":32,"intermediate_size_mlp":96,"num_attention_heads":4,
             "num_key_value_heads":2,"num_hidden_layers":8,"num_local_experts":4,"interleave_moe_layer_step":2,"attention_chunk_size":16,
             "vocab_size":10}
            """);
        Assert.Equal([4, 8], Enumerable.Range(1, 8).Where(layer => ((GroupedAttention)model.Layer(layer).Mixer!).Chunk == 0));
        Assert.Equal([2, 4, 6, 8], Enumerable.Range(1, 8).Where(layer => model.Layer(layer).HasExperts));
        Assert.Equal(new DenseFeedForward { Ffn = 96 }, model.Layer(1).FeedForward);
    }

    [Fact]
    public void GLM_5_shares_the_choice_of_an_indexer()
    {
        ModelSpec model = Configs.Read("""
            {"model_type":"glm_moe_dsa","index_head_dim":8,"index_n_heads":2,"index_topk":16,"hidden_size":64,"intermediate_size":64,
             "moe_intermediate_size":16,"num_attention_heads":4,"num_hidden_layers":3,"vocab_size":10,"q_lora_rank":16,"kv_lora_rank":8,
             "qk_nope_head_dim":8,"qk_rope_head_dim":4,"v_head_dim":8,"n_routed_experts":4,"n_shared_experts":1,"num_experts_per_tok":2,
             "first_k_dense_replace":1,"indexer_types":["full","shared","full"]}
            """);
        Assert.Equal([1, 3], Enumerable.Range(1, 3).Where(layer => ((LatentAttention)model.Layer(layer).Mixer!).Indexer is not null));
        Assert.All(model.Layers, layer => Assert.Equal(16, ((LatentAttention)layer.Mixer!).IndexTopK));
    }

    [Fact]
    public void Node_limited_routing_is_read_where_it_limits()
    {
        MoeFeedForward v3 = Configs.Read("""{"model_type":"deepseek_v3",""" + Configs.DeepSeekV3 + "}").Experts!;
        Assert.Equal((8, 4), (v3.Groups, v3.GroupLimit));
        MoeFeedForward one = Configs.Read("""{"model_type":"deepseek_v3",""" + Configs.DeepSeekV3
            .Replace("\"n_group\":8,\"topk_group\":4", "\"n_group\":1,\"topk_group\":1", StringComparison.Ordinal) + "}").Experts!;
        Assert.Equal((0, 0), (one.Groups, one.GroupLimit));
    }

    // Widths as the model's own code rounds them: 2/3 of ffn_mult*hidden, up to a multiple of 256.
    [Fact]
    public void Nemotron_NAS_takes_every_layer_from_its_block()
    {
        ModelSpec model = Configs.Read("""
            {"model_type":"nemotron-nas","hidden_size":8192,"num_attention_heads":64,"num_hidden_layers":3,"vocab_size":128256,
             "block_configs":[
              {"attention":{"no_op":false,"n_heads_in_group":8},"ffn":{"no_op":false,"ffn_mult":5.25}},
              {"attention":{"no_op":true,"n_heads_in_group":null},"ffn":{"ffn_mult":1.3125}},
              {"attention":{"n_heads_in_group":16},"ffn":{"no_op":true,"ffn_mult":null}}]}
            """);
        Assert.Equal(8, ((GroupedAttention)model.Layer(1).Mixer!).KvHeads);
        Assert.Equal(28_672, ((DenseFeedForward)model.Layer(1).FeedForward!).Ffn);
        Assert.Null(model.Layer(2).Mixer);
        Assert.Equal(7_168, ((DenseFeedForward)model.Layer(2).FeedForward!).Ffn);
        Assert.Equal(4, ((GroupedAttention)model.Layer(3).Mixer!).KvHeads);
        Assert.Null(model.Layer(3).FeedForward);
    }

    [Fact]
    public void Gemma_4_has_wider_heads_and_one_tensor_on_global_layers()
    {
        ModelSpec model = Configs.Read("""
            {"model_type":"gemma4","tie_word_embeddings":true,"text_config":{"model_type":"gemma4_text","hidden_size":2816,
             "intermediate_size":2112,"num_attention_heads":16,"num_key_value_heads":8,"head_dim":256,"global_head_dim":512,
             "num_global_key_value_heads":2,"attention_k_eq_v":true,"enable_moe_block":true,"moe_intermediate_size":704,"num_experts":128,
             "top_k_experts":8,"num_hidden_layers":30,"sliding_window":1024,"vocab_size":262144}}
            """);
        var local = (GroupedAttention)model.Layer(1).Mixer!;
        var global = (GroupedAttention)model.Layer(6).Mixer!;
        Assert.Equal((8, 256, 1024, false), (local.KvHeads, local.HeadDim, local.Window, local.SharedKeyValue));
        Assert.Equal((2, 512, 0, true), (global.KvHeads, global.HeadDim, global.Window, global.SharedKeyValue));
        Assert.True(model.Vocabulary.Tied);

        // 25 local and 5 global layers; a layer: its attention, FFN, experts, router with scales, 7 norms.
        const long H = 2816, Experts = (128 * 3 * H * 704) + (H * 128) + H + 128, Rest = (3 * H * 2112) + (7 * H);
        const long Local = (2 * H * 16 * 256) + (2 * H * 8 * 256) + 512, Global = (2 * H * 16 * 512) + (H * 2 * 512) + 1024;
        Assert.Equal((25 * Local) + (5 * Global) + (30 * (Experts + Rest)) + (262_144 * H) + H, ModelSize.Parameters(model));
    }
}
