using System.Globalization;
using System.Text.Json;
using ParallelDag.Collections;
using ParallelDag.Units;

namespace ParallelDag.Writers;

/// <summary>
/// Limits as graph files carry them: the members of an object in JSON, words <c>name=value</c> in DOT. Seconds, rates and shares are plain
/// numbers; what is not limited is left out.
/// </summary>
internal static class LimitFields
{
    /// <summary>The list of axes that must not leave a node.</summary>
    public const string CrossNode = "crossNode";

    /// <summary>The names in the order of the files; the last is a list.</summary>
    public static string[] Names { get; } =
    [
        "ttft", "tpot", "outputThroughput", "totalThroughput", "communicationShare", "bubble", "expertImbalance", CrossNode,
    ];

    /// <summary>The object of a JSON file.</summary>
    public static void Write(Utf8JsonWriter json, LimitsSpec limits)
    {
        json.WriteStartObject();
        foreach ((string name, double? value) in Numbers(limits))
        {
            if (value is not double number)
                continue;
            json.WritePropertyName(name);
            json.WriteRawValue(PlainNumber.Text(number));
        }

        if (limits.CrossNode is not null)
        {
            json.WriteStartArray(CrossNode);
            foreach (string axis in limits.CrossNode)
                json.WriteStringValue(axis);
            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    /// <summary><c>ttft=0.5 bubble=0.3 crossNode=tp,ep</c>.</summary>
    public static string Words(LimitsSpec limits) => string.Join(' ', Numbers(limits)
        .Where(entry => entry.Value is not null)
        .Select(entry => $"{entry.Name}={PlainNumber.Text(entry.Value!.Value)}")
        .Concat(limits.CrossNode is null ? [] : [$"{CrossNode}={string.Join(',', limits.CrossNode)}"]));

    /// <summary>The limits that <see cref="Words"/> writes; null for anything else.</summary>
    public static LimitsSpec? Read(string words)
    {
        var limits = new LimitsSpec();
        foreach (string word in words.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            int equals = word.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
                return null;
            string name = word[..equals], value = word[(equals + 1)..];
            LimitsSpec? next = name == CrossNode ? limits with { CrossNode = [.. value.Split(',')] }
                : double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number)
                    ? With(limits, name, number) : null;
            if (next is null)
                return null;
            limits = next;
        }

        return limits;
    }

    /// <summary>The limits with one number more; null for a name that is none of <see cref="Names"/>.</summary>
    public static LimitsSpec? With(LimitsSpec limits, string name, double value) => name switch
    {
        "ttft" => limits with { Ttft = value },
        "tpot" => limits with { Tpot = value },
        "outputThroughput" => limits with { OutputThroughput = value },
        "totalThroughput" => limits with { TotalThroughput = value },
        "communicationShare" => limits with { CommunicationShare = value },
        "bubble" => limits with { Bubble = value },
        "expertImbalance" => limits with { ExpertImbalance = value },
        _ => null,
    };

    private static IEnumerable<(string Name, double? Value)> Numbers(LimitsSpec limits) =>
    [
        (Names[0], limits.Ttft), (Names[1], limits.Tpot), (Names[2], limits.OutputThroughput), (Names[3], limits.TotalThroughput),
        (Names[4], limits.CommunicationShare), (Names[5], limits.Bubble), (Names[6], limits.ExpertImbalance),
    ];
}
