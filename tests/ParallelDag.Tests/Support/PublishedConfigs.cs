using System.Text;
using ParallelDag.Documents;
using ParallelDag.Models;

namespace ParallelDag.Tests.Support;

/// <summary>The fields of published config.json files that sizes follow from.</summary>
internal static class PublishedConfigs
{
    /// <summary>fp8 in blocks of 128, as DeepSeek-V3, Kimi-K2 and Qwen3 publish it.</summary>
    public const string Fp8Blocks =
        """ "quantization_config":{"activation_scheme":"dynamic","fmt":"e4m3","quant_method":"fp8","weight_block_size":[128,128]}""";

    private const string GptOssBlock =
        """
        "quantization_config":{"quant_method":"mxfp4",
          "modules_to_not_convert":["model.layers.*.self_attn","model.layers.*.mlp.router","model.embed_tokens","lm_head"]}
        """;

    /// <summary>deepseek-ai/DeepSeek-V3, with its one multi-token layer.</summary>
    public static string DeepSeekV3(string quantization = Fp8Blocks) =>
        $$"""
        {"model_type":"deepseek_v3","torch_dtype":"bfloat16","hidden_size":7168,"intermediate_size":18432,"moe_intermediate_size":2048,
         "num_attention_heads":128,"num_key_value_heads":128,"num_hidden_layers":61,"num_nextn_predict_layers":1,"vocab_size":129280,
         "q_lora_rank":1536,"kv_lora_rank":512,"qk_nope_head_dim":128,"qk_rope_head_dim":64,"v_head_dim":128,"n_routed_experts":256,
         "n_shared_experts":1,"num_experts_per_tok":8,"first_k_dense_replace":3,"moe_layer_freq":1,"topk_method":"noaux_tc",
         "scoring_func":"sigmoid","n_group":8,"topk_group":4,{{quantization}}}
        """;

    /// <summary>moonshotai/Kimi-K2-Instruct; with other blocks the text model of Kimi-K2.5.</summary>
    public static string KimiK2(string quantization = Fp8Blocks) =>
        $$"""
        {"model_type":"kimi_k2","torch_dtype":"bfloat16","hidden_size":7168,"intermediate_size":18432,"moe_intermediate_size":2048,
         "num_attention_heads":64,"num_key_value_heads":64,"num_hidden_layers":61,"num_nextn_predict_layers":0,"vocab_size":163840,
         "q_lora_rank":1536,"kv_lora_rank":512,"qk_nope_head_dim":128,"qk_rope_head_dim":64,"v_head_dim":128,"n_routed_experts":384,
         "n_shared_experts":1,"num_experts_per_tok":8,"first_k_dense_replace":1,"moe_layer_freq":1,"topk_method":"noaux_tc",
         "n_group":1,"topk_group":1,{{quantization}}}
        """;

    /// <summary>openai/gpt-oss-120b (36 layers of 128 experts) and gpt-oss-20b (24 of 32).</summary>
    public static string GptOss(int layers, int experts, string quantization = GptOssBlock) =>
        $$"""
        {"model_type":"gpt_oss","hidden_size":2880,"intermediate_size":2880,"num_attention_heads":64,"num_hidden_layers":{{layers}},
         "num_key_value_heads":8,"head_dim":64,"vocab_size":201088,"num_local_experts":{{experts}},"num_experts_per_tok":4,
         "attention_bias":true,"sliding_window":128,{{quantization}}}
        """;

    /// <summary>Qwen/Qwen3-30B-A3B-FP8 and Qwen3-235B-A22B-FP8.</summary>
    public static string Qwen3Moe(bool large, string quantization = Fp8Blocks) => large
        ? $$"""
          {"model_type":"qwen3_moe","hidden_size":4096,"intermediate_size":12288,"moe_intermediate_size":1536,"num_attention_heads":64,
           "num_hidden_layers":94,"num_key_value_heads":4,"head_dim":128,"vocab_size":151936,"num_experts":128,"num_experts_per_tok":8,
           {{quantization}}}
          """
        : $$"""
          {"model_type":"qwen3_moe","hidden_size":2048,"intermediate_size":6144,"moe_intermediate_size":768,"num_attention_heads":32,
           "num_hidden_layers":48,"num_key_value_heads":4,"head_dim":128,"vocab_size":151936,"num_experts":128,"num_experts_per_tok":8,
           {{quantization}}}
          """;

    /// <summary>meta-llama/Llama-3.1-70B-Instruct.</summary>
    public static string Llama70B(string quantization) =>
        $$"""
        {"model_type":"llama","hidden_size":8192,"intermediate_size":28672,"num_attention_heads":64,"num_hidden_layers":80,
         "num_key_value_heads":8,"vocab_size":128256,{{quantization}}}
        """;

    /// <summary>Reads a config.</summary>
    public static ModelSpec Read(string json) =>
        HuggingFaceConfig.Read(JsonTree.Read(Encoding.UTF8.GetBytes(json), "config.json"), "config.json");
}
