using System.Globalization;
using ParallelDag.Documents;
using ParallelDag.Units;
using ParallelDag.Wording;

namespace ParallelDag.Plans;

/// <summary>
/// Writes plans and their parts as the document tree that <see cref="PlanReader"/> reads: reading what was written gives an equal plan.
/// Values that equal their default are left out.
/// </summary>
public static class PlanDocument
{
    /// <summary>The document of a whole plan.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="folder">The folder that the document is meant for: a model that only its config.json can state is named relative to
    /// it.</param>
    /// <exception cref="InputException">The model has properties that only a config.json can state, and came from none.</exception>
    public static DocumentMap From(PlanSpec plan, string? folder = null) => Map(
        ("name", new DocumentScalar(plan.Name, Quoted: true, default)),
        ("engine", plan.Engine is EngineKind engine ? Name(engine) : null),
        ("model", plan.ModelFile is not null && ModelDocument.BeyondPlanFiles(plan.Model) ? Reference(plan.ModelFile, folder)
            : From(plan.Model)),
        ("cluster", From(plan.Cluster)),
        ("workload", From(plan.Workload)),
        ("timing", TimingBinder.From(plan.Timing)),
        ("prefill", plan.Prefill is null ? null : From(plan.Prefill, whole: plan.Engine is not null)),
        ("decode", plan.Decode is null ? null : From(plan.Decode, whole: plan.Engine is not null)),
        ("limits", plan.Limits is null ? null : From(plan.Limits)));

    /// <summary>The <c>model</c> section.</summary>
    /// <exception cref="InputException">The model has properties that only a config.json can state.</exception>
    public static DocumentMap From(ModelSpec model) => ModelDocument.From(model);

    /// <summary>The <c>cluster</c> section.</summary>
    public static DocumentMap From(ClusterSpec cluster) => Map(
        ("gpus", Number(cluster.Gpus)),
        ("gpusPerNode", Number(cluster.GpusPerNode)),
        ("domain", cluster.Domain == cluster.GpusPerNode ? null : Number(cluster.Domain)),
        ("nicsPerNode", cluster.NicsPerNode == cluster.GpusPerNode ? null : Number(cluster.NicsPerNode)),
        ("gpu", From(cluster.Gpu)),
        ("intraNode", From(cluster.IntraNode)),
        ("hostLink", cluster.HasHostLevel ? From(cluster.HostLink) : null),
        ("interNode", From(cluster.InterNode)),
        ("pool", cluster.Pool == PoolKind.Unified ? null : Name(cluster.Pool)),
        ("memoryReserve", cluster.MemoryReserve == 0.1 ? null : Text(Plain(cluster.MemoryReserve))));

    /// <summary>A built-in profile by its name, any other by its numbers.</summary>
    public static DocumentNode From(DeviceProfile gpu) => DeviceProfile.BuiltIn.Contains(gpu)
        ? Text(gpu.Name)
        : Map(
            ("memory", Text(Words.Invariant($"{gpu.MemoryBytes} B"))),
            ("flops", Text(Exact(gpu.Flops, "FLOPS", [("TFLOPS", 1e12), ("FLOPS", 1)], Quantity.TryParseFlops))),
            ("memoryBandwidth", Text(
                Exact(gpu.MemoryBandwidth, "B/s", [("TB/s", 1e12), ("GB/s", 1e9), ("B/s", 1)], Quantity.TryParseBandwidth))));

    /// <summary>A link with its bandwidth and latency.</summary>
    public static DocumentMap From(LinkSpec link) => Map(
        ("bandwidth", Text(Exact(link.Bandwidth, "B/s", [("GB/s", 1e9), ("B/s", 1)], Quantity.TryParseBandwidth))),
        ("latency", Text(Exact(link.Latency, "s", [("us", 1e-6), ("ns", 1e-9), ("s", 1)], Quantity.TryParseDuration))));

    /// <summary>The <c>workload</c> section.</summary>
    public static DocumentMap From(WorkloadSpec workload) => Map(
        ("batch", Number(workload.Batch)),
        ("promptLength", Number(workload.PromptLength)),
        ("outputLength", Number(workload.OutputLength)),
        ("microBatches", workload.MicroBatches == 1 ? null : Number(workload.MicroBatches)),
        ("cachedPrompt", workload.CachedPrompt == 0 ? null : Text(Plain(workload.CachedPrompt))),
        ("expertLoad", workload.ExpertLoad.ZipfExponent is double a ? Map(("zipf", Text(Plain(a))))
            : workload.ExpertLoad.Fractions is { } fractions ? List(fractions.Select(fraction => Text(Plain(fraction))))
            : null));

    /// <summary>The <c>limits</c> section.</summary>
    public static DocumentMap From(LimitsSpec limits) => LimitsBinder.From(limits);

    /// <summary>The section of one phase.</summary>
    public static DocumentMap From(PhaseStrategy phase) => From(phase, whole: false);

    /// <summary>The same; whole: with the keys that an engine's habits would fill, also where they have their default.</summary>
    internal static DocumentMap From(PhaseStrategy phase, bool whole) => phase.Instances is not null
        ? Map(("instances", List(phase.Instances.Select(set => From(set, whole)))))
        : Map([.. PhaseKeys.All.Select(key => (key.Name, key.Write(phase, whole)))]);

    private static DocumentScalar Reference(string file, string? folder) =>
        new((folder is null ? file : Path.GetRelativePath(folder, file)).Replace('\\', '/'), Quoted: true, default);

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

    /// <summary>A number without an exponent.</summary>
    private static string Plain(double value) => PlainNumber.Text(value);

    internal static DocumentMap Map(params (string Key, DocumentNode? Value)[] entries) =>
        new([.. entries.Where(entry => entry.Value is not null).Select(entry => new DocumentEntry(entry.Key, default, entry.Value!))],
            default);

    internal static DocumentList List(IEnumerable<DocumentNode> items) => new([.. items], default);

    internal static DocumentScalar Number(int number) => Text(number.ToString(CultureInfo.InvariantCulture));

    internal static DocumentScalar Flag(bool flag) => Text(flag ? "true" : "false");

    internal static DocumentScalar Text(string text) => new(text, Quoted: false, default);

    /// <summary>An enumeration's value as plans spell it: <c>reduceScatter</c>.</summary>
    internal static DocumentScalar Name<T>(T value)
        where T : struct, Enum
    {
        string name = value.ToString();
        return Text(Wording.Words.CamelCase(name));
    }
}
