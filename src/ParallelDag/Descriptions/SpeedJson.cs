using System.Text.Json;
using ParallelDag.Durations;

namespace ParallelDag.Descriptions;

/// <summary>
/// The numbers of the time model as <c>describe --json</c> has them: seconds, shares of a data sheet's rate, sources in words.
/// </summary>
internal static class SpeedJson
{
    /// <summary>Writes the member <c>timing</c>.</summary>
    public static void Write(Utf8JsonWriter json, SpeedDescription speed)
    {
        json.WriteStartObject("timing");
        json.WriteString("gpu", speed.Gpu);
        json.WriteString("table", speed.Table);
        json.WriteString("launch", Wording.Words.CamelCase(speed.Timing.Launch.ToString()));
        json.WriteNumber("networkLatencySeconds", speed.Timing.NetworkLatency);
        json.WriteNumber("sendLatencySeconds", speed.Timing.SendLatency);
        json.WriteNumber("networkEfficiency", speed.Timing.NetworkEfficiency);
        json.WriteNumber("oversubscription", speed.Timing.Oversubscription);
        json.WriteStartArray("efficiencies");
        foreach ((string name, KernelEfficiency row) in speed.Kernels)
        {
            json.WriteStartObject();
            json.WriteString("kernel", name);
            json.WriteNumber("compute", row.Compute);
            json.WriteNumber("memory", row.Memory);
            json.WriteNumber("latencySeconds", row.Latency);
            json.WriteNumber("half", row.Half);
            Ending(json, row.Error, row.Source);
        }

        json.WriteEndArray();
        json.WriteStartArray("lines");
        foreach (CollectiveLine line in speed.Lines)
        {
            json.WriteStartObject();
            json.WriteString("collective", line.Collective.ToName());
            json.WriteString("implementation", line.Implementation);
            json.WriteString("traffic", Wording.Words.CamelCase(line.Traffic.ToString()));
            json.WriteString("scope", Wording.Words.CamelCase(line.Scope.ToString()));
            json.WriteNumber("latencySeconds", line.Latency);
            json.WriteNumber("perMemberSeconds", line.PerMember);
            json.WriteNumber("efficiency", line.Efficiency);
            Ending(json, line.Error, line.Source);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Ending(Utf8JsonWriter json, double? error, string source)
    {
        if (error is double share)
            json.WriteNumber("error", share);
        else
            json.WriteNull("error");
        json.WriteString("source", source);
        json.WriteEndObject();
    }
}
