using ParallelDag.Documents;
using ParallelDag.Layers;
using ParallelDag.Precisions;
using static ParallelDag.Plans.PlanDocument;

namespace ParallelDag.Plans;

/// <summary>
/// The mixers and feed-forward parts of a model as keys of its section: the first of each kind without a name, others with one.
/// </summary>
internal sealed class ModelParts
{
    private readonly ModelSpec _model;
    private readonly Mixer? _attention;
    private readonly DenseFeedForward? _dense;
    private readonly MoeFeedForward? _moe;
    private readonly Dictionary<Mixer, string> _mixers = [];
    private readonly Dictionary<FeedForward, string> _feedForwards = [];
    private readonly string[] _items;
    private readonly int _leadingDense;
    private readonly bool _isUsual;

    public ModelParts(ModelSpec model)
    {
        _model = model;
        _attention = model.LayerKinds.Select(layer => layer.Mixer).FirstOrDefault(mixer => mixer is GroupedAttention or LatentAttention);
        _dense = model.LayerKinds.Select(layer => layer.FeedForward).OfType<DenseFeedForward>().FirstOrDefault();
        _moe = model.Experts;
        foreach (LayerSpec layer in model.LayerKinds)
        {
            if (layer.Mixer is Mixer mixer && mixer != _attention)
                _mixers.TryAdd(mixer, $"mixer{_mixers.Count + 1}");
            if (layer.FeedForward is FeedForward part && part != _dense && part != _moe)
                _feedForwards.TryAdd(part, $"ffn{_feedForwards.Count + 1}");
        }

        _items = [.. model.Layers.Select(Item)];
        _leadingDense = model.Layers.TakeWhile(layer => !layer.HasExperts).Count();
        _isUsual = _mixers.Count == 0 && _feedForwards.Count == 0
            && Enumerable.Range(1, _items.Length).All(layer => _items[layer - 1] == Usual(layer));
    }

    /// <summary>The default attention.</summary>
    public (string, DocumentNode?)[] Attention() => _attention switch
    {
        GroupedAttention grouped => Keys(grouped, _model.Hidden),
        LatentAttention latent => [("heads", Number(latent.Heads)), ("mla", Map(Keys(latent)))],
        _ => [],
    };

    /// <summary>The default dense FFN and the experts.</summary>
    public (string, DocumentNode?)[] FeedForward()
    {
        bool gated = _dense?.Gated ?? _moe?.Gated ?? true;
        int? ffn = _dense?.Ffn ?? _moe?.Ffn;
        return
        [
            ("ffn", ffn is int width ? Number(width) : null),
            ("gatedFfn", gated ? null : Flag(false)),
            ("ffnBias", _dense?.Bias == true ? Flag(true) : null),
            ("activationWeights", _dense?.ActivationWeights > 0 ? Number(_dense.ActivationWeights) : null),
            ("moe", _moe is null ? null : Map(Keys(_moe, ffn!.Value))),
        ];
    }

    /// <summary>Named mixers and parts, and the pattern; nothing where the usual layers are all there are.</summary>
    public (string, DocumentNode?)[] Pattern()
    {
        if (_isUsual)
            return [];
        int period = Enumerable.Range(1, _items.Length)
            .First(length => Enumerable.Range(length, _items.Length - length).All(i => _items[i] == _items[i - length]));
        return
        [
            ("mixers", _mixers.Count == 0 ? null : Map([.. _mixers.Select(named => (named.Value, (DocumentNode?)Map(Keys(named.Key))))])),
            ("feedForwards", _feedForwards.Count == 0 ? null
                : Map([.. _feedForwards.Select(named => (named.Value, (DocumentNode?)Map(Keys((named.Key as DenseFeedForward)!))))])),
            ("pattern", List(_items.Take(period).Select(Text))),
        ];
    }

    private string Usual(int layer) => _attention is null ? "" : $"attention/{(_moe is null || layer <= _leadingDense ? "dense" : "moe")}";

    private string Item(LayerSpec layer)
    {
        string mixer = layer.Mixer is null ? "none" : _mixers.GetValueOrDefault(layer.Mixer, "attention");
        string part = layer.FeedForward is null ? "none"
            : _feedForwards.GetValueOrDefault(layer.FeedForward, layer.HasExperts ? "moe" : "dense");
        return $"{mixer}/{part}";
    }

