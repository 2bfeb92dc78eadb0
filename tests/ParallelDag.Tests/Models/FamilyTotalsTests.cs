using ParallelDag.Accounting;

namespace ParallelDag.Tests.Models;

/// <summary>
/// Totals of published checkpoints: the elements of their safetensors files (of multimodal ones those of the language model), from the few
/// fields of their config.json that bear on them.
/// </summary>
public class FamilyTotalsTests
{
    [Theory]
    [InlineData("google/gemma-2-9b", 9_241_705_984, """
        {"model_type":"gemma2","hidden_size":3584,"intermediate_size":14336,"num_attention_heads":16,"num_key_value_heads":8,"head_dim":256,
         "num_hidden_layers":42,"vocab_size":256000,"sliding_window":4096}
        """)]
    [InlineData("google/gemma-3-27b", 27_009_002_240, Configs.Gemma3)]
    [InlineData("google/gemma-3-27b, whose embedding has the 64 image tokens of the default vocabulary", 27_009_346_304, """
        {"model_type":"gemma3_text","hidden_size":5376,"intermediate_size":21504,"num_attention_heads":32,"num_key_value_heads":16,
         "head_dim":128,"num_hidden_layers":62,"sliding_window":1024}
        """)]
    [InlineData("google/gemma-3-4b, whose config leaves heads out", 3_880_263_168, """
        {"model_type":"gemma3","text_config":{"model_type":"gemma3_text","hidden_size":2560,"intermediate_size":10240,
         "num_hidden_layers":34,"sliding_window":1024},"vision_config":{}}
        """)]
    [InlineData("microsoft/phi-4", 14_659_507_200, """
        {"model_type":"phi3","hidden_size":5120,"intermediate_size":17920,"num_attention_heads":40,"num_key_value_heads":10,
         "num_hidden_layers":40,"vocab_size":100352,"sliding_window":null}
        """)]
    [InlineData("microsoft/Phi-3.5-mini-instruct", 3_821_079_552, """
        {"model_type":"phi3","hidden_size":3072,"intermediate_size":8192,"num_attention_heads":32,"num_key_value_heads":32,
         "num_hidden_layers":32,"vocab_size":32064,"sliding_window":262144,"attention_bias":false}
        """)]
    [InlineData("microsoft/Phi-4-mini-instruct, tied", 3_836_021_760, """
        {"model_type":"phi3","hidden_size":3072,"intermediate_size":8192,"num_attention_heads":24,"num_key_value_heads":8,
         "num_hidden_layers":32,"vocab_size":200064,"tie_word_embeddings":true,"lm_head_bias":false}
        """)]
    [InlineData("CohereForAI/c4ai-command-r-v01", 34_980_831_232, """
        {"model_type":"cohere","hidden_size":8192,"intermediate_size":22528,"num_hidden_layers":40,"num_attention_heads":64,
         "num_key_value_heads":64,"vocab_size":256000,"use_qk_norm":false}
        """)]
    [InlineData("CohereForAI/c4ai-command-r-plus, QK norm over the whole width", 103_810_674_688, """
        {"model_type":"cohere","hidden_size":12288,"intermediate_size":33792,"num_hidden_layers":64,"num_attention_heads":96,
         "num_key_value_heads":8,"vocab_size":256000,"use_qk_norm":true}
        """)]
    [InlineData("CohereForAI/c4ai-command-r7b-12-2024", 8_028_033_024, """
        {"model_type":"cohere2","hidden_size":4096,"intermediate_size":14336,"num_hidden_layers":32,"num_attention_heads":32,
         "num_key_value_heads":8,"head_dim":128,"vocab_size":256000,"sliding_window":4096,"sliding_window_pattern":4}
        """)]
    [InlineData("ibm-granite/granite-3.0-8b", 8_170_848_256, """
        {"model_type":"granite","hidden_size":4096,"intermediate_size":12800,"num_hidden_layers":40,"num_attention_heads":32,
         "num_key_value_heads":8,"vocab_size":49155,"tie_word_embeddings":true}
        """)]
    [InlineData("tiiuae/falcon-7b", 6_921_720_704, """
        {"model_type":"falcon","hidden_size":4544,"num_hidden_layers":32,"num_attention_heads":71,"multi_query":true,
         "new_decoder_architecture":false,"parallel_attn":true,"vocab_size":65024}
        """)]
    [InlineData("tiiuae/falcon-40b", 41_303_293_952, """
        {"model_type":"falcon","hidden_size":8192,"num_hidden_layers":60,"num_attention_heads":128,"num_kv_heads":8,
         "new_decoder_architecture":true,"parallel_attn":true,"bias":false,"vocab_size":65024}
        """)]
    [InlineData("EleutherAI/gpt-neox-20b", 20_554_567_680, """
        {"model_type":"gpt_neox","hidden_size":6144,"intermediate_size":24576,"num_hidden_layers":44,"num_attention_heads":64,
         "vocab_size":50432,"use_parallel_residual":true,"tie_word_embeddings":false}
        """)]
    [InlineData("facebook/opt-125m", 125_239_296, """
        {"model_type":"opt","hidden_size":768,"ffn_dim":3072,"num_hidden_layers":12,"num_attention_heads":12,"vocab_size":50272,
         "max_position_embeddings":2048,"word_embed_proj_dim":768,"do_layer_norm_before":true}
        """)]
    [InlineData("bigcode/starcoder2-3b", 3_030_371_328, """
        {"model_type":"starcoder2","hidden_size":3072,"intermediate_size":12288,"num_hidden_layers":30,"num_attention_heads":24,
         "num_key_value_heads":2,"vocab_size":49152,"use_bias":true,"sliding_window":4096}
        """)]
    [InlineData("baidu/ERNIE-4.5-0.3B-PT", 360_748_032, """
        {"model_type":"ernie4_5","hidden_size":1024,"intermediate_size":3072,"num_hidden_layers":18,"num_attention_heads":16,
         "num_key_value_heads":2,"head_dim":128,"vocab_size":103424,"use_bias":false,"tie_word_embeddings":true}
        """)]
    public void Dense_models(string checkpoint, long parameters, string config) => Configs.Counts(checkpoint, parameters, config);

