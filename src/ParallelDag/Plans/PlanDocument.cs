using System.Globalization;
using ParallelDag.Documents;
using ParallelDag.Units;

namespace ParallelDag.Plans;

/// <summary>
/// Writes plans and their parts as the document tree that <see cref="PlanReader"/> reads: reading what was written gives an equal plan.
/// Values that equal their default are left out.
/// </summary>
public static class PlanDocument
{
    /// <summary>The document of a whole plan.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="folder">The folder that the document is meant for: a model that only its config.json can state is named relative to it.</param>
    /// <exception cref="InputException">The model has properties that only a config.json can state, and came from none.</exception>
    public static DocumentMap From(PlanSpec plan, string? folder = null) => Map(
        ("name", new DocumentScalar(plan.Name, Quoted: true, default)),
        ("model", plan.ModelFile is not null && BeyondPlanFiles(plan.Model).Any() ? Reference(plan.ModelFile, folder) : From(plan.Model)),
        ("cluster", From(plan.Cluster)),
        ("workload", From(plan.Workload)),
        ("prefill", plan.Prefill is null ? null : From(plan.Prefill)),
        ("decode", plan.Decode is null ? null : From(plan.Decode)));

    /// <summary>The <c>model</c> section.</summary>
    /// <exception cref="InputException">The model has properties that only a config.json can state.</exception>
    public static DocumentMap From(ModelSpec model)
    {
        string[] beyond = [.. BeyondPlanFiles(model)];
        if (beyond.Length > 0)
            throw new InputException($"the model has {string.Join(", ", beyond)}, which a plan file cannot state; keep its config.json and name it: model: ./config.json");
        return Map(
            ("layers", Number(model.Layers)),
            ("hidden", Number(model.Hidden)),
            ("heads", Number(model.Heads)),
            ("kvHeads", model.KvHeads == model.Heads ? null : Number(model.KvHeads)),
            ("headDim", HasDefaultHeadDim(model) ? null : Number(model.HeadDim)),
            ("ffn", Number(model.Ffn)),
            ("gatedFfn", model.GatedFfn ? null : Flag(false)),
            ("vocab", Number(model.Vocab)),
            ("tiedEmbeddings", model.TiedEmbeddings ? Flag(true) : null),
            ("qkNorm", model.QkNorm ? Flag(true) : null),
            ("dtype", model.DataType == DataType.Bf16 ? null : Name(model.DataType)),
            ("moe", model.Moe is null ? null : From(model.Moe, model)),
            ("mla", model.Mla is null ? null : From(model.Mla)));
    }

    /// <summary>The <c>cluster</c> section.</summary>
    public static DocumentMap From(ClusterSpec cluster) => Map(
        ("gpus", Number(cluster.Gpus)),
        ("gpusPerNode", Number(cluster.GpusPerNode)),
        ("gpu", From(cluster.Gpu)),
        ("intraNode", From(cluster.IntraNode)),
        ("interNode", From(cluster.InterNode)),
        ("pool", cluster.Pool == PoolKind.Unified ? null : Name(cluster.Pool)),
        ("memoryReserve", cluster.MemoryReserve == 0.1 ? null : Text(Plain(cluster.MemoryReserve))));

    /// <summary>A built-in profile by its name, any other by its numbers.</summary>
    public static DocumentNode From(DeviceProfile gpu) => DeviceProfile.BuiltIn.Contains(gpu)
        ? Text(gpu.Name)
        : Map(
            ("memory", Text(string.Create(CultureInfo.InvariantCulture, $"{gpu.MemoryBytes} B"))),
            ("flops", Text(Exact(gpu.Flops, "FLOPS", [("TFLOPS", 1e12), ("FLOPS", 1)], Quantity.TryParseFlops))),
            ("memoryBandwidth", Text(Exact(gpu.MemoryBandwidth, "B/s", [("TB/s", 1e12), ("GB/s", 1e9), ("B/s", 1)], Quantity.TryParseBandwidth))));

    /// <summary>A link with its bandwidth and latency.</summary>
    public static DocumentMap From(LinkSpec link) => Map(
        ("bandwidth", Text(Exact(link.Bandwidth, "B/s", [("GB/s", 1e9), ("B/s", 1)], Quantity.TryParseBandwidth))),
        ("latency", Text(Exact(link.Latency, "s", [("us", 1e-6), ("ns", 1e-9), ("s", 1)], Quantity.TryParseDuration))));

    /// <summary>The <c>workload</c> section.</summary>
    public static DocumentMap From(WorkloadSpec workload) => Map(
        ("batch", Number(workload.Batch)),
        ("promptLength", Number(workload.PromptLength)),
        ("outputLength", Number(workload.OutputLength)),
        ("microBatches", workload.MicroBatches == 1 ? null : Number(workload.MicroBatches)));

