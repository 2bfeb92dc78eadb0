using ParallelDag.Accounting;

namespace ParallelDag.Tests.Models;

/// <summary>Sizes of published checkpoints, counted from the fields of their config.json.</summary>
public class HuggingFaceConfigTests
{
    // The parameter counts are those of the safetensors files of each checkpoint.
    [Theory]
    [InlineData("mistralai/Mistral-7B-v0.1", 7_241_732_096, """
        {"model_type":"mistral","hidden_size":4096,"intermediate_size":14336,"num_attention_heads":32,"num_hidden_layers":32,
         "num_key_value_heads":8,"vocab_size":32000,"sliding_window":4096}
        """)]
    [InlineData("Qwen/Qwen2-7B", 7_615_616_512, """
        {"model_type":"qwen2","hidden_size":3584,"intermediate_size":18944,"num_attention_heads":28,"num_hidden_layers":28,
         "num_key_value_heads":4,"vocab_size":152064,"tie_word_embeddings":false}
        """)]
    [InlineData("Qwen/Qwen2-0.5B, tied", 494_032_768, """
        {"model_type":"qwen2","hidden_size":896,"intermediate_size":4864,"num_attention_heads":14,"num_hidden_layers":24,
         "num_key_value_heads":2,"vocab_size":151936,"tie_word_embeddings":true}
        """)]
    [InlineData("Qwen/Qwen3-8B", 8_190_735_360, """
        {"model_type":"qwen3","hidden_size":4096,"intermediate_size":12288,"num_attention_heads":32,"num_hidden_layers":36,
         "num_key_value_heads":8,"head_dim":128,"vocab_size":151936,"attention_bias":false}
        """)]
    [InlineData("Qwen/Qwen3-30B-A3B, head_dim is not hidden/heads", 30_532_122_624, """
        {"model_type":"qwen3_moe","hidden_size":2048,"intermediate_size":6144,"moe_intermediate_size":768,"num_attention_heads":32,
         "num_hidden_layers":48,"num_key_value_heads":4,"head_dim":128,"vocab_size":151936,"num_experts":128,"num_experts_per_tok":8,
         "decoder_sparse_step":1,"mlp_only_layers":[]}
        """)]
    [InlineData("Qwen/Qwen1.5-MoE-A2.7B, shared expert with a gate", 14_315_784_192, """
        {"model_type":"qwen2_moe","hidden_size":2048,"intermediate_size":5632,"moe_intermediate_size":1408,
         "shared_expert_intermediate_size":5632,"num_attention_heads":16,"num_hidden_layers":24,"num_key_value_heads":16,
         "vocab_size":151936,"num_experts":60,"num_experts_per_tok":4,"decoder_sparse_step":1}
        """)]
    [InlineData("deepseek-ai/DeepSeek-V2-Lite, q_lora_rank null", 15_706_484_224, """
        {"model_type":"deepseek_v2","hidden_size":2048,"intermediate_size":10944,"moe_intermediate_size":1408,"num_attention_heads":16,
         "num_key_value_heads":16,"num_hidden_layers":27,"vocab_size":102400,"q_lora_rank":null,"kv_lora_rank":512,
         "qk_nope_head_dim":128,"qk_rope_head_dim":64,"v_head_dim":128,"n_routed_experts":64,"n_shared_experts":2,
         "num_experts_per_tok":6,"first_k_dense_replace":1,"moe_layer_freq":1,"topk_method":"greedy"}
        """)]
    [InlineData("openai-community/gpt2", 124_439_808, """
        {"model_type":"gpt2","n_embd":768,"n_head":12,"n_layer":12,"n_positions":1024,"n_ctx":1024,"vocab_size":50257}
        """)]
    [InlineData("openai/gpt-oss-20b", 20_914_757_184, """
        {"model_type":"gpt_oss","hidden_size":2880,"intermediate_size":2880,"num_attention_heads":64,"num_hidden_layers":24,
         "num_key_value_heads":8,"head_dim":64,"vocab_size":201088,"num_local_experts":32,"num_experts_per_tok":4,"attention_bias":true}
        """)]
    public void Counts_the_published_parameters(string checkpoint, long parameters, string config) =>
        Configs.Counts(checkpoint, parameters, config);

    // DeepSeek-V3 technical report: 671B in all, 37B active; the exact total from the main model's weights.
    [Fact]
    public void DeepSeek_V3_has_671_billion_parameters()
    {
        ModelSpec model = Configs.Read("""
            {"model_type":"deepseek_v3","hidden_size":7168,"intermediate_size":18432,"moe_intermediate_size":2048,
            "num_attention_heads":128,"num_key_value_heads":128,"num_hidden_layers":61,"vocab_size":129280,"q_lora_rank":1536,
            "kv_lora_rank":512,"qk_nope_head_dim":128,"qk_rope_head_dim":64,"v_head_dim":128,"n_routed_experts":256,
            "n_shared_experts":1,"num_experts_per_tok":8,"first_k_dense_replace":3,"moe_layer_freq":1,"topk_method":"noaux_tc",
            "scoring_func":"sigmoid"}
            """);
        Assert.Equal(671_026_419_200, ModelSize.Parameters(model));
        Assert.InRange(ModelSize.ActiveParameters(model), 37_000_000_000, 38_000_000_000);
        Assert.Equal(61L * (512 + 64) * 2, ModelSize.KvCacheBytesPerToken(model));
        Assert.Equal([1, 2, 3], Enumerable.Range(1, 61).Where(layer => !model.Layer(layer).HasExperts));
    }

    [Fact]
    public void Dense_layers_come_from_the_list_and_the_step()
    {
        ModelSpec model = Configs.Read("""
            {"model_type":"qwen3_moe","hidden_size":64,"intermediate_size":128,"moe_intermediate_size":32,"num_attention_heads":4,
            "num_hidden_layers":6,"num_key_value_heads":4,"vocab_size":100,"num_experts":4,"num_experts_per_tok":2,
            "decoder_sparse_step":2,"mlp_only_layers":[1]}
            """);
        Assert.Equal([4, 6], Enumerable.Range(1, 6).Where(layer => model.Layer(layer).HasExperts));
    }
}
