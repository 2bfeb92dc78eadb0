using System.Text.Encodings.Web;
using System.Text.Json;

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

    private static void Write(string name, IReadOnlyList<Timing> phases, ServingForecast? serving, string accuracy, Stream output)
    {
        using (var json = new Utf8JsonWriter(output, new JsonWriterOptions { Indented = true,
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("name", name);
            json.WriteString("schedule", phases[0].Schedule.ToString().ToLowerInvariant());
            json.WriteStartArray("phases");
            foreach (Timing phase in phases)
                Phase(json, phase);
            json.WriteEndArray();
            Serving(json, serving);
            json.WriteString("accuracy", accuracy);
            json.WriteEndObject();
        }

        output.Write("\n"u8);
    }

    private static void Phase(Utf8JsonWriter json, Timing phase)
    {
        json.WriteStartObject();
        json.WriteString("name", phase.Phase?.ToName());
        json.WriteNumber("makespanSeconds", phase.Makespan);
        json.WriteNumber("utilisation", phase.Utilisation);
        json.WriteNumber("exposedShare", phase.ExposedShare);
        json.WriteNumber("idleShare", phase.BubbleFraction);
        Number(json, "mfu", phase.Mfu);
        Rows(json, "stages", phase.GetStages(), stage =>
        {
            json.WriteNumber("index", stage.Index);
            json.WriteNumber("seconds", stage.Seconds);
        });
        Rows(json, "operators", phase.GetOperators(), use =>
        {
            json.WriteString("op", use.Op);
            json.WriteNumber("count", use.Count);
            json.WriteNumber("seconds", use.Seconds);
            json.WriteString("bound", use.Bound.ToName());
            json.WriteNumber("share", use.Share);
        });
        Rows(json, "links", phase.GetLinks(), use =>
        {
            json.WriteString("axis", use.Axis);
            json.WriteString("collective", use.Collective.ToName());
            json.WriteNumber("groupSize", use.GroupSize);
            json.WriteNumber("domains", use.Domains);
            json.WriteNumber("bytes", use.Bytes);
            json.WriteNumber("seconds", use.Seconds);
        });
        Rows(json, "criticalPath", phase.GetCriticalOperators(), step =>
        {
            json.WriteString("op", step.Op);
            json.WriteNumber("count", step.Count);
            json.WriteNumber("seconds", step.Seconds);
        });
        json.WriteEndObject();
    }

    private static void Serving(Utf8JsonWriter json, ServingForecast? serving)
    {
        Number(json, "ttftSeconds", serving?.Ttft);
        Number(json, "tpotSeconds", serving?.Tpot);
        Number(json, "tpotLastSeconds", serving?.TpotLast);
        Number(json, "exposedTransferSeconds", serving?.ExposedTransfer);
        Number(json, "tokensPerSecondPerGpu", serving?.TokensPerSecondPerGpu);
        Number(json, "requestsPerSecond", serving?.RequestsPerSecond);
        if (serving is null)
            return;
        json.WriteString("serving", serving.Mode.ToString().ToLowerInvariant());
        json.WriteNumber("gpus", serving.Gpus);
        Number(json, "endToEndSeconds", serving.EndToEnd);
        Number(json, "tokensPerSecond", serving.TokensPerSecond);
        Number(json, "tokensPerSecondPerUser", serving.TokensPerSecondPerUser);
        Number(json, "concurrency", serving.Concurrency);
        if (serving.Mode == ServingMode.Disaggregated)
        {
            Number(json, "prefillRequestsPerSecond", serving.PrefillRate);
            Number(json, "decodeRequestsPerSecond", serving.DecodeRate);
            Number(json, "idleShareOfFasterPool", serving.IdleShareOfFasterPool);
        }

        if (serving.Steady is SteadyState state)
        {
            json.WriteNumber("decoding", state.Decoding);
            json.WriteNumber("chunk", state.Chunk);
            json.WriteNumber("chunkShare", state.ChunkShare);
            json.WriteNumber("mixedPassSeconds", state.MixedPass);
            json.WriteNumber("decodePassSeconds", state.DecodePass);
        }

        Number(json, "sequencesThatFit", serving.SequencesThatFit);
        json.WriteStartArray("notes");
        foreach (string note in serving.Notes)
            json.WriteStringValue(note);
        json.WriteEndArray();
    }

    private static void Rows<T>(Utf8JsonWriter json, string name, IEnumerable<T> items, Action<T> write)
    {
        json.WriteStartArray(name);
        foreach (T item in items)
        {
            json.WriteStartObject();
            write(item);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Number(Utf8JsonWriter json, string name, double? value)
    {
        if (value is double number && double.IsFinite(number))
            json.WriteNumber(name, number);
        else
            json.WriteNull(name);
    }
}
