using System.Text;
using ParallelDag.Accounting;
using ParallelDag.Documents;
using ParallelDag.Models;

namespace ParallelDag.Tests.Models;

/// <summary>Configs written down in a test.</summary>
internal static class Configs
{
    // Fields that several checkpoints of a family share.
    public const string DeepSeekV3 = """
        "hidden_size":7168,"intermediate_size":18432,"moe_intermediate_size":2048,"num_attention_heads":128,"num_key_value_heads":128,
        "num_hidden_layers":61,"vocab_size":129280,"q_lora_rank":1536,"kv_lora_rank":512,"qk_nope_head_dim":128,"qk_rope_head_dim":64,
        "v_head_dim":128,"n_routed_experts":256,"n_shared_experts":1,"num_experts_per_tok":8,"first_k_dense_replace":3,"moe_layer_freq":1,
        "topk_method":"noaux_tc","scoring_func":"sigmoid","n_group":8,"topk_group":4,"num_nextn_predict_layers":1
        """;

    public const string GptOss120B = """
        {"model_type":"gpt_oss","hidden_size":2880,"intermediate_size":2880,"num_attention_heads":64,"num_hidden_layers":36,
         "num_key_value_heads":8,"head_dim":64,"vocab_size":201088,"num_local_experts":128,"num_experts_per_tok":4,"attention_bias":true,
         "sliding_window":128}
        """;

    public const string Gemma3 = """
        {"model_type":"gemma3","vision_config":{"hidden_size":1152},"text_config":{"model_type":"gemma3_text","hidden_size":5376,
         "intermediate_size":21504,"num_attention_heads":32,"num_key_value_heads":16,"head_dim":128,"num_hidden_layers":62,
         "sliding_window":1024,"query_pre_attn_scalar":168,"vocab_size":262144}}
        """;

    public static ModelSpec Read(string json) =>
        HuggingFaceConfig.Read(JsonTree.Read(Encoding.UTF8.GetBytes(json), "config.json"), "config.json");

    /// <summary>Asserts a total to the unit.</summary>
    public static void Counts(string checkpoint, long parameters, string json)
    {
        long counted = ModelSize.Parameters(Read(json));
        Assert.True(counted == parameters, $"{checkpoint}: {counted:N0}, published {parameters:N0}, difference {counted - parameters:N0}");
    }
}
