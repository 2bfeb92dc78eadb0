using ParallelDag.Accounting;

namespace ParallelDag.Tests.Models;

/// <summary>
/// Totals of published checkpoints of newer families: the elements of their safetensors files (of multimodal ones those of the language
/// model), from the few fields of their config.json that bear on them.
/// </summary>
public class NewerFamilyTotalsTests
{
    [Theory]
    [InlineData("ByteDance-Seed/Seed-OSS-36B-Instruct", 36_151_104_512, """
        {"model_type":"seed_oss","hidden_size":5120,"intermediate_size":27648,"num_hidden_layers":64,"num_attention_heads":80,
         "num_key_value_heads":8,"head_dim":128,"vocab_size":155136,"attention_bias":true,"attention_out_bias":false,
         "tie_word_embeddings":false,"mlp_bias":false}
        """)]
    [InlineData("allenai/OLMo-2-1124-7B, norms behind the parts", 7_298_617_344, """
        {"model_type":"olmo2","hidden_size":4096,"intermediate_size":11008,"num_hidden_layers":32,"num_attention_heads":32,
         "num_key_value_heads":32,"vocab_size":100352}
        """)]
    [InlineData("allenai/OLMo-2-0325-32B", 32_234_279_936, """
        {"model_type":"olmo2","hidden_size":5120,"intermediate_size":27648,"num_hidden_layers":64,"num_attention_heads":40,
         "num_key_value_heads":8,"vocab_size":100352}
        """)]
    [InlineData("allenai/Olmo-3-1025-7B", 7_298_011_136, """
        {"model_type":"olmo3","hidden_size":4096,"intermediate_size":11008,"num_hidden_layers":32,"num_attention_heads":32,
         "num_key_value_heads":32,"vocab_size":100278,"sliding_window":4096,"layer_types":["sliding_attention","sliding_attention",
         "sliding_attention","full_attention","sliding_attention","sliding_attention","sliding_attention","full_attention",
         "sliding_attention","sliding_attention","sliding_attention","full_attention","sliding_attention","sliding_attention",
         "sliding_attention","full_attention","sliding_attention","sliding_attention","sliding_attention","full_attention",
         "sliding_attention","sliding_attention","sliding_attention","full_attention","sliding_attention","sliding_attention",
         "sliding_attention","full_attention","sliding_attention","sliding_attention","sliding_attention","full_attention"]}
        """)]
    [InlineData("allenai/Olmo-3-1125-32B", 32_233_522_176, """
        {"model_type":"olmo3","hidden_size":5120,"intermediate_size":27648,"num_hidden_layers":64,"num_attention_heads":40,
         "num_key_value_heads":8,"vocab_size":100278,"sliding_window":4096,"layer_types":["sliding_attention","sliding_attention",
         "sliding_attention","full_attention","sliding_attention","sliding_attention","sliding_attention","full_attention",
         "sliding_attention","sliding_attention","sliding_attention","full_attention","sliding_attention","sliding_attention",
         "sliding_attention","full_attention","sliding_attention","sliding_attention","sliding_attention","full_attention",
         "sliding_attention","sliding_attention","sliding_attention","full_attention","sliding_attention","sliding_attention",
         "sliding_attention","full_attention","sliding_attention","sliding_attention","sliding_attention","full_attention",
         "sliding_attention","sliding_attention","sliding_attention","full_attention","sliding_attention","sliding_attention",
         "sliding_attention","full_attention","sliding_attention","sliding_attention","sliding_attention","full_attention",
         "sliding_attention","sliding_attention","sliding_attention","full_attention","sliding_attention","sliding_attention",
         "sliding_attention","full_attention","sliding_attention","sliding_attention","sliding_attention","full_attention",
         "sliding_attention","sliding_attention","sliding_attention","full_attention","sliding_attention","sliding_attention",
         "sliding_attention","full_attention"]}
        """)]
    [InlineData("LGAI-EXAONE/EXAONE-4.0-32B", 32_003_216_384, """
        {"model_type":"exaone4","hidden_size":5120,"intermediate_size":27392,"num_hidden_layers":64,"num_attention_heads":40,
         "num_key_value_heads":8,"head_dim":128,"vocab_size":102400,"sliding_window":4096,"sliding_window_pattern":"LLLG",
         "tie_word_embeddings":false}
        """)]
    [InlineData("LGAI-EXAONE/EXAONE-4.0-1.2B", 1_279_391_488, """
        {"model_type":"exaone4","hidden_size":2048,"intermediate_size":4096,"num_hidden_layers":30,"num_attention_heads":32,
         "num_key_value_heads":8,"head_dim":64,"vocab_size":102400,"sliding_window":null,"sliding_window_pattern":null,
         "tie_word_embeddings":true}
        """)]
    [InlineData("LGAI-EXAONE/EXAONE-3.5-7.8B-Instruct", 7_818_448_896, """
        {"model_type":"exaone","hidden_size":4096,"intermediate_size":14336,"num_layers":32,"num_attention_heads":32,
         "num_key_value_heads":8,"vocab_size":102400,"tie_word_embeddings":false}
        """)]
    [InlineData("HuggingFaceTB/SmolLM3-3B", 3_075_098_624, """
        {"model_type":"smollm3","hidden_size":2048,"intermediate_size":11008,"num_hidden_layers":36,"num_attention_heads":16,
         "num_key_value_heads":4,"vocab_size":128256,"no_rope_layers":[1,1,1,0,1,1,1,0,1,1,1,0,1,1,1,0,1,1,1,0,1,1,1,0,1,1,1,0,1,1,
         1,0,1,1,1,0],"tie_word_embeddings":true}
        """)]
    [InlineData("zai-org/GLM-4-9B-0414", 9_400_279_040, """
        {"model_type":"glm4","hidden_size":4096,"intermediate_size":13696,"num_hidden_layers":40,"num_attention_heads":32,
         "num_key_value_heads":2,"head_dim":128,"vocab_size":151552,"attention_bias":true,"tie_word_embeddings":false}
        """)]
    [InlineData("zai-org/GLM-4-32B-0414", 32_566_081_536, """
        {"model_type":"glm4","hidden_size":6144,"intermediate_size":23040,"num_hidden_layers":61,"num_attention_heads":48,
         "num_key_value_heads":2,"head_dim":128,"vocab_size":151552,"attention_bias":false,"tie_word_embeddings":false}
        """)]
    [InlineData("zai-org/glm-4-9b-chat-hf", 9_399_951_360, """
        {"model_type":"glm","hidden_size":4096,"intermediate_size":13696,"num_hidden_layers":40,"num_attention_heads":32,
         "num_key_value_heads":2,"head_dim":128,"vocab_size":151552,"attention_bias":true,"tie_word_embeddings":false}
        """)]
    [InlineData("internlm/internlm3-8b-instruct", 8_804_241_408, """
        {"model_type":"internlm3","hidden_size":4096,"intermediate_size":10240,"num_hidden_layers":48,"num_attention_heads":32,
         "num_key_value_heads":2,"head_dim":128,"vocab_size":128512,"bias":false,"qkv_bias":false,"tie_word_embeddings":false}
        """)]
    [InlineData("internlm/internlm2_5-7b-chat", 7_737_708_544, """
        {"model_type":"internlm2","hidden_size":4096,"intermediate_size":14336,"num_hidden_layers":32,"num_attention_heads":32,
         "num_key_value_heads":8,"vocab_size":92544,"bias":false,"tie_word_embeddings":false}
        """)]
    [InlineData("swiss-ai/Apertus-8B-2509, two scalars of xIELU a layer", 8_053_338_176, """
        {"model_type":"apertus","hidden_size":4096,"intermediate_size":21504,"num_hidden_layers":32,"num_attention_heads":32,
         "num_key_value_heads":8,"vocab_size":131072,"qk_norm":true,"hidden_act":"xielu","attention_bias":false,"mlp_bias":false,
         "post_norm":false,"tie_word_embeddings":false}
        """)]
    [InlineData("google/gemma-7b", 8_537_680_896, """
        {"model_type":"gemma","hidden_size":3072,"intermediate_size":24576,"num_hidden_layers":28,"num_attention_heads":16,
         "num_key_value_heads":16,"head_dim":256,"vocab_size":256000}
        """)]
    [InlineData("google/gemma-2b", 2_506_172_416, """
        {"model_type":"gemma","hidden_size":2048,"intermediate_size":16384,"num_hidden_layers":18,"num_attention_heads":8,
         "num_key_value_heads":1,"head_dim":256,"vocab_size":256000}
        """)]
    [InlineData("LiquidAI/LFM2-1.2B, short convolutions", 1_170_340_608, """
        {"model_type":"lfm2","hidden_size":2048,"block_dim":2048,"block_ff_dim":12288,"block_auto_adjust_ff_dim":true,
         "block_ffn_dim_multiplier":1.0,"block_multiple_of":256,"conv_L_cache":3,"conv_bias":false,"num_hidden_layers":16,
         "num_attention_heads":32,"num_key_value_heads":8,"vocab_size":65536,"full_attn_idxs":[2,5,8,10,12,14]}
        """)]
    [InlineData("tiiuae/falcon-180B, its head tied", 178_557_088_768, """
        {"model_type":"falcon","hidden_size":14848,"num_hidden_layers":80,"num_attention_heads":232,"num_kv_heads":8,
         "new_decoder_architecture":true,"parallel_attn":true,"bias":false,"vocab_size":65024}
        """)]
    [InlineData("mistralai/Mistral-Small-3.1-24B-Instruct-2503", 23_572_403_200, """
        {"model_type":"mistral3","text_config":{"model_type":"mistral","hidden_size":5120,"intermediate_size":32768,
         "num_hidden_layers":40,"num_attention_heads":32,"num_key_value_heads":8,"head_dim":128,"vocab_size":131072,
         "sliding_window":null},"vision_config":{"hidden_size":1024}}
        """)]
    public void Dense_models_of_2025(string checkpoint, long parameters, string config) =>
        Configs.Counts(checkpoint, parameters, config);

