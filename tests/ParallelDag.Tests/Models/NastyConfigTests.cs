using ParallelDag.Accounting;
using ParallelDag.Descriptions;
using ParallelDag.Models.Families;
using ParallelDag.Wording;

namespace ParallelDag.Tests.Models;

/// <summary>Whatever stands in a config, it is a model or one clear error.</summary>
public class NastyConfigTests
{
    // Every field that some family needs, with small values that make a model of each of them.
    private static readonly Dictionary<string, string> Everything = new(StringComparer.Ordinal)
    {
        ["hidden_size"] = "64", ["n_embd"] = "64", ["d_model"] = "64", ["intermediate_size"] = "96", ["ffn_dim"] = "96",
        ["intermediate_size_mlp"] = "96", ["moe_intermediate_size"] = "32", ["num_hidden_layers"] = "6", ["n_layer"] = "6",
        ["n_layers"] = "6", ["num_attention_heads"] = "4", ["n_head"] = "4", ["n_heads"] = "4", ["num_key_value_heads"] = "2",
        ["num_kv_heads"] = "2", ["head_dim"] = "16", ["vocab_size"] = "100", ["n_positions"] = "128", ["num_experts"] = "4",
        ["num_local_experts"] = "4", ["n_routed_experts"] = "4", ["moe_num_experts"] = "4", ["num_experts_per_tok"] = "2", ["moe_k"] = "2",
        ["top_k_experts"] = "2", ["moe_topk"] = "2", ["n_shared_experts"] = "1", ["num_shared_expert"] = "1",
        ["shared_expert_intermediate_size"] = "32", ["first_k_dense_replace"] = "1", ["n_group"] = "2", ["topk_group"] = "1",
        ["q_lora_rank"] = "16", ["kv_lora_rank"] = "8", ["qk_nope_head_dim"] = "8", ["qk_rope_head_dim"] = "4", ["v_head_dim"] = "8",
        ["index_n_heads"] = "2", ["index_head_dim"] = "8", ["index_topk"] = "16", ["num_nextn_predict_layers"] = "1",
        ["linear_num_key_heads"] = "2", ["linear_num_value_heads"] = "4", ["linear_key_head_dim"] = "8", ["linear_value_head_dim"] = "8",
        ["hybrid_override_pattern"] = "\"M*E-ME\"", ["mamba_num_heads"] = "4", ["mamba_head_dim"] = "8", ["n_groups"] = "2",
        ["ssm_state_size"] = "4", ["moe_shared_expert_intermediate_size"] = "32", ["hybrid_layer_pattern"] = "[0,1,1,0,1,1]",
        ["attn_config"] = """{"kv_n_heads":2}""", ["ffn_config"] = """{"ffn_hidden_size":32,"moe_num_experts":4,"moe_top_k":2}""",
        ["linear_attn_config"] = """{"num_heads":2,"head_dim":8,"kda_layers":[1,2,4,5]}""", ["mamba_n_heads"] = "4",
        ["num_dense_layers"] = "1", ["full_attn_idxs"] = "[2,5]", ["sliding_window_pattern"] = "3",
        ["block_configs"] = "[" + string.Join(',', Enumerable.Repeat(
            """{"attention":{"n_heads_in_group":2},"ffn":{"ffn_mult":1.5}}""", 6)) + "]",
        ["sliding_window"] = "32", ["tie_word_embeddings"] = "false", ["torch_dtype"] = "\"bfloat16\"", ["attention_bias"] = "false",
    };

    private static readonly string[] Nasty =
    [
        "0", "-1", "1", "3", "65536", "65537", "16777216", "16777217", "2147483648", "-9223372036854775809", "1e400", "0.5", "NaN",
        "Infinity", "-Infinity", "null", "true", "\"\"", "\"64\"", "\"\\u0000\\n\"", "[]", "[-1]", "[[1]]", "{}", "{\"a\":{}}", "[null]",
        "99999999999999999999999999999999999999999999",
    ];

    public static TheoryData<string> KnownTypes => [.. ModelFamilies.KnownModelTypes];

    [Theory]
    [MemberData(nameof(KnownTypes))]
    public void Every_family_reads_a_small_config(string type)
    {
        ModelSpec model = Configs.Read(Text(type, Everything));
        Assert.Equal(6, model.Layers.Count);
        Assert.Equal(64, model.Hidden);
        Assert.True(ModelSize.Parameters(model) > ModelSize.ActiveParametersWithoutEmbedding(model) - 1);
        Assert.NotNull(PlanDescription.Of("small", model));
    }

    [Theory]
    [MemberData(nameof(KnownTypes))]
    public void A_nasty_config_is_a_model_or_one_line_of_error(string type)
    {
        int errors = 0;
        for (int seed = 0; seed < 60; seed++)
        {
            var random = new Random(seed);
            var fields = new Dictionary<string, string>(Everything, StringComparer.Ordinal);
            for (int faults = random.Next(1, 4); faults > 0; faults--)
                fields[Everything.Keys.ElementAt(random.Next(Everything.Count))] = Nasty[random.Next(Nasty.Length)];
            fields.Remove(Everything.Keys.ElementAt(random.Next(Everything.Count)));
            try
            {
                ModelSpec model = Configs.Read(Text(type, fields));
                Assert.True(ModelSize.Parameters(model) > 0);
                Assert.NotNull(PlanDescription.Of("nasty", model));
            }
            catch (InputException fault)
            {
                errors++;
                Assert.StartsWith("config.json:", fault.Message, StringComparison.Ordinal);
                Assert.DoesNotContain('\n', fault.Message);
            }
        }

        Assert.InRange(errors, 5, 59);
    }

    private static string Text(string type, Dictionary<string, string> fields) =>
        $"{{\"model_type\":\"{type}\",{string.Join(",\n", fields.Select(field => $"\"{field.Key}\":{field.Value}"))}}}";
}
