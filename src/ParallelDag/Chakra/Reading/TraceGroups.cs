using System.Globalization;
using System.Text.Json;
using ParallelDag.Files;

namespace ParallelDag.Chakra.Reading;

/// <summary>The communicator groups of a set of traces: <c>{"1": [0, 1], ...}</c>, as ASTRA-sim reads them.</summary>
/// <param name="File">The file, as the user named it.</param>
/// <param name="Ranks">The ranks of each group, as the file lists them.</param>
internal sealed record TraceGroups(string File, IReadOnlyDictionary<string, int[]> Ranks)
{
    private const int MaxBytes = 1 << 27;

    /// <summary>Reads a groups file.</summary>
    /// <exception cref="InputException">It cannot be read, or is something else.</exception>
    public static TraceGroups Read(string path, CancellationToken cancellation)
    {
        InputFile input = InputFile.Read(path, path, MaxBytes, cancellation);
        try
        {
            using var document = JsonDocument.Parse(input.Utf8.ToArray());
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                throw Fault("this is no object");
            var groups = new Dictionary<string, int[]>();
            foreach (JsonProperty group in document.RootElement.EnumerateObject())
            {
                if (!int.TryParse(group.Name, NumberStyles.None, CultureInfo.InvariantCulture, out _))
                    throw Fault($"the group '{Wording.OneLine.Quote(group.Name)}' has no number for a name");
                if (!groups.TryAdd(group.Name, Members(group)))
                    throw Fault($"group {group.Name} is there twice");
            }

            return new TraceGroups(path, groups);
        }
        catch (JsonException fault)
        {
            throw JsonFault.Of(fault, input.Utf8, path);
        }
        catch (InvalidOperationException)
        {
            // A name that is no UTF-8.
            throw Fault("a group has no number for a name");
        }

        InputException Fault(string what) => new(
            path, default, what + "; a groups file names ranks by numbers, {\"1\": [0, 1], \"2\": [2, 3]}; --groups names another file");

        int[] Members(JsonProperty group)
        {
            if (group.Value.ValueKind != JsonValueKind.Array)
                throw Fault($"group {group.Name} is no list of ranks");
            return [.. group.Value.EnumerateArray().Select(rank =>
                rank.ValueKind == JsonValueKind.Number && rank.TryGetInt32(out int number) && number >= 0
                    ? number : throw Fault($"group {group.Name} holds something else than ranks"))];
        }
    }
}
