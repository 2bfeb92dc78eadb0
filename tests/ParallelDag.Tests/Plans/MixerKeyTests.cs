using ParallelDag.Layers;
using ParallelDag.Plans;
using ParallelDag.Precisions;
using ParallelDag.Tests.Support;

namespace ParallelDag.Tests.Plans;

/// <summary>Every kind of mixer and feed-forward part as a section names it: what it must say, what it may, and what it then is.</summary>
public class MixerKeyTests
{
    private static ModelSpec? Read(string model, out string[] problems)
    {
        ModelSpec? read = PlanTexts.Model(PlanTexts.Tree(model), out IReadOnlyList<InputProblem> found);
        problems = [.. found.Select(problem => problem.Message)];
        return read;
    }

    private static LayerSpec Layer(string keys, string attention = "\"heads\": 8,")
    {
        string model = $$"""{"layers": 1, "hidden": 64, {{attention}} "ffn": 128, "vocab": 100, {{keys}}}""";
        ModelSpec? read = Read(model, out string[] problems);
        Assert.Empty(problems);
        return read!.Layer(1);
    }

    private static Mixer? Named(string mixer, string attention = "\"heads\": 8,") =>
        Layer("\"mixers\": {\"x\": {" + mixer + "}}, \"pattern\": [\"x\"]", attention).Mixer;

