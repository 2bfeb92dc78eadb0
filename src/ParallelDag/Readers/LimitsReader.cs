using System.Globalization;
using System.Text.Json;
using ParallelDag.Writers;

namespace ParallelDag.Readers;

/// <summary>The limits in a JSON graph file.</summary>
internal static class LimitsReader
{
    /// <summary>Reads the object.</summary>
    public static LimitsSpec Read(ref JsonCursor json)
    {
        json.Open(JsonTokenType.StartObject, "limits");
        var limits = new LimitsSpec();
        uint seen = 0;
        while (json.NextProperty(LimitFields.Names, ref seen, "the limits") is int field and >= 0)
        {
            string name = LimitFields.Names[field];
            if (name == LimitFields.CrossNode)
            {
                var axes = new List<string>();
                json.Open(JsonTokenType.StartArray, name);
                while (json.NextText(name) is string axis)
                    axes.Add(axis);
                limits = limits with { CrossNode = [.. axes] };
            }
            else
            {
                limits = LimitFields.With(limits, name, double.Parse(json.PlainNumber(name), CultureInfo.InvariantCulture))!;
            }
        }

        return limits;
    }
}
