using ParallelDag.Layers;
using ParallelDag.Operators;
using ParallelDag.Precisions;

namespace ParallelDag.Models.Quantization;

/// <summary>
/// A model with the formats of its checkpoint. Linear layers of mixers, FFNs and experts are quantised; embedding, head, norms, router,
/// biases and other small parameters never are. The commonest format of experts and that of all other linear layers become the model's
/// precision; modules that differ keep theirs in their layer, so that layers that end up alike stay equal.
/// </summary>
internal sealed class QuantizedModel
{
    private readonly ModelSpec _model;
    private readonly QuantizationScheme _scheme;
    private readonly Dictionary<(LayerSpec Layer, int Index), IReadOnlyList<Choice>> _known = [];

    private QuantizedModel(ModelSpec model, QuantizationScheme scheme)
    {
        _model = model;
        _scheme = scheme;
    }

    /// <summary>The model in the scheme's formats.</summary>
    public static ModelSpec Of(ModelSpec model, QuantizationScheme scheme) => new QuantizedModel(model, scheme).Quantize();

    private ModelSpec Quantize()
    {
        int count = _model.Layers.Count;
        Precision precision = PrecisionOf([.. Enumerable.Range(0, count).SelectMany(layer => Choices(_model.Layers[layer], layer))]);
        var quantized = new Dictionary<(LayerSpec, int), LayerSpec>();
        LayerSpec Of(LayerSpec layer, int index)
        {
            (LayerSpec, int) key = Key(layer, index);
            if (!quantized.TryGetValue(key, out LayerSpec? spec))
                quantized.Add(key, spec = WithFormats(layer, index, precision));
            return spec;
        }

        return _model with
        {
            Layers = ModelSpec.LayersOf(count, layer => Of(_model.Layers[layer - 1], layer - 1)),
            MultiTokenLayers = ModelSpec.LayersOf(
                _model.MultiTokenLayers.Count, layer => Of(_model.MultiTokenLayers[layer - 1], count + layer - 1)),
            Precision = precision,
            NotCounted = [.. _model.NotCounted, .. _scheme.NotCounted],
        };
    }

    private LayerSpec WithFormats(LayerSpec layer, int index, Precision precision)
    {
        LayerSpec bare = layer with { Formats = [] };
        return layer with
        {
            Formats = [.. Choices(layer, index)
                .Where(choice => bare.FormatOf(choice.Weight, precision) != choice.Format)
                .Select(choice => new ModuleFormat(choice.Weight.Module, choice.Format))
                .Distinct()],
        };
    }

    /// <summary>Experts and other linear layers each in the format of most of their elements.</summary>
    private Precision PrecisionOf(IReadOnlyList<Choice> choices)
    {
        NumberFormat? Commonest(Func<Choice, bool> of) => choices.Where(of)
            .GroupBy(choice => choice.Format)
            .MaxBy(group => group.Sum(choice => (decimal)choice.Weight.Elements))?.Key;
        NumberFormat? experts = Commonest(choice => choice.Weight.Class == WeightClass.Expert);
        NumberFormat weights = Commonest(choice => choice.Weight.Class != WeightClass.Expert) ?? experts ?? _model.Precision.Weights;
        Precision precision = _model.Precision with { Weights = weights };
        if (experts is not null && experts != weights)
            precision = precision with { Experts = experts };
        return _scheme.KvCache is null ? precision : precision with { KvCache = _scheme.KvCache };
    }

    private IReadOnlyList<Choice> Choices(LayerSpec layer, int index)
    {
        (LayerSpec, int) key = Key(layer, index);
        if (!_known.TryGetValue(key, out IReadOnlyList<Choice>? choices))
        {
            _known.Add(key, choices = [.. layer.Weights(_model.Hidden).Where(IsLinear)
                .Select(weight => new Choice(weight, FormatOf(weight, index)))]);
        }

        return choices;
    }

    private (LayerSpec Layer, int Index) Key(LayerSpec layer, int index) => (layer, _scheme.NamesLayers ? index : 0);

    private NumberFormat FormatOf(WeightSpec weight, int layer)
    {
        if ((_scheme.ExpertsOnly && weight.Class != WeightClass.Expert) || _scheme.Excluded.Name(layer, weight.Module))
            return _model.Precision.Base;
        foreach (QuantizationGroup group in _scheme.Groups)
        {
            if (group.Targets?.Name(layer, weight.Module) != false)
                return group.Format;
        }

        return _model.Precision.Base;
    }

    private static bool IsLinear(WeightSpec weight) => !weight.IsVector && weight.Format is null
        && weight.Class is WeightClass.Attention or WeightClass.Dense or WeightClass.Shared or WeightClass.Expert;

    private sealed record Choice(WeightSpec Weight, NumberFormat Format);
}
