using ParallelDag.Accounting;
using ParallelDag.Layers;
using ParallelDag.Models;
using ParallelDag.Models.Quantization;
using ParallelDag.Operators;
using ParallelDag.Precisions;
using ParallelDag.Tests.Support;

namespace ParallelDag.Tests.Models;

/// <summary>Quantisation blocks of checkpoints: methods, excluded modules, faults.</summary>
public class QuantizationTests
{
    [Theory]
    [InlineData("fp8", "{'quant_method':'fp8'}")]
    [InlineData("fp8/128x64", "{'quant_method':'fp8','weight_block_size':[128,64]}")]
    [InlineData("fp8/channel", "{'quant_method':'fbgemm_fp8','activation_scale_ub':1200.0}")]
    [InlineData("int4/128", "{'quant_method':'awq','bits':4,'group_size':128,'version':'gemm','zero_point':true}")]
    [InlineData("int4/64", "{'quant_method':'gptq','bits':4,'group_size':64,'desc_act':true,'sym':true}")]
    [InlineData("int4/channel", "{'quant_method':'gptq','bits':4,'group_size':-1}")]
    [InlineData("int8/128", "{'quant_method':'gptq','bits':8,'group_size':128}")]
    [InlineData("fp8", "{'quant_method':'modelopt','quant_algo':'FP8'}")]
    [InlineData("nvfp4", "{'quant_method':'modelopt','quant_algo':'NVFP4','group_size':16}")]
    [InlineData("int4/128", "{'quant_method':'modelopt','quant_algo':'W4A8_AWQ','group_size':128}")]
    [InlineData("fp8", "{'quant_method':'quark','exclude':['lm_head'],'export':{},'global_quant_config':{'weight':"
        + "{'dtype':'fp8_e4m3','qscheme':'per_tensor','group_size':null}}}")]
    [InlineData("mxfp4", "{'quant_method':'quark','layer_quant_config':{},'global_quant_config':{'weight':"
        + "{'dtype':'fp4','qscheme':'per_group','group_size':32}}}")]
    [InlineData("mxfp8", "{'quant_method':'modelopt','quant_algo':'MXFP8'}")]
    [InlineData("fp8", "{'quant_method':'compressed-tensors','config_groups':{'g':{'targets':['Linear'],'weights':"
        + "{'type':'float','num_bits':8,'strategy':'tensor'}}}}")]
    [InlineData("fp8/channel", "{'quant_method':'compressed-tensors','config_groups':{'g':{'targets':['Linear'],'weights':"
        + "{'type':'float','num_bits':8,'strategy':'channel'}}}}")]
    [InlineData("fp8/128x128", "{'quant_method':'compressed-tensors','config_groups':{'g':{'targets':['Linear'],'weights':"
        + "{'type':'float','num_bits':8,'strategy':'block','block_structure':[128,128]}}}}")]
    [InlineData("nvfp4", "{'quant_method':'compressed-tensors','format':'nvfp4-pack-quantized','config_groups':{'g':"
        + "{'targets':['Linear'],'weights':{'type':'float','num_bits':4,'strategy':'tensor_group','group_size':16}}}}")]
    [InlineData("int8", "{'quant_method':'compressed-tensors','format':'int-quantized','config_groups':{'g':"
        + "{'targets':['Linear'],'weights':{'type':'int','num_bits':8,'strategy':'channel'}}}}")]
    [InlineData("int4/32", "{'quant_method':'compressed-tensors','config_groups':{'g':{'targets':['Linear'],'weights':"
        + "{'type':'int','num_bits':4,'strategy':'group','group_size':32}}}}")]
    public void Every_method_gives_its_format(string format, string block)
    {
        ModelSpec model = Dense(block);

        Assert.Equal(format, model.Precision.Weights.Name);
        Assert.Empty(model.NotCounted);
        Assert.Empty(Assert.Single(model.LayerKinds).Formats);
        Assert.All(model.LayerKinds[0].Weights(model.Hidden), weight =>
            Assert.Equal(weight.IsVector ? "bf16" : format, model.LayerKinds[0].FormatOf(weight, model.Precision).Name));
    }

