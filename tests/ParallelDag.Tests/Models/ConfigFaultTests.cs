using System.Text;
using ParallelDag.Files;
using ParallelDag.Models;
using ParallelDag.Models.Families;

namespace ParallelDag.Tests.Models;

/// <summary>What a config may not say, and what is said about fields that nothing reads.</summary>
public class ConfigFaultTests
{
    private const string Llama =
        """{"model_type":"llama","hidden_size":64,"intermediate_size":128,"num_attention_heads":4,"num_hidden_layers":2,"vocab_size":100""";

    [Theory]
    [InlineData("""{"model_type":"mamba"}""", "config.json:1:15: the model_type 'mamba' is not known; known are afmoe, apertus, arcee")]
    [InlineData("""{"model_type":"mamba"}""", "written in the plan: model: { layers: 32, hidden: 4096, heads: 32")]
    [InlineData("""{"hidden_size":1}""", "config.json:1:1: the field 'model_type' is missing")]
    [InlineData("{}", "config.json:1:1: this config is empty: it describes no model")]
    [InlineData(
        """{"model_type":"llama","num_attention_heads":4}""",
        "config.json:1:1: the field 'hidden_size' is missing; model_type llama needs it")]
    [InlineData("{\"model_type\":\"llama\",\n \"hidden_size\":\"big\"}", "config.json:2:16: hidden_size: must be an integer, not 'big'")]
    [InlineData("{\"model_type\":\"llama\",\n \"hidden_size\":-64}", "config.json:2:16: hidden_size: -64 is out of range; it must be 1 to")]
    [InlineData("{\"model_type\":\"llama\",\n \"hidden_size\":0}", "config.json:2:16: hidden_size: 0 is out of range; it must be 1 to")]
    [InlineData("{\"model_type\":\"llama\",\n \"hidden_size\":99999999999}", "config.json:2:16: hidden_size: 99999999999 is out of range")]
    [InlineData("{\"model_type\":\"llama\",\n \"hidden_size\":NaN}", "config.json:2:16: hidden_size: must be an integer, not 'NaN'")]
    [InlineData(
        "{\"model_type\":\"llama\",\n \"hidden_size\":-Infinity}", "config.json:2:16: hidden_size: must be an integer, not '-Infinity'")]
    [InlineData("{\"model_type\":\"llama\",\n \"hidden_size\":64.5}", "config.json:2:16: hidden_size: must be an integer, not '64.5'")]
    [InlineData("{\"model_type\":\"llama\",\n \"hidden_size\":[64]}", "config.json:2:16: hidden_size: must be an integer, not a list")]
    [InlineData("""{"model_type":"llama","text_config":7}""", "config.json:1:37: text_config: must be a mapping, not '7'")]
    [InlineData("""{"model_type":"x","text_config":{"model_type":"y"}}""", "config.json:1:47: the model_type 'y' is not known")]
    [InlineData(
        """{"model_type":"mistral3","text_config":{"model_type":"mistral","hidden_size":-1}}""",
        "config.json:1:78: text_config.hidden_size: -1 is out of range")]
    [InlineData(
        """{"model_type":"llama","hidden_size":100,"num_attention_heads":3,"num_hidden_layers":1,"vocab_size":9,"intermediate_size":7}""",
        "hidden_size 100 does not divide by num_attention_heads 3")]
    [InlineData(
        Llama + ""","num_key_value_heads":3}""", "num_key_value_heads: 4 num_attention_heads do not divide by 3")]
    [InlineData(Llama + ""","tie_word_embeddings":"no"}""", "tie_word_embeddings: must be true or false, not 'no'")]
    [InlineData(Llama + ""","torch_dtype":"int3"}""", "torch_dtype: 'int3' is no known type")]
    [InlineData(
        """{"model_type":"gemma2","num_hidden_layers":3,"layer_types":["full_attention"]}""", "layer_types: has 1 entries for 3 layers")]
    [InlineData(
        """{"model_type":"dbrx","d_model":64,"n_heads":4,"ffn_config":{"moe_num_experts":-1}}""",
        "config.json:1:79: ffn_config.moe_num_experts: -1 is out of range")]
    [InlineData("[1]", "config.json:1:1: a model config is a mapping, not a list")]
    [InlineData("{\"model_type\":\n", "config.json:2:1: this is not JSON")]
    [InlineData("{\"a\":1,\"a\":2}", "config.json:1:8: the key 'a' occurs twice")]
    public void Faults_name_the_field_and_its_place(string config, string message) =>
        Assert.Contains(message, Assert.Throws<InputException>(() => Configs.Read(config)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("")]
    [InlineData(" \n\t")]
    public void An_empty_file_is_no_model(string text)
    {
        var input = InputFile.Of(Encoding.UTF8.GetBytes(text), "config.json");
        Assert.Contains("config.json:1:1: this config is empty",
            Assert.Throws<InputException>(() => HuggingFaceConfig.Read(input)).Message, StringComparison.Ordinal);
    }

    // Python's json writes these words; they stand in fields that bear on nothing here.
    [Fact]
    public void Non_finite_numbers_in_unused_fields_do_not_matter()
    {
        ModelSpec plain = Configs.Read(Llama + "}");
        ModelSpec other = Configs.Read(Llama + ""","time_step_limit":[0.0, Infinity],"rope_x":NaN,"router_std":-Infinity}""");
        Assert.Equal(plain, other);
    }

    [Fact]
    public void A_word_inside_a_string_stays_what_it_is() => Assert.Contains(
        "the model_type 'a NaN \"Infinity' is not known",
        Assert.Throws<InputException>(() => Configs.Read("""{"rope":NaN,"model_type":"a NaN \"Infinity"}""")).Message,
        StringComparison.Ordinal);

    [Fact]
    public void Fields_that_nothing_reads_are_listed_once()
    {
        ModelSpec model = Configs.Read("""
            {"model_type":"gemma3","vision_config":{"hidden_size":1152},"audio_config":{"a":1},"image_token_id":5,"grafted_width":3,
             "text_config":{"model_type":"gemma3_text","num_hidden_layers":2,"rms_norm_eps":1e-6,"odd_field":[1],"null_field":null}}
            """);
        Assert.Equal(
            ["text_config.odd_field: not used", "vision_config: a vision tower; only the language model is counted",
                "audio_config: an audio tower; only the language model is counted", "grafted_width: not used"],
            model.NotCounted.Select(field => $"{field.Field}: {field.Reason}"));
    }

    [Fact]
    public void Every_family_of_the_documents_is_known() => Assert.Equal(
        "afmoe apertus arcee bailing_moe bailing_moe_v2 cohere cohere2 dbrx deci deepseek_v2 deepseek_v3 deepseek_v32 "
        + "dots1 ernie4_5 ernie4_5_moe exaone exaone4 falcon gemma gemma2 gemma3 gemma4 gemma4_unified glm glm4 glm4_moe glm4_moe_lite "
        + "glm4v_moe glm_moe_dsa gpt2 gpt_neox gpt_oss granite granitemoe granitemoehybrid granitemoeshared "
        + "hunyuan_v1_dense hunyuan_v1_moe internlm2 internlm3 jamba kimi_k2 kimi_k25 kimi_linear lfm2 lfm2_moe llama "
        + "llama4 mimo mimo_v2_flash minimax minimax_m1 minimax_m2 minimax_text_01 ministral ministral3 mistral mistral3 "
        + "mixtral nemotron-nas nemotron_h olmo2 olmo3 olmoe opt phi3 phimoe qwen2 qwen2_5_vl qwen2_moe qwen2_vl qwen3 "
        + "qwen3_5 qwen3_5_moe qwen3_moe qwen3_next qwen3_vl qwen3_vl_moe seed_oss smollm3 starcoder2",
        string.Join(' ', ModelFamilies.KnownModelTypes));
}
