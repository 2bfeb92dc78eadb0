using System.Globalization;
using System.Text.Json;
using ParallelDag.Units;

namespace ParallelDag.Writers;

/// <summary>
/// A cluster as graph files carry it: one flat list of named values, the same in JSON (an object) and DOT (words <c>name=value</c>).
/// Bandwidths are bytes a second and direction, latencies seconds, rates operations a second.
/// </summary>
internal static class ClusterFields
{
    private static readonly Field[] Table =
    [
        Whole("gpus", cluster => cluster.Gpus),
        Whole("gpusPerNode", cluster => cluster.GpusPerNode),
        Whole("domain", cluster => cluster.Domain),
        Whole("nicsPerNode", cluster => cluster.NicsPerNode),
        new("pool", cluster => cluster.Pool.ToName(), FieldKind.Text),
        Real("memoryReserve", cluster => cluster.MemoryReserve),
        Real("memoryBytes", cluster => cluster.Gpu.MemoryBytes),
        Real("flops", cluster => cluster.Gpu.Flops),
        Real("flops8", cluster => cluster.Gpu.Flops8),
        Real("flops4", cluster => cluster.Gpu.Flops4),
        Real("memoryBandwidth", cluster => cluster.Gpu.MemoryBandwidth),
        Real("linkBandwidth", cluster => cluster.Gpu.LinkBandwidth),
        Real("domainBandwidth", cluster => cluster.IntraNode.Bandwidth),
        Real("domainLatency", cluster => cluster.IntraNode.Latency),
        Real("hostBandwidth", cluster => cluster.HostLink.Bandwidth),
        Real("hostLatency", cluster => cluster.HostLink.Latency),
        Real("networkBandwidth", cluster => cluster.InterNode.Bandwidth),
        Real("networkLatency", cluster => cluster.InterNode.Latency),

        // Last, because a GPU's name may hold blanks.
        new("gpu", cluster => cluster.Gpu.Name, FieldKind.Text),
    ];

    private enum FieldKind
    {
        Whole,
        Real,
        Text,
    }

    /// <summary>The names in the order of the files.</summary>
    public static string[] Names { get; } = [.. Table.Select(field => field.Name)];

    /// <summary>True for a value that JSON writes as a string.</summary>
    public static bool IsText(int field) => Table[field].Kind == FieldKind.Text;

    /// <summary>The object of a JSON file.</summary>
    public static void Write(Utf8JsonWriter json, ClusterSpec cluster)
    {
        json.WriteStartObject();
        foreach (Field field in Table)
        {
            json.WritePropertyName(field.Name);
            if (field.Kind == FieldKind.Text)
                json.WriteStringValue(field.Value(cluster));
            else
                json.WriteRawValue(field.Value(cluster));
        }

        json.WriteEndObject();
    }

    /// <summary><c>gpus=64 gpusPerNode=8 ... gpu=H100-SXM-80GB</c>.</summary>
    public static string Words(ClusterSpec cluster) => string.Join(' ', Table.Select(field => $"{field.Name}={field.Value(cluster)}"));

    /// <summary>The values of <see cref="Words"/> in the order of <see cref="Names"/>; null when the text is not such a list.</summary>
    public static string[]? Split(string words)
    {
        string[] parts = words.Split(' ', Table.Length);
        if (parts.Length != Table.Length)
            return null;
        for (int i = 0; i < parts.Length; i++)
        {
            if (!parts[i].StartsWith(Table[i].Name + "=", StringComparison.Ordinal))
                return null;
            parts[i] = parts[i][(Table[i].Name.Length + 1)..];
        }

        return parts;
    }

    /// <summary>
    /// The cluster of these values, in the order of <see cref="Names"/>; or null and the index of the first that no cluster has.
    /// </summary>
    public static ClusterSpec? Read(IReadOnlyList<string> values, out int wrong)
    {
        double[] numbers = new double[Table.Length];
        for (wrong = 0; wrong < Table.Length; wrong++)
        {
            double value = 0;
            bool good = Table[wrong].Kind switch
            {
                FieldKind.Text => Table[wrong].Name != "pool" || VocabularyText.TryParse(values[wrong], out PoolKind _),
                FieldKind.Whole => TryNumber(values[wrong], out value) && value >= 1 && value <= MostGpus && value == Math.Floor(value),
                _ => TryNumber(values[wrong], out value),
            };
            if (!good)
                return null;
            numbers[wrong] = value;
        }

        double Number(string name) => numbers[Array.IndexOf(Names, name)];
        string Text(string name) => values[Array.IndexOf(Names, name)];
        return new ClusterSpec
        {
            Gpus = (int)Number("gpus"),
            GpusPerNode = (int)Number("gpusPerNode"),
            Domain = (int)Number("domain"),
            NicsPerNode = (int)Number("nicsPerNode"),
            Pool = VocabularyText.TryParse(Text("pool"), out PoolKind pool) ? pool : PoolKind.Unified,
            MemoryReserve = Number("memoryReserve"),
            Gpu = new DeviceProfile(
                Text("gpu"), (long)Math.Min(Number("memoryBytes"), 1L << 62), Number("flops"), Number("memoryBandwidth"))
            {
                Flops8 = Number("flops8"),
                Flops4 = Number("flops4"),
                LinkBandwidth = Number("linkBandwidth"),
            },
            IntraNode = new LinkSpec(Number("domainBandwidth"), Number("domainLatency")),
            HostLink = new LinkSpec(Number("hostBandwidth"), Number("hostLatency")),
            InterNode = new LinkSpec(Number("networkBandwidth"), Number("networkLatency")),
        };
    }

    /// <summary>The most GPUs of a cluster; also of a node and of a domain.</summary>
    private const double MostGpus = 1 << 20;

    private static Field Whole(string name, Func<ClusterSpec, int> value) =>
        new(name, cluster => value(cluster).ToString(CultureInfo.InvariantCulture), FieldKind.Whole);

    private static Field Real(string name, Func<ClusterSpec, double> value) =>
        new(name, cluster => PlainNumber.Text(value(cluster)), FieldKind.Real);

    private static bool TryNumber(string text, out double value) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out value)
        && double.IsFinite(value) && value >= 0;

    private sealed record Field(string Name, Func<ClusterSpec, string> Value, FieldKind Kind);
}
