using System.Text;
using System.Text.Json;
using ParallelDag.Accounting;
using ParallelDag.Files;
using ParallelDag.Layers;
using ParallelDag.Precisions;

namespace ParallelDag.Descriptions;

/// <summary>Writes a description as JSON: the document of <c>describe --json</c>.</summary>
public static class DescriptionJson
{
    /// <summary>Writes indented UTF-8 with a final line break.</summary>
    public static void Write(PlanDescription description, Stream output)
    {
        var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteString("name", description.Name);
            if (description.Engine is EngineKind engine)
                json.WriteString("engine", engine.ToString().ToLowerInvariant());
            WriteModel(json, description.Model);
            json.WriteStartArray("phases");
            foreach (PhaseDescription phase in description.Phases)
                WritePhase(json, phase);
            json.WriteEndArray();
            if (description.KvHandOff is KvHandOffDescription handOff)
            {
                json.WriteBoolean("sharesWeights", description.SharesWeights);
                json.WriteStartObject("kvHandOff");
                json.WriteNumber("neededBytes", handOff.NeededBytes);
                json.WriteNumber("movedBytes", handOff.MovedBytes);
                json.WriteEndObject();
                WritePool(json, description.Pool!);
            }

            if (description.Speed is SpeedDescription speed)
                SpeedJson.Write(json, speed);
            json.WriteEndObject();
        }