    // One list and the modules that it excludes, in each spelling that checkpoints use.
    [Theory]
    [InlineData("lm_head", "")]
    [InlineData("model.layers.0.mlp.gate", "")]
    [InlineData("gate", "")]
    [InlineData("self_attn", "1:self_attn.q_proj 1:self_attn.k_proj 1:self_attn.v_proj 1:self_attn.o_proj 2:self_attn.q_proj "
        + "2:self_attn.k_proj 2:self_attn.v_proj 2:self_attn.o_proj")]
    [InlineData("model.layers.1.self_attn.o_proj", "2:self_attn.o_proj")]
    [InlineData("model.layers.1.self_attn.qkv_proj", "2:self_attn.q_proj 2:self_attn.k_proj 2:self_attn.v_proj")]
    [InlineData("model.layers.0*", "1:self_attn.q_proj 1:self_attn.k_proj 1:self_attn.v_proj 1:self_attn.o_proj "
        + "1:mlp.experts.gate_proj 1:mlp.experts.up_proj 1:mlp.experts.down_proj")]
    [InlineData("model.layers.*.mlp.experts", "1:mlp.experts.gate_proj 1:mlp.experts.up_proj 1:mlp.experts.down_proj "
        + "2:mlp.experts.gate_proj 2:mlp.experts.up_proj 2:mlp.experts.down_proj")]
    [InlineData("*block_sparse_moe.experts.0.w2", "1:mlp.experts.down_proj 2:mlp.experts.down_proj")]
    [InlineData("re:.*layers\\\\.1\\\\.feed_forward.*gate_up_proj", "2:mlp.experts.gate_proj 2:mlp.experts.up_proj")]
    [InlineData("re:(?!.*experts).*(q|k|v)_proj$",
        "1:self_attn.q_proj 1:self_attn.k_proj 1:self_attn.v_proj 2:self_attn.q_proj 2:self_attn.k_proj 2:self_attn.v_proj")]
    [InlineData("language_model.model.layers.0.self_attn.o_proj", "1:self_attn.o_proj")]
    [InlineData("model.layers.10.self_attn", "")]
    public void Excluded_modules_keep_16_bits(string pattern, string modules)
    {
        ModelSpec model = Experts($$"""{"quant_method":"fp8","modules_to_not_convert":["{{pattern}}"]}""");
        IEnumerable<string> kept = Enumerable.Range(1, 2).SelectMany(layer => Linear(model.Layer(layer), model.Hidden)
            .Where(weight => model.Layer(layer).FormatOf(weight, model.Precision) == NumberFormat.Bf16)
            .Select(weight => $"{layer}:{weight.Module}"));

        Assert.Equal(modules, string.Join(" ", kept));
    }

    [Fact]
    public void Layers_that_end_up_alike_stay_equal()
    {
        ModelSpec model = Experts(
            "{'quant_method':'fp8','modules_to_not_convert':['model.layers.0.mlp.gate','model.layers.1.mlp.gate']}");
        Assert.Single(model.LayerKinds);
    }

    [Fact]
    public void What_a_layer_keeps_in_16_bits_counts_in_its_bytes()
    {
        ModelSpec all = Experts("{'quant_method':'fp8'}");
        ModelSpec one = Experts("{'quant_method':'fp8','ignored_layers':['model.layers.1.self_attn.o_proj']}");
        Assert.Equal((64 * 64) - 4, ModelSize.WeightBytes(one) - ModelSize.WeightBytes(all));
    }

    [Fact]
    public void Mixed_precision_states_a_format_a_module()
    {
        ModelSpec model = Experts("""
            {"quant_method":"modelopt","quant_algo":"MIXED_PRECISION","quantized_layers":{
              "model.layers.0.self_attn.o_proj":{"quant_algo":"FP8"},"model.layers.*.mlp.experts*":{"quant_algo":"NVFP4","group_size":16}}}
            """);

        Assert.Equal(("bf16", "nvfp4"), (model.Precision.Weights.Name, model.Precision.Experts.Name));
        Assert.Equal([new ModuleFormat("self_attn.o_proj", NumberFormat.Fp8)], model.Layer(1).Formats);
        Assert.Empty(model.Layer(2).Formats);
    }

    [Theory]
    [InlineData("null", "bf16")]
    [InlineData("{'num_bits':8,'type':'float','strategy':'tensor'}", "fp8")]
    [InlineData("{'num_bits':8,'type':'int'}", "int8")]
    public void A_cache_scheme_is_the_format_of_the_cache(string scheme, string format) => Assert.Equal(format, Dense(
        "{'quant_method':'compressed-tensors','config_groups':{'g':{'targets':['Linear'],"
        + $"'weights':{{'type':'float','num_bits':8,'strategy':'channel'}}}}}},'kv_cache_scheme':{scheme}}}").Precision.KvCache.Name);

    [Fact]
    public void A_field_that_says_nothing_of_formats_is_listed_once() => Assert.Equal(
        [new UncountedField("quantization_config.surprise", "not understood; formats are counted without it")],
        Dense("""{"quant_method":"fp8","surprise":1}""").NotCounted);

