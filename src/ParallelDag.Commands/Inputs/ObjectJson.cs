using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Text.Json;
using ParallelDag.Graphs;
using ParallelDag.Precisions;

namespace ParallelDag.Commands.Inputs;

/// <summary>A node or an edge of a JSON graph file, made of an object: of its properties those that a graph file knows, by name.</summary>
internal static class ObjectJson
{
    private static readonly string[] NodeTexts =
        ["name", "op", "layers", "experts", "inputPlacement", "outputPlacement", "input", "output", "weightBlocks"];
    private static readonly string[] NodeNumbers =
        ["stage", "layer", "microBatch", "members", "groupSize", "groups", "bytes", "wireBytes", "flops", "hbmBytes"];

    /// <summary>A node; null is one of which the id is all that is known.</summary>
    public static string Node(PSObject? item, string id)
    {
        var fields = new List<string> { $"\"id\":{Quote(id)}" };
        if (item is null || item.BaseObject is string)
            return Close(fields, "\"kind\":\"computation\"");
        foreach (string name in NodeTexts)
            AddText(fields, item, name);
        if (ObjectKey.Property(item, "name") is null && ObjectKey.Text(ObjectKey.Property(item, "label")) is string label)
            fields.Add($"\"name\":{Quote(label)}");
        foreach (string name in NodeNumbers)
            AddNumber(fields, item, name);
        if (ObjectKey.Text(ObjectKey.Property(item, "set")) is { } set && set != "0"
            && PhaseId.TryParse(ObjectKey.Text(ObjectKey.Property(item, "phase")) + set, out PhaseId phase))
            fields.Add($"\"phase\":{Quote(phase.ToName())}");
        else
            AddWord<PhaseKind>(fields, item, "phase");
        AddWord<CollectiveKind>(fields, item, "collective");
        AddWord<PeakRate>(fields, item, "rate");
        if (Gpus(ObjectKey.Property(item, "gpus")) is string gpus)
            fields.Add($"\"gpus\":{Quote(gpus)}");
        if (!AddWord<NodeKind>(fields, item, "kind"))
        {
            NodeKind kind = Ops.Find(ObjectKey.Text(ObjectKey.Property(item, "op")))?.Kind ?? NodeKind.Computation;
            fields.Add($"\"kind\":{Quote(kind.ToName())}");
        }

        return Close(fields);
    }

    /// <summary>An edge.</summary>
    public static string Edge(PSObject item, string source, string target)
    {
        var fields = new List<string> { $"\"source\":{Quote(source)}", $"\"target\":{Quote(target)}" };
        AddWord<EdgeKind>(fields, item, "kind");
        AddText(fields, item, "label");
        AddNumber(fields, item, "bytes");
        return Close(fields);
    }

    /// <summary>A JSON string.</summary>
    public static string Quote(string text) => JsonSerializer.Serialize(text);

    private static string Close(List<string> fields, params string[] more) => $"{{{string.Join(',', fields.Concat(more))}}}";

    private static void AddText(List<string> fields, PSObject item, string name)
    {
        if (ObjectKey.Text(ObjectKey.Property(item, name)) is { Length: > 0 } text)
            fields.Add($"\"{name}\":{Quote(text)}");
    }

    // What is no plain number is handed on as it is: the reader says what it wants.
    private static void AddNumber(List<string> fields, PSObject item, string name)
    {
        if (ObjectKey.Text(ObjectKey.Property(item, name)) is not { Length: > 0 } text)
            return;
        bool whole = decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal number)
            && number == decimal.Truncate(number);
        fields.Add($"\"{name}\":{(whole ? decimal.Truncate(number).ToString(CultureInfo.InvariantCulture) : Quote(text))}");
    }

    /// <summary>
    /// A word of a vocabulary: as files write it (<c>all-reduce</c>), as .NET does (<c>AllReduce</c>, which CliXml keeps), or its number
    /// (which JSON makes of it).
    /// </summary>
    private static bool AddWord<T>(List<string> fields, PSObject item, string name)
        where T : struct, Enum
    {
        object? value = ObjectKey.Property(item, name);
        if (value?.ToString() is not { Length: > 0 } text)
            return false;
        bool known = Enum.TryParse(text.Replace("-", "", StringComparison.Ordinal), ignoreCase: true, out T word) && Enum.IsDefined(word);
        string? said = known ? VocabularyText.NameOf(word) : text;
        if (said is null)
            return false;
        fields.Add($"\"{name}\":{Quote(said)}");
        return true;
    }

    /// <summary>A set of GPUs: a set, numbers, <c>'0-3'</c>, or what JSON made of one of these.</summary>
    private static string? Gpus(object? value)
    {
        object? bare = PlanParts.Unwrap(value);
        string? text = bare switch
        {
            null => null,
            GpuSet set => set.ToString(),
            IEnumerable list and not string => string.Join(',', list.Cast<object?>().Select(ObjectKey.Text)),
            PSCustomObject => ObjectKey.Text(ObjectKey.Property((PSObject)value!, "Text")),
            _ => ObjectKey.Text(value),
        };
        return string.IsNullOrEmpty(text) ? null : GpuSet.TryParse(text, out GpuSet? parsed) ? parsed.ToString() : text;
    }
}