    [Theory]
    [InlineData("baidu/ERNIE-4.5-21B-A3B-PT", 21_825_437_888, """
        {"model_type":"ernie4_5_moe","hidden_size":2560,"intermediate_size":12288,"moe_intermediate_size":1536,"num_hidden_layers":28,
         "num_attention_heads":20,"num_key_value_heads":4,"vocab_size":103424,"moe_num_experts":64,"moe_k":6,"moe_num_shared_experts":2,
         "moe_layer_start_index":1,"moe_layer_end_index":-1,"moe_layer_interval":1,"use_bias":false,"tie_word_embeddings":true}
        """)]
    [InlineData("databricks/dbrx-instruct", 131_596_523_520, """
        {"model_type":"dbrx","d_model":6144,"n_heads":48,"n_layers":40,"vocab_size":100352,"attn_config":{"clip_qkv":8,"kv_n_heads":8},
         "ffn_config":{"ffn_hidden_size":10752,"moe_num_experts":16,"moe_top_k":4},"tie_word_embeddings":false}
        """)]
    [InlineData("meta-llama/Llama-4-Scout-17B-16E", 107_769_861_120, """
        {"model_type":"llama4","text_config":{"model_type":"llama4_text","hidden_size":5120,"intermediate_size":8192,
         "intermediate_size_mlp":16384,"num_attention_heads":40,"num_key_value_heads":8,"head_dim":128,"num_hidden_layers":48,
         "num_local_experts":16,"num_experts_per_tok":1,"interleave_moe_layer_step":1,"attention_chunk_size":8192,"vocab_size":202048}}
        """)]
    [InlineData("meta-llama/Llama-4-Maverick-17B-128E, experts on every second layer", 400_711_848_960, """
        {"model_type":"llama4","text_config":{"model_type":"llama4_text","hidden_size":5120,"intermediate_size":8192,
         "intermediate_size_mlp":16384,"num_attention_heads":40,"num_key_value_heads":8,"head_dim":128,"num_hidden_layers":48,
         "num_local_experts":128,"num_experts_per_tok":1,"interleave_moe_layer_step":2,"attention_chunk_size":8192,"vocab_size":202048}}
        """)]
    [InlineData("allenai/OLMoE-1B-7B-0924", 6_919_161_856, """
        {"model_type":"olmoe","hidden_size":2048,"intermediate_size":1024,"num_hidden_layers":16,"num_attention_heads":16,
         "num_key_value_heads":16,"vocab_size":50304,"num_experts":64,"num_experts_per_tok":8}
        """)]
    [InlineData("microsoft/Phi-3.5-MoE-instruct, biases", 41_873_153_344, """
        {"model_type":"phimoe","hidden_size":4096,"intermediate_size":6400,"num_hidden_layers":32,"num_attention_heads":32,
         "num_key_value_heads":8,"vocab_size":32064,"num_local_experts":16,"num_experts_per_tok":2,"attention_bias":true,
         "lm_head_bias":true,"sliding_window":131072}
        """)]
    [InlineData("tencent/Hunyuan-A13B-Instruct, tied", 80_393_183_232, """
        {"model_type":"hunyuan_v1_moe","hidden_size":4096,"intermediate_size":3072,"moe_intermediate_size":[3072,3072,3072,3072,3072,3072,
         3072,3072,3072,3072,3072,3072,3072,3072,3072,3072,3072,3072,3072,3072,3072,3072,3072,3072,3072,3072,3072,3072,3072,3072,3072,3072],
         "num_hidden_layers":32,"num_attention_heads":32,"num_key_value_heads":8,"head_dim":128,"vocab_size":128167,"num_experts":64,
         "moe_topk":8,"num_shared_expert":1,"use_qk_norm":true,"use_mixed_mlp_moe":true,"use_cla":false,"tie_word_embeddings":true}
        """)]
    [InlineData("ibm-granite/granite-3.0-1b-a400m", 1_334_628_352, """
        {"model_type":"granitemoe","hidden_size":1024,"intermediate_size":512,"num_hidden_layers":24,"num_attention_heads":16,
         "num_key_value_heads":8,"vocab_size":49155,"num_local_experts":32,"num_experts_per_tok":8,"tie_word_embeddings":true}
        """)]
    [InlineData("Qwen/Qwen3-VL-30B-A3B, its language model", 30_532_122_624, """
        {"model_type":"qwen3_vl_moe","tie_word_embeddings":false,"vision_config":{"depth":27},"text_config":{
         "model_type":"qwen3_vl_moe_text","hidden_size":2048,"intermediate_size":6144,"moe_intermediate_size":768,"num_attention_heads":32,
         "num_key_value_heads":4,"head_dim":128,"num_hidden_layers":48,"vocab_size":151936,"num_experts":128,"num_experts_per_tok":8,
         "decoder_sparse_step":1,"mlp_only_layers":[]}}
        """)]
    public void Mixtures_of_experts(string checkpoint, long parameters, string config) => Configs.Counts(checkpoint, parameters, config);

