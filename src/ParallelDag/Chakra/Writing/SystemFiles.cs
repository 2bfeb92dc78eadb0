using System.Globalization;
using ParallelDag.Units;

namespace ParallelDag.Chakra.Writing;

/// <summary>
/// What ASTRA-sim reads beside traces and network. With these settings a collective alone takes its alpha-beta time (docs/simulators.md);
/// others are faster than the links (All-to-All "direct", several splits or chunks) or slower (All-to-All "ring").
/// </summary>
internal static class SystemFiles
{
    /// <summary>The groups: <c>{"1": [0, 1], ...}</c>.</summary>
    public static void WriteGroups(GroupTable groups, TextWriter output)
    {
        output.Write('{');
        for (int i = 0; i < groups.Groups.Count; i++)
        {
            output.Write(i == 0 ? "\n" : ",\n");
            output.Write($"  \"{(i + 1).ToString(CultureInfo.InvariantCulture)}\": [");
            output.Write(string.Join(", ", groups.Groups[i].Select(rank => rank.ToString(CultureInfo.InvariantCulture))));
            output.Write(']');
        }

        output.Write(groups.Groups.Count == 0 ? "}\n" : "\n}\n");
    }

    /// <summary>Collectives as rings in each dimension, and the roofline of the device.</summary>
    /// <param name="gpu">The device.</param>
    /// <param name="peak">Its operations a second.</param>
    /// <param name="dimensions">The dimensions of the network.</param>
    public static string System(DeviceProfile gpu, double peak, int dimensions)
    {
        string Each(string word) => string.Join(", ", Enumerable.Repeat($"\"{word}\"", dimensions));
        return $$"""
            {
              "scheduling-policy": "LIFO",
              "endpoint-delay": 1,
              "active-chunks-per-dimension": 1,
              "preferred-dataset-splits": 1,
              "all-reduce-implementation": [{{Each("ring")}}],
              "all-gather-implementation": [{{Each("ring")}}],
              "reduce-scatter-implementation": [{{Each("ring")}}],
              "all-to-all-implementation": [{{Each("direct1")}}],
              "collective-optimization": "localBWAware",
              "roofline-enabled": 1,
              "peak-perf": {{PlainNumber.Text(peak / 1e12)}},
              "local-mem-bw": {{PlainNumber.Text(gpu.MemoryBandwidth / 1e9)}}
            }

            """.ReplaceLineEndings("\n");
    }

    /// <summary>No memory but the devices' own.</summary>
    public const string Memory = "{\n  \"memory-type\": \"NO_MEMORY_EXPANSION\"\n}\n";
}
