using System.Text.Json;
using ParallelDag.Files;

namespace ParallelDag.Serving;

/// <summary>A measurement as <c>paralleldag time --json</c> prints it.</summary>
public static class TimingJson
{
    /// <summary>Writes a plan's measurement.</summary>
    public static void Write(PlanTiming timing, Stream output) => Write(timing.Name, timing.Phases, timing.Serving, timing.Accuracy,
        output);

    /// <summary>Writes the measurement of a graph, which serves nothing.</summary>
    public static void Write(IReadOnlyList<Timing> phases, Stream output) => Write(phases[0].Name, phases, null, phases[0].Accuracy,
        output);

    private static void Write(string name, IReadOnlyList<Timing> phases, ServingForecast? serving, string accuracy, Stream output) =>
        IndentedJson.Write(output, json =>
        {
            json.WriteStartObject();
            json.WriteString("name", name);
            json.WriteString("schedule", phases[0].Schedule.ToString().ToLowerInvariant());
            json.Rows("phases", phases, phase => Phase(json, phase));
            Serving(json, serving);
            json.WriteString("accuracy", accuracy);
            json.WriteEndObject();
        });

    private static void Phase(Utf8JsonWriter json, Timing phase)
    {
        json.WriteString("name", phase.Part?.ToName());
        json.WriteNumber("makespanSeconds", phase.Makespan);
        json.WriteNumber("utilisation", phase.Utilisation);
        json.WriteNumber("exposedShare", phase.ExposedShare);
        json.WriteNumber("idleShare", phase.BubbleFraction);
        json.Number("mfu", phase.Mfu);
        json.Rows("stages", phase.GetStages(), stage =>
        {
            json.WriteNumber("index", stage.Index);
            json.WriteNumber("seconds", stage.Seconds);
        });
        json.Rows("operators", phase.GetOperators(), use =>
        {
            json.WriteString("op", use.Op);
            json.WriteNumber("count", use.Count);
            json.WriteNumber("seconds", use.Seconds);
            json.WriteString("bound", use.Bound.ToName());
            json.WriteNumber("share", use.Share);
        });
        json.Rows("links", phase.GetLinks(), use =>
        {
            json.WriteString("axis", use.Axis);
            json.WriteString("collective", use.Collective.ToName());
            json.WriteNumber("groupSize", use.GroupSize);
            json.WriteNumber("domains", use.Domains);
            json.WriteNumber("bytes", use.Bytes);
            json.WriteNumber("seconds", use.Seconds);
        });
        json.Rows("criticalPath", phase.GetCriticalOperators(), step =>
        {
            json.WriteString("op", step.Op);
            json.WriteNumber("count", step.Count);
            json.WriteNumber("seconds", step.Seconds);
        });
    }

    private static void Serving(Utf8JsonWriter json, ServingForecast? serving)
    {
        json.Number("ttftSeconds", serving?.Ttft);
        json.Number("tpotSeconds", serving?.Tpot);
        json.Number("tpotLastSeconds", serving?.TpotLast);
        json.Number("exposedTransferSeconds", serving?.ExposedTransfer);
        json.Number("tokensPerSecondPerGpu", serving?.TokensPerSecondPerGpu);
        json.Number("requestsPerSecond", serving?.RequestsPerSecond);
        if (serving is null)
            return;
        json.WriteString("serving", serving.Mode.ToString().ToLowerInvariant());
        json.WriteNumber("gpus", serving.Gpus);
        json.Number("endToEndSeconds", serving.EndToEnd);
        json.Number("tokensPerSecond", serving.TokensPerSecond);
        json.Number("tokensPerSecondPerUser", serving.TokensPerSecondPerUser);
        json.Number("concurrency", serving.Concurrency);
        if (serving.Mode == ServingMode.Disaggregated)
        {
            json.Number("prefillRequestsPerSecond", serving.PrefillRate);
            json.Number("decodeRequestsPerSecond", serving.DecodeRate);
            json.Number("idleShareOfFasterPool", serving.IdleShareOfFasterPool);
        }

        if (serving.Steady is SteadyState state)
        {
            json.WriteNumber("decoding", state.Decoding);
            json.WriteNumber("chunk", state.Chunk);
            json.WriteNumber("chunkShare", state.ChunkShare);
            json.WriteNumber("mixedPassSeconds", state.MixedPass);
            json.WriteNumber("decodePassSeconds", state.DecodePass);
        }

        json.Number("sequencesThatFit", serving.SequencesThatFit);
        json.Texts("notes", serving.Notes);
    }
}