    [Theory]
    [InlineData("MiniMaxAI/MiniMax-Text-01", 456_089_655_296, "minimax_text_01", 1)]
    [InlineData("MiniMaxAI/MiniMax-M1-80k", 456_089_655_296, "minimax_m1", 1)]
    public void Lightning_attention(string checkpoint, long parameters, string type, int full)
    {
        string types = string.Join(",", Enumerable.Range(1, 80).Select(layer => layer % 8 == 0 ? full : 0));
        Configs.Counts(checkpoint, parameters, $$"""
            {"model_type":"{{type}}","hidden_size":6144,"intermediate_size":9216,"num_hidden_layers":80,"num_attention_heads":64,
             "num_key_value_heads":8,"head_dim":128,"vocab_size":200064,"num_local_experts":32,"num_experts_per_tok":2,
             "attn_type_list":[{{types}}],"shared_intermediate_size":0}
            """);
    }

    [Fact]
    public void Jamba_alternates_Mamba_and_attention() => Configs.Counts("ai21labs/Jamba-v0.1", 51_570_323_328, """
        {"model_type":"jamba","hidden_size":4096,"intermediate_size":14336,"num_hidden_layers":32,"num_attention_heads":32,
         "num_key_value_heads":8,"vocab_size":65536,"num_experts":16,"num_experts_per_tok":2,"attn_layer_period":8,"attn_layer_offset":4,
         "expert_layer_period":2,"expert_layer_offset":1,"mamba_d_state":16,"mamba_d_conv":4,"mamba_expand":2,"mamba_dt_rank":256}
        """);

    // The checkpoint's score corrections, 128 in each of 23 layers, are buffers that parameter counts of some tools leave out.
    [Fact]
    public void Nemotron_3_Nano_follows_its_pattern() => Configs.Counts("NVIDIA-Nemotron-3-Nano-30B-A3B", 31_577_937_344 + (23 * 128), """
        {"model_type":"nemotron_h","hidden_size":2688,"intermediate_size":1856,"num_hidden_layers":52,"num_attention_heads":32,
         "num_key_value_heads":2,"head_dim":128,"hybrid_override_pattern":"MEMEM*EMEMEM*EMEMEM*EMEMEM*EMEMEM*EMEMEMEM*EMEMEMEME",
         "mamba_num_heads":64,"mamba_head_dim":64,"n_groups":8,"ssm_state_size":128,"conv_kernel":4,"moe_intermediate_size":1856,
         "moe_shared_expert_intermediate_size":3712,"n_routed_experts":128,"n_shared_experts":1,"num_experts_per_tok":6,"vocab_size":131072,
         "time_step_limit":[0.0,Infinity]}
        """);