    public static TheoryData<string, Mixer> Kinds => new()
    {
        {
            "\"kind\": \"mla\", \"heads\": 4, \"kvLoraRank\": 8, \"qkNopeHeadDim\": 4, \"qkRopeHeadDim\": 2, \"vHeadDim\": 6",
            new LatentAttention { Heads = 4, KvLoraRank = 8, QkNopeHeadDim = 4, QkRopeHeadDim = 2, VHeadDim = 6 }
        },
        {
            "\"kind\": \"mla\", \"heads\": 4, \"qLoraRank\": 3, \"kvLoraRank\": 8, \"qkNopeHeadDim\": 4, \"qkRopeHeadDim\": 2, "
                + "\"vHeadDim\": 6, \"indexTopK\": 5, \"indexer\": {\"heads\": 2, \"headDim\": 9}",
            new LatentAttention
            {
                Heads = 4, QLoraRank = 3, KvLoraRank = 8, QkNopeHeadDim = 4, QkRopeHeadDim = 2, VHeadDim = 6, IndexTopK = 5,
                Indexer = new SparseIndexer { Heads = 2, HeadDim = 9 },
            }
        },
        {
            "\"kind\": \"gatedDeltaNet\", \"keyHeads\": 2, \"valueHeads\": 4, \"keyHeadDim\": 3, \"valueHeadDim\": 5",
            new GatedDeltaNet { KeyHeads = 2, ValueHeads = 4, KeyHeadDim = 3, ValueHeadDim = 5, ConvolutionKernel = 4, StateFormat = null }
        },
        {
            "\"kind\": \"gatedDeltaNet\", \"keyHeads\": 2, \"valueHeads\": 4, \"keyHeadDim\": 3, \"valueHeadDim\": 5, \"convolution\": 2, "
                + "\"stateFormat\": \"fp16\"",
            new GatedDeltaNet
            {
                KeyHeads = 2, ValueHeads = 4, KeyHeadDim = 3, ValueHeadDim = 5, ConvolutionKernel = 2, StateFormat = NumberFormat.Fp16,
            }
        },
        {
            "\"kind\": \"kimiDelta\", \"heads\": 2, \"headDim\": 3",
            new KimiDeltaAttention { Heads = 2, HeadDim = 3, ConvolutionKernel = 4, StateFormat = NumberFormat.Fp32 }
        },
        {
            "\"kind\": \"kimiDelta\", \"heads\": 2, \"headDim\": 3, \"convolution\": 5, \"stateFormat\": \"bf16\"",
            new KimiDeltaAttention { Heads = 2, HeadDim = 3, ConvolutionKernel = 5, StateFormat = NumberFormat.Bf16 }
        },
        {
            "\"kind\": \"lightning\", \"heads\": 2, \"headDim\": 3",
            new LightningAttention { Heads = 2, HeadDim = 3, StateFormat = NumberFormat.Fp32 }
        },
        {
            "\"kind\": \"lightning\", \"heads\": 2, \"headDim\": 3, \"stateFormat\": \"bf16\"",
            new LightningAttention { Heads = 2, HeadDim = 3, StateFormat = NumberFormat.Bf16 }
        },
        {
            "\"kind\": \"shortConvolution\", \"channels\": 7", new ShortConvolution { Channels = 7, ConvolutionKernel = 3, Bias = false }
        },
        {
            "\"kind\": \"shortConvolution\", \"channels\": 7, \"convolution\": 2, \"bias\": true",
            new ShortConvolution { Channels = 7, ConvolutionKernel = 2, Bias = true }
        },
        {
            "\"kind\": \"mamba2\", \"heads\": 4, \"headDim\": 3, \"groups\": 2, \"state\": 5",
            new Mamba2
            {
                Heads = 4, HeadDim = 3, Groups = 2, StateSize = 5, ConvolutionKernel = 4, ConvolutionBias = true,
                StateFormat = NumberFormat.Fp32,
            }
        },
        {
            "\"kind\": \"mamba2\", \"heads\": 4, \"headDim\": 3, \"groups\": 2, \"state\": 5, \"convolution\": 3, "
                + "\"convolutionBias\": false, \"stateFormat\": \"bf16\"",
            new Mamba2
            {
                Heads = 4, HeadDim = 3, Groups = 2, StateSize = 5, ConvolutionKernel = 3, ConvolutionBias = false,
                StateFormat = NumberFormat.Bf16,
            }
        },
        {
            "\"kind\": \"mamba\", \"inner\": 8, \"state\": 3, \"timeStepRank\": 2",
            new Mamba1
            {
                Inner = 8, StateSize = 3, TimeStepRank = 2, ConvolutionKernel = 4, ConvolutionBias = true, ProjectionBias = false,
                ParameterNorms = true, StateFormat = null,
            }
        },
        {
            "\"kind\": \"mamba\", \"inner\": 8, \"state\": 3, \"timeStepRank\": 2, \"convolution\": 5, "
                + "\"convolutionBias\": false, \"projectionBias\": true, \"parameterNorms\": false, \"stateFormat\": \"fp32\"",
            new Mamba1
            {
                Inner = 8, StateSize = 3, TimeStepRank = 2, ConvolutionKernel = 5, ConvolutionBias = false, ProjectionBias = true,
                ParameterNorms = false, StateFormat = NumberFormat.Fp32,
            }
        },
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_named_mixer_is_what_it_says(string keys, Mixer mixer) => Assert.Equal(mixer, Named(keys));

    /// <summary>An attention with a name differs from the default one in what it says.</summary>
    [Fact]
    public void A_named_attention_keeps_what_it_does_not_say()
    {
        const string Default = "\"heads\": 8, \"kvHeads\": 2, \"headDim\": 4, \"qkNorm\": true, \"sinks\": true,";
        var basis = new GroupedAttention { Heads = 8, KvHeads = 2, HeadDim = 4, QkNorm = QkNormKind.PerHead, Sinks = true };
        Assert.Equal(basis, Named("", Default));
        Assert.Equal(basis with { Window = 9 }, Named("\"window\": 9", Default));
        Assert.Equal(basis with { Heads = 4, Sinks = false, QkNorm = QkNormKind.Whole },
            Named("\"kind\": \"attention\", \"heads\": 4, \"sinks\": false, \"qkNorm\": \"whole\"", Default));
        Assert.Equal(
            basis with { KvHeads = 4, HeadDim = 5, ValueDim = 3, QkvBias = true, OutputBias = true, OutputGate = true,
                SharedKeyValue = true,
                Chunk = 7 },
            Named("\"kvHeads\": 4, \"headDim\": 5, \"valueDim\": 3, \"qkvBias\": true, \"outputBias\": true, \"outputGate\": true, "
                + "\"sharedKeyValue\": true, \"chunk\": 7", Default));
    }

    /// <summary>Beside a latent attention, one with a name has no default to take its heads from, but MLA has.</summary>
    [Fact]
    public void A_named_attention_beside_a_latent_one()
    {
        const string Latent = "\"heads\": 8, \"mla\": {\"kvLoraRank\": 8, \"qkNopeHeadDim\": 4, \"qkRopeHeadDim\": 2, \"vHeadDim\": 6},";
        Assert.Equal(new GroupedAttention { Heads = 4, KvHeads = 1, HeadDim = 3 },
            Named("\"heads\": 4, \"kvHeads\": 1, \"headDim\": 3", Latent));
        var mla = new LatentAttention { Heads = 8, KvLoraRank = 9, QkNopeHeadDim = 4, QkRopeHeadDim = 2, VHeadDim = 6 };
        Assert.Equal(mla, Named("\"kind\": \"mla\", \"kvLoraRank\": 9, \"qkNopeHeadDim\": 4, \"qkRopeHeadDim\": 2, \"vHeadDim\": 6",
            Latent));
        Assert.Equal(mla with { KvLoraRank = 8 }, Layer("\"tiedEmbeddings\": true", Latent).Mixer);
    }

    [Fact]
    public void The_default_attention_divides_the_width_by_its_heads()
    {
        Assert.Equal(new GroupedAttention { Heads = 8, KvHeads = 8, HeadDim = 8 }, Layer("\"tiedEmbeddings\": false").Mixer);
        Assert.Equal(new GroupedAttention { Heads = 8, KvHeads = 2, HeadDim = 3 }, Layer("\"kvHeads\": 2, \"headDim\": 3").Mixer);
        Read("""{"layers": 1, "hidden": 64, "heads": 7, "ffn": 128, "vocab": 100}""", out string[] uneven);
        Assert.Equal(["hidden 64 does not divide evenly over 7 heads; choose heads that divide hidden, or give headDim"], uneven);
        Read("""{"layers": 1, "hidden": 64, "heads": 7, "headDim": 8, "ffn": 128, "vocab": 100}""", out string[] given);
        Assert.Empty(given);
        Read("""{"layers": 1, "hidden": 64, "heads": 0, "ffn": 128, "vocab": 100}""", out string[] none);
        Assert.Contains("hidden 64 does not divide evenly over 0 heads; choose heads that divide hidden, or give headDim", none);
        Read("""{"layers": 1, "hidden": 64, "ffn": 128, "vocab": 100}""", out string[] lacking);
        Assert.Equal(["model lacks the key 'heads'"], lacking);

        // A pattern that names no default attention needs no heads.
        Read("""
            {"layers": 1, "hidden": 64, "ffn": 128, "vocab": 100, "pattern": ["l"],
             "mixers": {"l": {"kind": "lightning", "heads": 2, "headDim": 3}}}
            """, out string[] patterned);
        Assert.Empty(patterned);
    }

    [Fact]
    public void Experts_have_their_numbers_or_those_of_the_dense_part()
    {
        var plain = new MoeFeedForward { ExpertCount = 4, TopK = 2, Ffn = 128, Gated = true };
        Assert.Equal(plain, Layer("\"moe\": {\"experts\": 4, \"topK\": 2}").FeedForward);
        Assert.Equal(plain with { Gated = false }, Layer("\"gatedFfn\": false, \"moe\": {\"experts\": 4, \"topK\": 2}").FeedForward);
        Assert.Equal(plain with { Ffn = 32, SharedExperts = 3, SharedFfn = 96 },
            Layer("\"moe\": {\"experts\": 4, \"topK\": 2, \"ffn\": 32, \"sharedExperts\": 3}").FeedForward);
        Assert.Equal(
            plain with
            {
                Ffn = 32, SharedExperts = 1, SharedFfn = 40, SharedGate = true, Bias = true, RouterBias = true, ScoreCorrection = true,
                RouterScales = true, LatentWidth = 6, Groups = 2, GroupLimit = 1, BranchNorms = true,
                Beside = new DenseFeedForward { Ffn = 24, Bias = true },
            },
            Layer("""
                "moe": {"experts": 4, "topK": 2, "ffn": 32, "sharedExperts": 1, "sharedFfn": 40, "sharedGate": true, "bias": true,
                "routerBias": true, "scoreCorrection": true, "routerScales": true, "latent": 6, "groups": 2, "groupLimit": 1,
                "branchNorms": true, "beside": {"ffn": 24, "bias": true}}
                """).FeedForward);
    }

    [Fact]
    public void A_named_part_keeps_what_it_does_not_say()
    {
        const string Default = "\"heads\": 8, \"gatedFfn\": false, \"ffnBias\": true, \"activationWeights\": 2,";
        var basis = new DenseFeedForward { Ffn = 128, Gated = false, Bias = true, ActivationWeights = 2 };
        Assert.Equal(basis, Layer("\"tiedEmbeddings\": false", Default).FeedForward);
        Assert.Equal(basis with { Ffn = 32 }, Part("\"ffn\": 32"));
        Assert.Equal(new DenseFeedForward { Ffn = 32, Gated = true, Bias = false, ActivationWeights = 1 },
            Part("\"ffn\": 32, \"gatedFfn\": true, \"ffnBias\": false, \"activationWeights\": 1"));

        static FeedForward? Part(string keys) => Layer(
            "\"feedForwards\": {\"x\": {" + keys + "}}, \"pattern\": [\"attention/x\"]", Default).FeedForward;
    }

    /// <summary>Layers from 1: 0 to all of them are dense before those with experts.</summary>
    [Theory]
    [InlineData(0, "moe moe moe")]
    [InlineData(1, "dense moe moe")]
    [InlineData(3, "dense dense dense")]
    [InlineData(65_536, "dense dense dense")]
    public void Leading_layers_are_dense(int leading, string kinds)
    {
        string model = $$$"""
            {"layers": 3, "hidden": 64, "heads": 8, "ffn": 128, "vocab": 100,
             "moe": {"experts": 4, "topK": 2, "firstDenseLayers": {{{leading}}}}}
            """;
        ModelSpec? read = Read(model, out string[] problems);
        Assert.Empty(problems);
        Assert.Equal(kinds, string.Join(' ', Enumerable.Range(1, 3).Select(layer => read!.Layer(layer).HasExperts ? "moe" : "dense")));
    }

    [Theory]
    [InlineData("\"moe\": {\"experts\": 4, \"topK\": 2, \"firstDenseLayers\": -1}", "-1 is out of range; give 0 to the number of layers")]
    [InlineData("\"moe\": {\"experts\": 4, \"topK\": 2, \"firstDenseLayers\": 65537}",
        "65537 is out of range; give 0 to the number of layers")]
    [InlineData("\"moe\": {\"experts\": 4, \"topK\": 2, \"load\": 1}", "model.moe.load stands in workload.expertLoad now; move it there")]
    [InlineData("\"moe\": {\"experts\": 4, \"topK\": 2, \"redundantExperts\": 1}",
        "model.moe.redundantExperts stands in prefill.redundantExperts or decode.redundantExperts now; move it there")]
    [InlineData("\"moe\": {\"experts\": 4, \"topK\": 2, \"beside\": {\"ffn\": 3, \"bais\": true}}",
        "unknown key 'bais' in model.moe.beside; did you mean 'bias'?")]
    [InlineData("\"moe\": {\"topK\": 2}", "model.moe lacks the key 'experts'")]
    [InlineData("\"mixers\": {\"x\": {\"kind\": \"lightning\", \"heads\": 2, \"headDim\": 3, \"haeds\": 1}}, \"pattern\": [\"x\"]",
        "unknown key 'haeds' in model.mixers.x; did you mean 'heads'?")]
    [InlineData("\"mla\": {\"kvLoraRank\": 8, \"qkNopeHeadDim\": 4, \"qkRopeHeadDim\": 2, \"vHeadDim\": 6, \"vHaedDim\": 6}",
        "unknown key 'vHaedDim' in model.mla; did you mean 'vHeadDim'?")]
    [InlineData("\"mla\": {\"kvLoraRank\": 8, \"qkNopeHeadDim\": 4, \"qkRopeHeadDim\": 2, \"vHeadDim\": 6, "
        + "\"indexer\": {\"heads\": 1, \"headDim\": 1, \"heds\": 1}}", "unknown key 'heds' in model.mla.indexer; did you mean 'heads'?")]
    [InlineData("\"feedForwards\": {\"x\": {\"ffn\": 1, \"fnf\": 1}}, \"pattern\": [\"attention/x\"]",
        "unknown key 'fnf' in model.feedForwards.x; did you mean 'ffn'?")]
    [InlineData("\"pattern\": []", "model.pattern is empty; name a mixer for each layer that repeats")]
    [InlineData("\"precision\": {\"weights\": \"fp9\"}", "'fp9' is no number format; known are ")]
    [InlineData("\"precision\": {\"base\": \"fp8\"}", "model.precision.base is what is never quantised; give bf16, fp16 or fp32, not ")]
    [InlineData("\"precision\": {\"weigths\": \"fp8\"}", "unknown key 'weigths' in model.precision; did you mean 'weights'?")]
    [InlineData("\"multiTokenLayers\": -1", "-1 is out of range; give 0 to 64")]
    [InlineData("\"multiTokenLayers\": 65", "65 is out of range; give 0 to 64")]
    public void A_mistake_is_one_problem(string keys, string message)
    {
        Read($$"""{"layers": 3, "hidden": 64, "heads": 8, "ffn": 128, "vocab": 100, {{keys}}}""", out string[] problems);
        Assert.StartsWith(message, Assert.Single(problems), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, true)]
    [InlineData(65_536, true)]
    [InlineData(65_537, false)]
    public void Layers_have_a_least_and_a_most(int layers, bool accepted)
    {
        ModelSpec? read = Read($$"""{"layers": {{layers}}, "hidden": 64, "heads": 8, "ffn": 128, "vocab": 100}""", out string[] problems);
        Assert.Equal(accepted, problems.Length == 0);
        Assert.Equal(accepted ? layers : null, read?.Layers.Count);
    }

    [Fact]
    public void Formats_are_of_dtype_unless_named()
    {
        Assert.Equal(Precision.Bf16, Formats("\"tiedEmbeddings\": false"));
        Assert.Equal(Precision.Of(NumberFormat.Fp16), Formats("\"dtype\": \"fp16\""));
        foreach ((string key, Func<Precision, NumberFormat, Precision> with) in new (string, Func<Precision, NumberFormat, Precision>)[]
        {
            ("weights", (own, format) => own with { Weights = format }),
            ("experts", (own, format) => own with { Experts = format }),
            ("activations", (own, format) => own with { Activations = format }),
            ("kvCache", (own, format) => own with { KvCache = format }),
            ("dispatch", (own, format) => own with { Dispatch = format }),
            ("combine", (own, format) => own with { Combine = format }),
            ("base", (own, format) => own with { Base = format }),
        })
        {
            Assert.Equal(with(Precision.Bf16, NumberFormat.Fp16), Formats("\"precision\": {\"" + key + "\": \"fp16\"}"));
        }

        static Precision Formats(string keys)
        {
            string model = $$"""{"layers": 1, "hidden": 64, "heads": 8, "ffn": 128, "vocab": 100, {{keys}}}""";
            ModelSpec? read = Read(model, out string[] problems);
            Assert.Empty(problems);
            return read!.Precision;
        }
    }
}