    [Theory]
    [InlineData("inclusionAI/Ling-mini-2.0", 16_255_643_392, """
        {"model_type":"bailing_moe","hidden_size":2048,"intermediate_size":5120,"num_hidden_layers":20,"num_attention_heads":16,
         "num_key_value_heads":4,"head_dim":128,"vocab_size":157184,"num_experts":256,"num_experts_per_tok":8,
         "num_shared_experts":1,"moe_intermediate_size":512,"first_k_dense_replace":1,"use_qk_norm":true,"use_bias":false,
         "use_qkv_bias":false,"moe_router_enable_expert_bias":true,"n_group":8,"topk_group":4,"num_nextn_predict_layers":0,
         "tie_word_embeddings":false}
        """)]
    [InlineData("inclusionAI/Ling-lite", 16_801_974_272, """
        {"model_type":"bailing_moe","hidden_size":2048,"intermediate_size":5632,"num_hidden_layers":28,"num_attention_heads":16,
         "num_key_value_heads":4,"head_dim":128,"vocab_size":126464,"num_experts":64,"num_experts_per_tok":6,
         "num_shared_experts":2,"moe_intermediate_size":1408,"first_k_dense_replace":0,"use_bias":false,"use_qkv_bias":false,
         "tie_word_embeddings":false}
        """)]
    [InlineData("rednote-hilab/dots.llm1.inst", 142_774_381_696, """
        {"model_type":"dots1","hidden_size":4096,"intermediate_size":10944,"moe_intermediate_size":1408,"num_hidden_layers":62,
         "num_attention_heads":32,"num_key_value_heads":32,"n_shared_experts":2,"n_routed_experts":128,"num_experts_per_tok":6,
         "first_k_dense_replace":1,"n_group":1,"topk_group":1,"vocab_size":152064}
        """)]
    [InlineData("moonshotai/Kimi-Linear-48B-A3B-Instruct", 49_122_681_728, """
        {"model_type":"kimi_linear","hidden_size":2304,"intermediate_size":9216,"moe_intermediate_size":1024,
         "num_hidden_layers":27,"num_attention_heads":32,"num_key_value_heads":32,"head_dim":72,"kv_lora_rank":512,
         "q_lora_rank":null,"qk_nope_head_dim":128,"qk_rope_head_dim":64,"v_head_dim":128,"mla_use_nope":true,"num_experts":256,
         "num_experts_per_token":8,"num_shared_experts":1,"first_k_dense_replace":1,"moe_layer_freq":1,"num_expert_group":1,
         "topk_group":1,"vocab_size":163840,"tie_word_embeddings":false,"linear_attn_config":{"full_attn_layers":[4,8,12,16,20,24,
         27],"kda_layers":[1,2,3,5,6,7,9,10,11,13,14,15,17,18,19,21,22,23,25,26],"head_dim":128,"num_heads":32,
         "short_conv_kernel_size":4}}
        """)]
    [InlineData("ibm-granite/granite-4.0-h-tiny", 6_939_037_248, """
        {"model_type":"granitemoehybrid","hidden_size":1536,"intermediate_size":512,"shared_intermediate_size":1024,
         "num_hidden_layers":40,"num_attention_heads":12,"num_key_value_heads":4,"mamba_n_heads":48,"mamba_d_head":64,
         "mamba_n_groups":1,"mamba_d_state":128,"mamba_d_conv":4,"mamba_expand":2,"mamba_conv_bias":true,"mamba_proj_bias":false,
         "num_local_experts":64,"num_experts_per_tok":6,"vocab_size":100352,"tie_word_embeddings":true,"layer_types":["mamba",
         "mamba","mamba","mamba","mamba","attention","mamba","mamba","mamba","mamba","mamba","mamba","mamba","mamba","mamba",
         "attention","mamba","mamba","mamba","mamba","mamba","mamba","mamba","mamba","mamba","attention","mamba","mamba","mamba",
         "mamba","mamba","mamba","mamba","mamba","mamba","attention","mamba","mamba","mamba","mamba"]}
        """)]
    [InlineData("Qwen/Qwen1.5-MoE-A2.7B", 14_315_784_192, """
        {"model_type":"qwen2_moe","hidden_size":2048,"intermediate_size":5632,"num_hidden_layers":24,"num_attention_heads":16,
         "num_key_value_heads":16,"moe_intermediate_size":1408,"shared_expert_intermediate_size":5632,"num_experts":60,
         "num_experts_per_tok":4,"vocab_size":151936,"decoder_sparse_step":1,"tie_word_embeddings":false}
        """)]
    [InlineData("deepseek-ai/DeepSeek-V2-Lite", 15_706_484_224, """
        {"model_type":"deepseek_v2","hidden_size":2048,"intermediate_size":10944,"moe_intermediate_size":1408,
         "num_hidden_layers":27,"num_attention_heads":16,"n_shared_experts":2,"n_routed_experts":64,"q_lora_rank":null,
         "num_experts_per_tok":6,"moe_layer_freq":1,"first_k_dense_replace":1,"vocab_size":102400,"qk_nope_head_dim":128,
         "qk_rope_head_dim":64,"v_head_dim":128,"kv_lora_rank":512}
        """)]
    [InlineData("LiquidAI/LFM2-8B-A1B and its 22 x 32 score corrections", 8_339_930_560, """
        {"model_type":"lfm2_moe","hidden_size":2048,"intermediate_size":7168,"moe_intermediate_size":1792,"num_experts":32,
         "num_experts_per_tok":4,"num_dense_layers":2,"use_expert_bias":true,"conv_L_cache":3,"conv_bias":false,
         "num_hidden_layers":24,"num_attention_heads":32,"num_key_value_heads":8,"vocab_size":65536,"layer_types":["conv","conv",
         "full_attention","conv","conv","conv","full_attention","conv","conv","conv","full_attention","conv","conv","conv",
         "full_attention","conv","conv","conv","full_attention","conv","conv","full_attention","conv","conv"]}
        """)]
    [InlineData("arcee-ai/Trinity-Nano-Preview", 6_120_003_328, """
        {"model_type":"afmoe","hidden_size":1024,"intermediate_size":3072,"moe_intermediate_size":256,"num_hidden_layers":56,
         "num_attention_heads":8,"num_key_value_heads":2,"head_dim":128,"num_dense_layers":2,"num_experts":128,
         "num_experts_per_tok":8,"num_shared_experts":1,"sliding_window":2048,"global_attn_every_n_layers":4,"vocab_size":200192,
         "tie_word_embeddings":false}
        """)]
    public void Mixtures_of_experts_of_2025(string checkpoint, long parameters, string config) =>
        Configs.Counts(checkpoint, parameters, config);

