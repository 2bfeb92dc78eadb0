using System.Text;
using ParallelDag.Accounting;
using ParallelDag.Layers;
using ParallelDag.Precisions;
using ParallelDag.Units;
using ParallelDag.Wording;

namespace ParallelDag.Descriptions;

/// <summary>Writes the model of a description for people.</summary>
internal static class ModelText
{
    private const int Columns = 80;

    public static void Write(StringBuilder text, ModelDescription model)
    {
        ModelSpec spec = model.Spec;
        Line(text, $"Model");
        Count("parameters", model.TotalParameters);
        if (model.MultiTokenParameters > 0)
            Count("with MTP", checked(model.TotalParameters + model.MultiTokenParameters));
        if (model.ActiveParameters != model.TotalParameters)
        {
            Count("active", model.ActiveParameters);
            Count("", model.ActiveParametersWithoutEmbedding, " without the input embedding");
        }

        Bytes("weights", model.WeightBytes);
        if (model.MultiTokenParameters > 0)
            Bytes("with MTP", checked(model.WeightBytes + model.MultiTokenWeightBytes));
        Line(text, $"  KV cache     {model.KvCacheBytesPerToken:N0} bytes per token");
        if (model.StateBytesPerSequence > 0)
            Line(text, $"  state        {model.StateBytesPerSequence:N0} bytes per sequence");
        Line(text, $"  sequence     {Quantity.FormatBytes(model.CacheBytesPerSequence)} of cache at {model.CacheLength:N0} tokens");
        string full = Quantity.FormatBytes(model.FullLengthCacheBytesPerSequence);
        if (model.FullLengthCacheBytesPerSequence != model.CacheBytesPerSequence)
            Line(text, $"               {full} where an engine reserves the full length");
        Line(text, $"  shape        {spec.Layers.Count} layers, hidden {spec.Hidden}");
        Wrapped(text, "formats", spec.Precision.ToString());
        for (int kind = 0; kind < spec.LayerKinds.Count; kind++)
        {
            int layers = spec.KindOfLayer.Count(other => other == kind);
            LayerSpec layer = spec.LayerKinds[kind];
            Wrapped(text, kind == 0 ? "layers" : "", Words.Invariant($"{layers} x {layer}"));
            if (spec.LayerKinds.Count > 1 && layer.Mixer is not null)
                Line(text, $"                 {Kept(model, kind)}");
        }

        Line(text, $"");
        Line(text, $"  weights      format                parameters                bytes");
        foreach (WeightRow row in model.Weights)
            Line(text, $"  {row.Class.ToName(),-11}  {row.Format.Name,-12} {row.Parameters,19:N0}  {row.Bytes,19:N0}");
        foreach (UncountedField field in model.NotCounted)
            Wrapped(text, "not counted", $"{OneLine.Of(field.Field)}: {OneLine.Of(field.Reason)}");

        void Count(string name, long count, string behind = "") => Line(
            text, $"  {name,-11}  {count:N0} ({Quantity.FormatCount(count)}){behind}");

        void Bytes(string name, long bytes) => Line(text, $"  {name,-11}  {bytes:N0} bytes ({Quantity.FormatBytes(bytes)})");
    }

    /// <summary>What a layer of a kind keeps of past positions: cache a token, state a sequence.</summary>
    private static string Kept(ModelDescription model, int kind)
    {
        long state = model.StateBytesOfKind[kind];
        return state > 0 ? Words.Invariant($"{state:N0} bytes of state a sequence")
            : Words.Invariant($"{model.CacheBytesOfKind[kind]:N0} bytes of cache a token{Positions(model.Spec.LayerKinds[kind].Mixer!)}");
    }

    /// <summary>How many positions a mixer keeps, where that is not all of them.</summary>
    private static string Positions(Mixer mixer)
    {
        long most = mixer.CachedPositions(long.MaxValue);
        return most == long.MaxValue ? "" : Words.Invariant($", at most {most:N0} tokens");
    }

    /// <summary>Words after a name, over as many lines as they need.</summary>
    private static void Wrapped(StringBuilder text, string name, string words)
    {
        var line = new StringBuilder();
        foreach (string word in words.Split(' '))
        {
            if (line.Length > 0 && line.Length + 1 + word.Length > Columns - 15)
            {
                Line(text, $"  {name,-11}  {line}");
                name = "";
                line.Clear();
            }

            line.Append(line.Length > 0 ? " " : "").Append(word);
        }

        Line(text, $"  {name,-11}  {line}");
    }

    private static void Line(StringBuilder text, InvariantText line) =>
        text.Append(Words.Invariant(line).TrimEnd()).Append('\n');
}