    private static (string, DocumentNode?)[] Keys(Mixer mixer) => mixer switch
    {
        GroupedAttention grouped => [("kind", Text("attention")), .. Keys(grouped, hidden: null)],
        LatentAttention latent => [("kind", Text("mla")), ("heads", Number(latent.Heads)), .. Keys(latent)],
        GatedDeltaNet net =>
        [
            ("kind", Text("gatedDeltaNet")),
            ("keyHeads", Number(net.KeyHeads)),
            ("valueHeads", Number(net.ValueHeads)),
            ("keyHeadDim", Number(net.KeyHeadDim)),
            ("valueHeadDim", Number(net.ValueHeadDim)),
            ("convolution", Number(net.ConvolutionKernel)),
            ("stateFormat", Format(net.StateFormat)),
        ],
        KimiDeltaAttention delta =>
        [
            ("kind", Text("kimiDelta")),
            ("heads", Number(delta.Heads)),
            ("headDim", Number(delta.HeadDim)),
            ("convolution", Number(delta.ConvolutionKernel)),
            ("stateFormat", Format(delta.StateFormat)),
        ],
        LightningAttention lightning =>
        [
            ("kind", Text("lightning")),
            ("heads", Number(lightning.Heads)),
            ("headDim", Number(lightning.HeadDim)),
            ("stateFormat", Format(lightning.StateFormat)),
        ],
        ShortConvolution convolution =>
        [
            ("kind", Text("shortConvolution")),
            ("channels", Number(convolution.Channels)),
            ("convolution", Number(convolution.ConvolutionKernel)),
            ("bias", Flag(convolution.Bias)),
        ],
        Mamba2 mamba =>
        [
            ("kind", Text("mamba2")),
            ("heads", Number(mamba.Heads)),
            ("headDim", Number(mamba.HeadDim)),
            ("groups", Number(mamba.Groups)),
            ("state", Number(mamba.StateSize)),
            ("convolution", Number(mamba.ConvolutionKernel)),
            ("convolutionBias", Flag(mamba.ConvolutionBias)),
            ("stateFormat", Format(mamba.StateFormat)),
        ],
        Mamba1 mamba =>
        [
            ("kind", Text("mamba")),
            ("inner", Number(mamba.Inner)),
            ("state", Number(mamba.StateSize)),
            ("timeStepRank", Number(mamba.TimeStepRank)),
            ("convolution", Number(mamba.ConvolutionKernel)),
            ("convolutionBias", Flag(mamba.ConvolutionBias)),
            ("projectionBias", Flag(mamba.ProjectionBias)),
            ("parameterNorms", Flag(mamba.ParameterNorms)),
            ("stateFormat", Format(mamba.StateFormat)),
        ],
        _ => throw new InvalidOperationException($"a mixer of kind {mixer.GetType().Name} has no keys"),
    };

    /// <summary>Attention; with <paramref name="hidden"/> the default one, whose keys may be left out where they are the usual.</summary>
    private static (string, DocumentNode?)[] Keys(GroupedAttention attention, int? hidden)
    {
        bool first = hidden is not null;
        DocumentScalar? Flagged(bool value) => value || !first ? Flag(value) : null;
        DocumentScalar? Sized(int value) => value > 0 || !first ? Number(value) : null;
        return
        [
            ("heads", Number(attention.Heads)),
            ("kvHeads", first && attention.KvHeads == attention.Heads ? null : Number(attention.KvHeads)),
            ("headDim", (long)attention.HeadDim * attention.Heads == hidden ? null : Number(attention.HeadDim)),
            ("valueDim", attention.ValueDim == attention.HeadDim ? (first ? null : Number(0)) : Number(attention.ValueDim)),
            ("qkNorm", attention.QkNorm switch
            {
                QkNormKind.PerHead => Flag(true),
                QkNormKind.Whole => Text("whole"),
                _ => first ? null : Flag(false),
            }),
            ("qkvBias", Flagged(attention.QkvBias)),
            ("outputBias", Flagged(attention.OutputBias)),
            ("sinks", Flagged(attention.Sinks)),
            ("outputGate", Flagged(attention.OutputGate)),
            ("sharedKeyValue", Flagged(attention.SharedKeyValue)),
            ("window", Sized(attention.Window)),
            ("chunk", Sized(attention.Chunk)),
        ];
    }

    private static (string, DocumentNode?)[] Keys(LatentAttention latent) =>
    [
        ("qLoraRank", latent.QLoraRank is int rank ? Number(rank) : null),
        ("kvLoraRank", Number(latent.KvLoraRank)),
        ("qkNopeHeadDim", Number(latent.QkNopeHeadDim)),
        ("qkRopeHeadDim", Number(latent.QkRopeHeadDim)),
        ("vHeadDim", Number(latent.VHeadDim)),
        ("indexer", latent.Indexer is null ? null
            : Map(("heads", Number(latent.Indexer.Heads)), ("headDim", Number(latent.Indexer.HeadDim)))),
        ("indexTopK", latent.IndexTopK == 0 ? null : Number(latent.IndexTopK)),
    ];

    private static (string, DocumentNode?)[] Keys(DenseFeedForward dense) =>
    [
        ("ffn", Number(dense.Ffn)),
        ("gatedFfn", Flag(dense.Gated)),
        ("ffnBias", Flag(dense.Bias)),
        ("activationWeights", Number(dense.ActivationWeights)),
    ];

    private (string, DocumentNode?)[] Keys(MoeFeedForward moe, int ffn)
    {
        int leading = _isUsual ? _leadingDense : 0; // A pattern says it of every layer.
        return
        [
            ("experts", Number(moe.ExpertCount)),
            ("topK", Number(moe.TopK)),
            ("ffn", moe.Ffn == ffn ? null : Number(moe.Ffn)),
            ("bias", moe.Bias ? Flag(true) : null),
            ("routerBias", moe.RouterBias ? Flag(true) : null),
            ("scoreCorrection", moe.ScoreCorrection ? Flag(true) : null),
            ("routerScales", moe.RouterScales ? Flag(true) : null),
            ("sharedExperts", moe.SharedExperts == 0 ? null : Number(moe.SharedExperts)),
            ("sharedFfn", moe.SharedFfn == (long)moe.SharedExperts * moe.Ffn ? null : Number(moe.SharedFfn)),
            ("sharedGate", moe.SharedGate ? Flag(true) : null),
            ("latent", moe.LatentWidth == 0 ? null : Number(moe.LatentWidth)),
            ("groups", moe.Groups == 0 ? null : Number(moe.Groups)),
            ("groupLimit", moe.GroupLimit == 0 ? null : Number(moe.GroupLimit)),
            ("firstDenseLayers", leading == 0 ? null : Number(leading)),
            ("beside", moe.Beside is null ? null : Map(("ffn", Number(moe.Beside.Ffn)), ("bias", moe.Beside.Bias ? Flag(true) : null))),
            ("branchNorms", moe.BranchNorms ? Flag(true) : null),
        ];
    }

    private static DocumentScalar? Format(NumberFormat? format) => format is null ? null : Text(format.Name);
}