    [Theory]
    [InlineData("[]", "config.json:2:1: quantization_config: must be a mapping, not a list")]
    [InlineData("{}", "config.json:2:1: quantization_config.quant_method: is missing; known are awq, compressed-tensors, "
        + "fbgemm_fp8, fp8, gptq, modelopt")]
    [InlineData("{'quant_method':'hqq'}", "config.json:2:17: quantization_config.quant_method: 'hqq' is not known; known are awq")]
    [InlineData("{'quant_method':'bitsandbytes'}",
        "config.json:2:17: quantization_config.quant_method: 'bitsandbytes' quantises while it loads")]
    [InlineData("{'quant_method':'fp8','weight_block_size':[128]}",
        "config.json:2:43: quantization_config.weight_block_size: must be two sizes")]
    [InlineData("{'quant_method':'fp8','weight_block_size':[0,128]}", "must be two sizes")]
    [InlineData("{'quant_method':'awq','bits':3,'group_size':128}",
        "config.json:2:30: quantization_config.bits: integers of 3 bits are not known")]
    [InlineData("{'quant_method':'awq','bits':4,'group_size':0}", "quantization_config.group_size: 0 is no group")]
    [InlineData("{'quant_method':'gptq','bits':4,'group_size':128,'dynamic':{'-:x':{}}}",
        "quantization_config.dynamic: formats of single modules are not read")]
    [InlineData("{'quant_method':'quark'}", "quantization_config.global_quant_config: is missing")]
    [InlineData("{'quant_method':'quark','global_quant_config':{'weight':{'dtype':'fp4','qscheme':'per_group','group_size':16}}}",
        "quantization_config.global_quant_config.weight.qscheme: 'per_group' with fp4 is not known")]
    [InlineData("{'quant_method':'modelopt','quant_algo':'FP2'}", "config.json:2:41: quantization_config.quant_algo: 'FP2' is not known")]
    [InlineData("{'quant_method':'modelopt','quant_algo':'FP8','kv_cache_quant_algo':'FP3'}",
        "quantization_config.kv_cache_quant_algo: 'FP3' is not known")]
    [InlineData("{'quant_method':'modelopt','quant_algo':'NVFP4','group_size':32}",
        "quantization_config.group_size: NVFP4 with groups of 32 is not known")]
    [InlineData("{'quant_method':'compressed-tensors'}", "quantization_config.config_groups: is missing")]
    [InlineData("{'quant_method':'compressed-tensors','config_groups':{'g':{'weights':{'type':'float','num_bits':5}}}}",
        "quantization_config.config_groups.g.weights.strategy: 'tensor' with float of 5 bits")]
    [InlineData("{'quant_method':'compressed-tensors','config_groups':{'g':{'targets':['MoEGate'],'weights':{'type':'float',"
        + "'num_bits':8}}}}", "quantization_config.config_groups.g.targets: 'MoEGate' is a class of modules")]
    [InlineData("{'quant_method':'fp8','modules_to_not_convert':['re:(']}",
        "quantization_config.modules_to_not_convert: an expression cannot be read")]
    [InlineData("{'quant_method':'fp8','modules_to_not_convert':['re:(?=(a+)+$)(m+)+x'],'ignore':['y']}",
        "quantization_config.ignore: a second list of modules")]
    public void What_is_not_understood_is_named_with_its_place(string block, string message) => Assert.Contains(
        message, Assert.Throws<InputException>(() => Dense(block)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_file_beside_the_config_states_the_formats()
    {
        string folder = Directory.CreateTempSubdirectory("paralleldag-").FullName;
        try
        {
            string config = Path.Combine(folder, "config.json"), beside = Path.Combine(folder, CheckpointFormats.BesideName);
            File.WriteAllText(config, PublishedConfigs.Llama70B("\"torch_dtype\":\"bfloat16\""));
            Assert.Equal("bf16", HuggingFaceConfig.ReadFile(config).Precision.ToString());
            File.WriteAllText(beside, """
                {"producer":{"name":"modelopt"},
                 "quantization":{"quant_algo":"FP8","kv_cache_quant_algo":"FP8","exclude_modules":["lm_head"]}}
                """);
            Assert.Equal("fp8 weights, bf16 activations, fp8 cache", HuggingFaceConfig.ReadFile(config).Precision.ToString());
            File.WriteAllText(beside, """{"quantization":{"quant_algo":7}}""");
            string message = Assert.Throws<InputException>(() => HuggingFaceConfig.ReadFile(config)).Message;
            Assert.Contains("hf_quant_config.json:1:31: quant_algo: must be a text", message, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static IEnumerable<WeightSpec> Linear(LayerSpec layer, int hidden) => layer.Weights(hidden)
        .Where(weight => !weight.IsVector && weight.Class is not WeightClass.Router);

    private static ModelSpec Dense(string block) => Read("'model_type':'llama'", block);

    private static ModelSpec Experts(string block) => Read(
        "'model_type':'qwen3_moe','moe_intermediate_size':32,'num_experts':4,'num_experts_per_tok':2", block);

    /// <summary>A small model; the block begins the second line.</summary>
    private static ModelSpec Read(string family, string block) => PublishedConfigs.Read((
        $"{{{family},'hidden_size':64,'intermediate_size':128,'num_attention_heads':4,'num_hidden_layers':2,'vocab_size':100,"
        + $"'quantization_config':\n{block}}}").Replace('\'', '"'));
}
