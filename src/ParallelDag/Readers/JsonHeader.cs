using System.Text.Json;
using ParallelDag.Wording;

namespace ParallelDag.Readers;

/// <summary>What a JSON graph file says of the DAG as a whole: phases with their meshes and stages, and memory.</summary>
internal static class JsonHeader
{
    private static readonly string[] PhaseProperties = ["name", "order", "axes", "stages", "rankGpus"];
    private static readonly string[] StageProperties = ["index", "firstLayer", "lastLayer", "gpus"];
    private static readonly string[] MemoryProperties =
        ["phase", "stage", "weightBytes", "kvCacheBytes", "activationBytes", "unionBytes", "capacityBytes"];

    /// <summary>The array of phases.</summary>
    public static List<DagPhase> Phases(ref JsonCursor json)
    {
        var phases = new List<DagPhase>();
        json.Open(JsonTokenType.StartArray, "phases");
        while (json.NextObject("a phase"))
        {
            DagPhase phase = Phase(ref json);
            if (phases.Exists(other => other.Phase == phase.Phase))
                throw json.Fault($"the phase '{phase}' stands twice; keep one of them");
            phases.Add(phase);
        }

        return phases;
    }

    private static DagPhase Phase(ref JsonCursor json)
    {
        PhaseId kind = default;
        List<string> order = [];
        Dictionary<string, int> axes = [];
        List<DagStage> stages = [];
        List<int>? ranks = null;
        uint seen = 0;
        while (json.NextProperty(PhaseProperties, ref seen, "a phase") is int property and >= 0)
        {
            switch (PhaseProperties[property])
            {
                case "name":
                    kind = json.Phase("name");
                    break;
                case "order":
                    json.Open(JsonTokenType.StartArray, "order");
                    while (json.NextText("order") is string axis)
                        order.Add(axis);
                    break;
                case "axes":
                    json.Open(JsonTokenType.StartObject, "axes");
                    while (json.NextName() is string axis)
                    {
                        if (!axes.TryAdd(axis, (int)json.Integer(OneLine.Quote(axis), 1, GraphLimits.Degree)))
                            throw json.Fault($"the axis '{OneLine.Quote(axis)}' stands twice; keep one of them");
                    }

                    break;
                case "stages":
                    stages = Stages(ref json);
                    break;
                default:
                    ranks = [];
                    json.Open(JsonTokenType.StartArray, "rankGpus");
                    while (json.NextInteger("rankGpus", 0, GraphLimits.Gpus - 1) is int gpu)
                        ranks.Add(gpu);
                    break;
            }
        }

        foreach (string property in (string[])["name", "order", "axes", "stages"])
            json.Require(seen, PhaseProperties, property, "a phase");
        if (order.Distinct().Count() != order.Count || !order.TrueForAll(axes.ContainsKey))
            throw json.Fault("'order' must name axes of this phase, each once, from inner to outer");
        return new DagPhase(kind, order, axes, stages) { RankGpus = ranks };
    }

    private static List<DagStage> Stages(ref JsonCursor json)
    {
        var stages = new List<DagStage>();
        var indices = new HashSet<int>();
        json.Open(JsonTokenType.StartArray, "stages");
        while (json.NextObject("a stage"))
        {
            int[] numbers = new int[3];
            GpuSet? gpus = null;
            uint seen = 0;
            while (json.NextProperty(StageProperties, ref seen, "a stage") is int property and >= 0)
            {
                if (property < numbers.Length)
                    numbers[property] = (int)json.Integer(StageProperties[property], property == 0 ? 1 : 0, GraphLimits.Degree);
                else
                    gpus = json.GpusOrNull("gpus") ?? throw json.Wrong("gpus", "a string");
            }

            foreach (string property in StageProperties)
                json.Require(seen, StageProperties, property, "a stage");
            if (!indices.Add(numbers[0]))
                throw json.Fault($"the stage {numbers[0]} stands twice; keep one of them");
            stages.Add(new DagStage(numbers[0], numbers[1], numbers[2], gpus!));
        }

        return stages;
    }

    /// <summary>The array of memory figures.</summary>
    public static List<DagMemory> Memory(ref JsonCursor json)
    {
        var memory = new List<DagMemory>();
        json.Open(JsonTokenType.StartArray, "memory");
        while (json.NextObject("an entry of memory"))
        {
            PhaseId phase = default;
            long[] numbers = new long[MemoryProperties.Length];
            uint seen = 0;
            while (json.NextProperty(MemoryProperties, ref seen, "an entry of memory") is int property and >= 0)
            {
                if (property == 0)
                    phase = json.Phase("phase");
                else
                    numbers[property] = json.Integer(MemoryProperties[property], property == 1 ? 1 : 0,
                        property == 1 ? GraphLimits.Degree : long.MaxValue);
            }

            foreach (string property in MemoryProperties)
                json.Require(seen, MemoryProperties, property, "an entry of memory");
            memory.Add(new DagMemory(phase, (int)numbers[1], numbers[2], numbers[3], numbers[4], numbers[5], numbers[6]));
        }

        return memory;
    }
}