    /// <summary>The section of one phase.</summary>
    public static DocumentMap From(PhaseStrategy phase) => Map(
        ("pp", Number(phase.Pp)),
        ("dp", phase.Dp == 1 ? null : Number(phase.Dp)),
        ("ep", Number(phase.Ep)),
        ("tp", Number(phase.Tp)),
        ("sp", Number(phase.Sp)),
        ("attentionOutput", phase.AttentionOutput == AttentionOutput.AllReduce ? null : Name(phase.AttentionOutput)),
        ("expertParallel", phase.ExpertParallel == ExpertParallelMode.Dedicated ? null : Name(phase.ExpertParallel)),
        ("etp", phase.Etp == 1 ? null : Number(phase.Etp)),
        ("spMethod", phase.SpMethod == SequenceMethod.AllGather ? null : Name(phase.SpMethod)),
        ("order", phase.Order.SequenceEqual(PhaseStrategy.DefaultOrder) ? null : List(phase.Order.Select(Text))),
        ("layersPerStage", phase.LayersPerStage is null ? null : List(phase.LayersPerStage.Select(layers => Number(layers)))),
        ("balance", phase.Balance ? Flag(true) : null));

    private static DocumentMap From(MoeSpec moe, ModelSpec model) => Map(
        ("experts", Number(moe.Experts)),
        ("topK", Number(moe.TopK)),
        ("ffn", moe.Ffn == model.Ffn ? null : Number(moe.Ffn)),
        ("sharedExperts", moe.SharedExperts == 0 ? null : Number(moe.SharedExperts)),
        ("firstDenseLayers", moe.FirstDenseLayers == 0 ? null : Number(moe.FirstDenseLayers)),
        ("redundantExperts", moe.RedundantExperts == 0 ? null : Number(moe.RedundantExperts)),
        ("routerBias", moe.RouterBias ? Flag(true) : null),
        ("load", moe.Load.ZipfExponent is double a ? Map(("zipf", Text(Plain(a))))
            : moe.Load.Fractions is { } fractions ? List(fractions.Select(fraction => Text(Plain(fraction))))
            : null));

    private static DocumentMap From(MlaSpec mla) => Map(
        ("qLoraRank", mla.QLoraRank is int rank ? Number(rank) : null),
        ("kvLoraRank", Number(mla.KvLoraRank)),
        ("qkNopeHeadDim", Number(mla.QkNopeHeadDim)),
        ("qkRopeHeadDim", Number(mla.QkRopeHeadDim)),
        ("vHeadDim", Number(mla.VHeadDim)));

    private static DocumentScalar Reference(string file, string? folder) =>
        new((folder is null ? file : Path.GetRelativePath(folder, file)).Replace('\\', '/'), Quoted: true, default);

    private static bool HasDefaultHeadDim(ModelSpec model) =>
        model.Mla is null ? model.HeadDim * (long)model.Heads == model.Hidden : model.HeadDim == model.Mla.QkHeadDim;

    /// <summary>What a config.json can say of a model and a plan file cannot.</summary>
    private static IEnumerable<string> BeyondPlanFiles(ModelSpec model)
    {
        if (model.QkvBias || model.OutputBias || model.FfnBias || model.Moe?.ExpertBias == true)
            yield return "biases on linear layers";
        if (model.NormBias)
            yield return "LayerNorms with biases";
        if (model.LearnedPositions > 0)
            yield return "learned positions";
        if (model.AttentionSinks)
            yield return "attention sinks";
        if (model.Moe is { DenseLayers.Count: > 0 })
            yield return "dense layers among the MoE layers";
        if (model.Moe is { SharedGate: true })
            yield return "a gate on the shared experts";
        if (model.Moe is { } moe && moe.SharedFfn != (long)moe.SharedExperts * moe.Ffn)
            yield return "shared experts of a width of their own";
    }

    /// <summary>The first spelling that reads back to the very same number.</summary>
    private static string Exact(double value, string lastUnit, (string Unit, double Factor)[] units, TryParse parse)
    {
        foreach ((string unit, double factor) in units)
        {
            string text = $"{Plain(factor < 1 ? value * Math.Round(1 / factor) : value / factor)} {unit}";
            if (parse(text, out double read) && read == value)
                return text;
        }

        return $"{Plain(value)} {lastUnit}";
    }

    private delegate bool TryParse(string text, out double value);

    /// <summary>A number without an exponent; decimal digits suffice for every quantity that a plan may hold.</summary>
    private static string Plain(double value) => value.ToString("0.#############################", CultureInfo.InvariantCulture);

    private static DocumentMap Map(params (string Key, DocumentNode? Value)[] entries) =>
        new([.. entries.Where(entry => entry.Value is not null).Select(entry => new DocumentEntry(entry.Key, default, entry.Value!))], default);

    private static DocumentList List(IEnumerable<DocumentNode> items) => new([.. items], default);

    private static DocumentScalar Number(int number) => Text(number.ToString(CultureInfo.InvariantCulture));

    private static DocumentScalar Flag(bool flag) => Text(flag ? "true" : "false");

    private static DocumentScalar Text(string text) => new(text, Quoted: false, default);

    /// <summary>An enumeration's value as plans spell it: <c>reduceScatter</c>.</summary>
    private static DocumentScalar Name<T>(T value)
        where T : struct, Enum
    {
        string name = value.ToString();
        return Text(char.ToLowerInvariant(name[0]) + name[1..]);
    }
}