        // The writer indents with the platform's line break; files have one everywhere.
        string text = Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length).ReplaceLineEndings("\n");
        output.Write(Encoding.UTF8.GetBytes(text + "\n"));
    }

    private static void WritePool(Utf8JsonWriter json, PoolUse pool)
    {
        json.WriteStartObject("pool");
        json.WriteNumber("gpus", pool.Gpus);
        json.WriteNumber("gpusApart", pool.GpusApart);
        json.WriteNumber("sharedWeightBytes", pool.SharedWeightBytes);
        json.WriteNumber("twiceWeightBytes", pool.TwiceWeightBytes);
        json.WriteNumber("cacheBytesInPlace", pool.CacheBytesInPlace);
        json.WriteStartArray("differences");
        foreach (string difference in pool.Differences)
            json.WriteStringValue(difference);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteTerms(Utf8JsonWriter json, IReadOnlyList<MemoryTerm> terms)
    {
        json.WriteStartArray("memoryTerms");
        foreach (MemoryTerm term in terms)
        {
            json.WriteStartObject();
            json.WriteString("term", term.Name);
            json.WriteString("modules", term.Modules);
            json.WriteNumber("wholeBytes", term.WholeBytes);
            json.WriteStartObject("dividedBy");
            foreach ((string axis, int degree) in term.Divisors)
                json.WriteNumber(axis, degree);
            json.WriteEndObject();
            json.WriteNumber("fullestGpuBytes", term.FullestGpuBytes);
            json.WriteNumber("allGpusBytes", term.AllGpusBytes);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteModel(Utf8JsonWriter json, ModelDescription model)
    {
        json.WriteStartObject("model");
        json.WriteNumber("totalParameters", model.TotalParameters);
        json.WriteNumber("activeParameters", model.ActiveParameters);
        json.WriteNumber("activeParametersWithoutEmbedding", model.ActiveParametersWithoutEmbedding);
        json.WriteNumber("multiTokenParameters", model.MultiTokenParameters);
        json.WriteNumber("weightBytes", model.WeightBytes);
        json.WriteNumber("multiTokenWeightBytes", model.MultiTokenWeightBytes);
        json.WriteStartArray("weights");
        foreach (WeightRow row in model.Weights)
        {
            json.WriteStartObject();
            json.WriteString("class", row.Class.ToName());
            json.WriteString("format", row.Format.Name);
            json.WriteNumber("parameters", row.Parameters);
            json.WriteNumber("bytes", row.Bytes);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        WriteLayers(json, model);
        json.WriteNumber("kvCacheBytesPerToken", model.KvCacheBytesPerToken);
        json.WriteNumber("stateBytesPerSequence", model.StateBytesPerSequence);
        json.WriteStartObject("cacheOfSequence");
        json.WriteNumber("tokens", model.CacheLength);
        json.WriteNumber("bytes", model.CacheBytesPerSequence);
        json.WriteNumber("fullLengthBytes", model.FullLengthCacheBytesPerSequence);
        json.WriteEndObject();
        json.WriteStartArray("notCounted");
        foreach (UncountedField field in model.NotCounted)
        {
            json.WriteStartObject();
            json.WriteString("field", field.Field);
            json.WriteString("reason", field.Reason);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>Each kind of layer: how many there are, and what one keeps of past positions.</summary>
    private static void WriteLayers(Utf8JsonWriter json, ModelDescription model)
    {
        json.WriteStartArray("layers");
        for (int kind = 0; kind < model.Spec.LayerKinds.Count; kind++)
        {
            LayerSpec layer = model.Spec.LayerKinds[kind];
            long most = layer.Mixer?.CachedPositions(long.MaxValue) ?? 0;
            json.WriteStartObject();
            json.WriteString("kind", layer.ToString());
            json.WriteNumber("count", model.Spec.KindOfLayer.Count(other => other == kind));
            json.WriteNumber("cacheBytesPerToken", model.CacheBytesOfKind[kind]);
            if (model.CacheBytesOfKind[kind] > 0 && most < long.MaxValue)
                json.WriteNumber("cachedTokens", most);
            json.WriteNumber("stateBytesPerSequence", model.StateBytesOfKind[kind]);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WritePhase(Utf8JsonWriter json, PhaseDescription phase)
    {
        json.WriteStartObject();
        json.WriteString("name", phase.Layout.Id.ToName());
        json.WriteNumber("gpuCount", phase.Layout.RankGpus.Count);
        json.WriteStartObject("axes");
        foreach ((string axis, int degree) in phase.Layout.AxisDegrees)
            json.WriteNumber(axis, degree);
        json.WriteEndObject();
        if (phase.Layout.Strategy.Replicas > 1)
            json.Texts("instances", phase.Layout.InstanceGpus.Select(gpus => gpus.ToString()));
        json.WriteStartArray("stages");
        foreach (DagStage stage in phase.Layout.Stages)
        {
            json.WriteStartObject();
            json.WriteNumber("index", stage.Index);
            json.WriteNumber("firstLayer", stage.FirstLayer);
            json.WriteNumber("lastLayer", stage.LastLayer);
            json.WriteString("gpus", stage.Gpus.ToString());
            json.WriteNumber("seconds", phase.StageSeconds[stage.Index - 1]);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartObject("groups");
        foreach ((string axis, IReadOnlyList<int[]> groups) in phase.Groups)
        {
            json.WriteStartArray(axis);
            foreach (int[] group in groups)
            {
                json.WriteStartArray();
                foreach (int gpu in group)
                    json.WriteNumberValue(gpu);
                json.WriteEndArray();
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
        json.WriteStartArray("memory");
        foreach (DagMemory memory in phase.Memory)
        {
            json.WriteStartObject();
            json.WriteNumber("stage", memory.Stage);
            json.WriteNumber("weightBytes", memory.WeightBytes);
            json.WriteNumber("kvCacheBytes", memory.KvCacheBytes);
            json.WriteNumber("activationBytes", memory.ActivationBytes);
            json.WriteNumber("totalBytes", memory.TotalBytes);
            json.WriteNumber("unionBytes", memory.UnionBytes);
            json.WriteNumber("capacityBytes", memory.CapacityBytes);
            json.WriteBoolean("fits", memory.Fits);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        WriteTerms(json, phase.MemoryTerms);
        json.WriteStartObject("weightBytesByClass");
        foreach ((WeightClass weightClass, long bytes) in phase.WeightBytesByClass)
            json.WriteNumber(weightClass.ToName(), bytes);
        json.WriteEndObject();
        json.WriteNumber("cacheBytesPerToken", phase.CacheBytesPerToken);
        json.WriteNumber("stateBytesPerSequence", phase.StateBytesPerSequence);
        json.Number("sequencesThatFit", phase.SequencesThatFit);
        json.WriteNumber("pipelineBubble", phase.PipelineBubble);
        if (phase.Dispatch is DispatchDescription dispatch)
        {
            json.WriteStartObject("dispatch");
            json.WriteString("mode", IndentedJson.Camel(dispatch.Mode));
            if (dispatch.RanksPerToken is double ranks)
            {
                json.WriteNumber("ranksPerToken", ranks);
                json.WriteNumber("nodesPerToken", dispatch.NodesPerToken!.Value);
            }

            if (dispatch.NetworkBytes is long bytes)
                json.WriteNumber("networkBytesPerLayer", bytes);
            json.WriteEndObject();
        }

        if (phase.ExpertImbalanceBefore is double before)
        {
            json.WriteStartObject("expertImbalance");
            json.WriteNumber("before", before);
            json.WriteNumber("after", phase.ExpertImbalanceAfter!.Value);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }
}