    [Theory]
    [InlineData("zai-org/GLM-4.7-Flash, whose multi-token layer stores both ends", 31_221_488_576, """
        {"model_type":"glm4_moe_lite","hidden_size":2048,"intermediate_size":10240,"moe_intermediate_size":1536,
         "num_hidden_layers":47,"num_attention_heads":20,"num_key_value_heads":20,"n_shared_experts":1,"n_routed_experts":64,
         "q_lora_rank":768,"kv_lora_rank":512,"qk_nope_head_dim":192,"qk_rope_head_dim":64,"v_head_dim":256,"n_group":1,
         "topk_group":1,"num_experts_per_tok":4,"first_k_dense_replace":1,"num_nextn_predict_layers":1,"vocab_size":154880,
         "topk_method":"noaux_tc"}
        """)]
    [InlineData("zai-org/GLM-5", 753_864_139_008, """
        {"model_type":"glm_moe_dsa","hidden_size":6144,"intermediate_size":12288,"moe_intermediate_size":2048,
         "num_hidden_layers":78,"num_attention_heads":64,"num_key_value_heads":64,"n_shared_experts":1,"n_routed_experts":256,
         "q_lora_rank":2048,"kv_lora_rank":512,"qk_nope_head_dim":192,"qk_rope_head_dim":64,"v_head_dim":256,"index_n_heads":32,
         "index_head_dim":128,"index_topk":2048,"n_group":1,"topk_group":1,"num_experts_per_tok":8,"first_k_dense_replace":3,
         "num_nextn_predict_layers":1,"vocab_size":154880,"topk_method":"noaux_tc"}
        """)]
    [InlineData("nvidia/NVIDIA-Nemotron-3-Super-120B-A12B, latent experts", 123_611_033_088, """
        {"model_type":"nemotron_h","hidden_size":4096,"num_hidden_layers":88,"num_attention_heads":32,"num_key_value_heads":2,
         "head_dim":128,"mamba_num_heads":128,"mamba_head_dim":64,"ssm_state_size":128,"conv_kernel":4,"n_groups":8,
         "n_routed_experts":512,"n_shared_experts":1,"num_experts_per_tok":22,"moe_latent_size":1024,"moe_intermediate_size":2688,
         "moe_shared_expert_intermediate_size":5376,"num_nextn_predict_layers":1,"mtp_hybrid_override_pattern":"*E",
         "vocab_size":131072,
         "hybrid_override_pattern":"MEMEMEM*EMEMEMEM*EMEMEMEM*EMEMEMEMEM*EMEMEMEMEM*EMEMEMEMEM*EMEMEMEMEM*EMEMEMEM*EMEMEMEME"}
        """)]
    [InlineData("XiaomiMiMo/MiMo-7B-Base", 7_833_409_536, """
        {"model_type":"mimo","hidden_size":4096,"intermediate_size":11008,"num_hidden_layers":36,"num_attention_heads":32,
         "num_key_value_heads":8,"head_dim":128,"vocab_size":151680,"attention_bias":true,"num_nextn_predict_layers":1}
        """)]
    public void With_multi_token_layers(string checkpoint, long parameters, string config)
    {
        ModelSpec model = Configs.Read(config);
        Assert.NotEmpty(model.MultiTokenLayers);
        Assert.Equal((checkpoint, parameters), (checkpoint, ModelSize.Parameters(model) + ModelSize.MultiTokenParameters(model)));
    }
}
