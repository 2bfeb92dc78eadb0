using ParallelDag.Precisions;

namespace ParallelDag.Plans;

/// <summary>Binds <c>dtype</c> and <c>precision</c> of a model section.</summary>
internal static class PrecisionBinder
{
    /// <summary>The formats: those of <paramref name="basis"/> (bf16) where the section does not name others.</summary>
    public static Precision Bind(PlanBinder section, Precision? basis = null)
    {
        Precision precision = basis ?? Precision.Bf16;
        if (section.Mentions("dtype") || basis is null)
        {
            NumberFormat dtype = section.Choice(
                "dtype",
                NumberFormat.Bf16,
                ("bf16", NumberFormat.Bf16),
                ("fp16", NumberFormat.Fp16),
                ("fp32", NumberFormat.Fp32),
                ("fp8", NumberFormat.Fp8));
            precision = Precision.Of(dtype);
        }

        if (section.Section("precision") is not PlanBinder formats)
            return precision;
        if (Format(formats, "weights") is NumberFormat weights)
            precision = precision with { Weights = weights };
        if (Format(formats, "experts") is NumberFormat experts)
            precision = precision with { Experts = experts };
        if (Format(formats, "activations") is NumberFormat activations)
            precision = precision with { Activations = activations };
        if (Format(formats, "kvCache") is NumberFormat cache)
            precision = precision with { KvCache = cache };
        if (Format(formats, "dispatch") is NumberFormat dispatch)
            precision = precision with { Dispatch = dispatch };
        if (Format(formats, "combine") is NumberFormat combine)
            precision = precision with { Combine = combine };
        if (Format(formats, "base") is NumberFormat fallback)
        {
            precision = precision with { Base = fallback };
            if (fallback.IsQuantized)
                formats.Fault("base", $"model.precision.base is what is never quantised; give bf16, fp16 or fp32, not {fallback}");
        }

        formats.RefuseUnknownKeys();
        return precision;
    }

    /// <summary>A format by its name, or null.</summary>
    public static NumberFormat? Format(PlanBinder section, string key)
    {
        if (section.Text(key) is not string text)
            return null;
        if (NumberFormat.TryParse(text, out NumberFormat format))
            return format;
        section.Fault(key, $"'{text}' is no number format; known are {string.Join(", ", NumberFormat.KnownNames)}");
        return null;
    }
}
