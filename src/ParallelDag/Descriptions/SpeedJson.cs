using System.Text.Json;
using ParallelDag.Durations;
using ParallelDag.Files;

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
        json.WriteString("launch", IndentedJson.Camel(speed.Timing.Launch));
        json.WriteNumber("networkLatencySeconds", speed.Timing.NetworkLatency);
        json.WriteNumber("sendLatencySeconds", speed.Timing.SendLatency);
        json.WriteNumber("networkEfficiency", speed.Timing.NetworkEfficiency);
        json.WriteNumber("oversubscription", speed.Timing.Oversubscription);
        json.Rows("efficiencies", speed.Kernels, kernel =>
        {
            KernelEfficiency row = kernel.Value;
            json.WriteString("kernel", kernel.Key);
            json.WriteNumber("compute", row.Compute);
            json.WriteNumber("memory", row.Memory);
            json.WriteNumber("latencySeconds", row.Latency);
            json.WriteNumber("half", row.Half);
            json.Number("error", row.Error);
            json.WriteString("source", row.Source);
        });
        json.Rows("lines", speed.Lines, line =>
        {
            json.WriteString("collective", line.Collective.ToName());
            json.WriteString("implementation", line.Implementation);
            json.WriteString("traffic", IndentedJson.Camel(line.Traffic));
            json.WriteString("scope", IndentedJson.Camel(line.Scope));
            json.WriteNumber("latencySeconds", line.Latency);
            json.WriteNumber("perMemberSeconds", line.PerMember);
            json.WriteNumber("efficiency", line.Efficiency);
            json.Number("error", line.Error);
            json.WriteString("source", line.Source);
        });
        json.WriteEndObject();
    }
}