    [Theory]
    [InlineData("deepseek-ai/DeepSeek-V3", 671_026_419_200, 684_489_845_504, """{"model_type":"deepseek_v3",""" + Configs.DeepSeekV3 + "}")]
    [InlineData("deepseek-ai/DeepSeek-V3.2", 671_877_944_064, 685_355_329_792,
        """{"model_type":"deepseek_v32","index_head_dim":128,"index_n_heads":64,"index_topk":2048,""" + Configs.DeepSeekV3 + "}")]
    [InlineData("zai-org/GLM-4.6", 352_797_829_024, 356_785_898_816, """
        {"model_type":"glm4_moe","attention_bias":true,"head_dim":128,"hidden_size":5120,"intermediate_size":12288,
         "moe_intermediate_size":1536,"num_attention_heads":96,"n_routed_experts":160,"n_shared_experts":1,"num_experts_per_tok":8,
         "first_k_dense_replace":3,"num_hidden_layers":92,"num_key_value_heads":8,"num_nextn_predict_layers":1,"use_qk_norm":true,
         "vocab_size":151552}
        """)]
    [InlineData("Qwen/Qwen3-Next-80B-A3B", 79_674_391_296, 81_324_862_720, """
        {"model_type":"qwen3_next","hidden_size":2048,"intermediate_size":5120,"num_hidden_layers":48,"num_attention_heads":16,
         "num_key_value_heads":2,"head_dim":256,"vocab_size":151936,"full_attention_interval":4,"linear_conv_kernel_dim":4,
         "linear_key_head_dim":128,"linear_num_key_heads":16,"linear_num_value_heads":32,"linear_value_head_dim":128,
         "moe_intermediate_size":512,"shared_expert_intermediate_size":512,"num_experts":512,"num_experts_per_tok":10,
         "num_nextn_predict_layers":1}
        """)]
    public void Multi_token_layers_count_apart(string checkpoint, long without, long with, string config)
    {
        ModelSpec model = Configs.Read(config);
        Configs.Counts(checkpoint, without, config);
        Assert.Equal(with, without + ModelSize.MultiTokenParameters(model));
    }

    [Fact]
    public void Qwen_3_5_mixes_delta_nets_and_attention()
    {
        const string Config = """
            {"model_type":"qwen3_5_moe","tie_word_embeddings":false,"text_config":{"model_type":"qwen3_5_moe_text","hidden_size":2048,
             "num_hidden_layers":40,"num_attention_heads":16,"num_key_value_heads":2,"head_dim":256,"vocab_size":248320,
             "attn_output_gate":true,"full_attention_interval":4,"linear_conv_kernel_dim":4,"linear_key_head_dim":128,
             "linear_num_key_heads":16,"linear_num_value_heads":32,"linear_value_head_dim":128,"moe_intermediate_size":512,
             "shared_expert_intermediate_size":512,"num_experts":256,"num_experts_per_tok":8,"mtp_num_hidden_layers":1}}
            """;
        Configs.Counts("Qwen/Qwen3.5-35B-A3B", 34_660_610_688, Config);
        ModelSpec model = Configs.Read(Config);
        Assert.Single(model.MultiTokenLayers);
        Assert.Equal(2, model.LayerKinds.Count);
    }

    // Active parameters with the input embedding, as MiniMax and Meta count, and without, as OpenAI counts.
    [Fact]
    public void Active_parameters_follow_both_conventions()
    {
        ModelSpec minimax = Configs.Read("""
            {"model_type":"minimax_m2","num_hidden_layers":62,"hidden_size":3072,"num_attention_heads":48,"num_key_value_heads":8,
             "head_dim":128,"intermediate_size":1536,"vocab_size":200064,"num_experts_per_tok":8,"num_local_experts":256,
             "use_qk_norm":true,"use_routing_bias":true,"num_mtp_modules":3}
            """);
        Assert.Equal(228_689_764_864, ModelSize.Parameters(minimax));
        Assert.Equal(11_030_553_088, ModelSize.ActiveParameters(minimax));

        ModelSpec oss = Configs.Read(Configs.GptOss120B);
        Assert.InRange(ModelSize.ActiveParametersWithoutEmbedding(oss), 5_100_000_000, 5_200_000_000);
    }
}
