using System.Globalization;
using ParallelDag.Graphs;
using ParallelDag.Wording;
using ParallelDag.Writers;

namespace ParallelDag.Readers;

/// <summary>
/// Reads what a DOT file says of the DAG as a whole: the graph attributes that <c>DotWriter</c> writes. A foreign file may have some of
/// them or none.
/// </summary>
internal sealed class DotHeader(DotGraph graph, string? file, string name, bool isOurs)
{
    private readonly DotAttributes _attributes = graph.Subgraphs[0].Attributes;
    private int? _set;

    public DagHeader Read()
    {
        GpuSet? pool = null;
        if (Text(DotAttribute.Pool) is string stated && !GraphLimits.TryGpus(stated, out pool))
            pool = Refuse<GpuSet>(DotAttribute.Pool, stated, "a set of GPUs such as 0-63");
        DetailLevel detail = DetailLevel.Operator;
        if (Text(DotAttribute.Detail) is string level && !VocabularyText.TryParse(level, out detail))
        {
            Refuse<object>(DotAttribute.Detail, level, "overview, operator or device");
            detail = DetailLevel.Operator;
        }

        return new DagHeader
        {
            Name = name,
            Detail = detail,
            Pool = pool,
            Limits = Text(DotAttribute.Limits) is string limits ? LimitFields.Read(limits)
                ?? Refuse<LimitsSpec>(DotAttribute.Limits, limits, "limits such as 'ttft=0.5 bubble=0.3 crossNode=tp,ep'") : null,
            TokenSeconds = Number(DotAttribute.TokenSeconds, "seconds such as 0.00208"),
            OutputRate = Number(DotAttribute.OutputRate, "tokens a second such as 350.5"),
            TotalRate = Number(DotAttribute.TotalRate, "tokens a second such as 3250.5"),
            Cluster = Text(DotAttribute.ClusterSpec) is string cluster ? Cluster(cluster) : null,
            Phases = Phases(),
            Memory = Text(DotAttribute.Memory) is string memory ? Memory(memory) : null,
        };
    }

    private double? Number(DotAttribute attribute, string wanted)
    {
        if (Text(attribute) is not string text)
            return null;
        if (double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number))
            return number;
        Refuse<object>(attribute, text, wanted);
        return null;
    }

    /// <summary><c>gpus=64 gpusPerNode=8 ...</c>.</summary>
    private ClusterSpec? Cluster(string text)
    {
        if (ClusterFields.Split(text) is not string[] values)
            return Refuse<ClusterSpec>(DotAttribute.ClusterSpec, text,
                $"'name=value' for each of {string.Join(", ", ClusterFields.Names)}");
        return ClusterFields.Read(values, out int wrong)
            ?? Refuse<ClusterSpec>(DotAttribute.ClusterSpec, $"{ClusterFields.Names[wrong]}={values[wrong]}",
                "a value that a cluster can have");
    }

    private List<DagPhase> Phases()
    {
        var phases = new List<DagPhase>();
        foreach (string word in Words(Text(DotAttribute.Phases) ?? ""))
        {
            if (!PhaseId.TryParse(word, out PhaseId kind) || phases.Exists(phase => phase.Phase == kind))
            {
                Refuse<object>(DotAttribute.Phases, word, "prefill, decode or both, or sets of their instances such as prefill2");
                return [];
            }

            bool prefill = kind.Kind == PhaseKind.Prefill;
            _set = kind.Set == 0 ? null : phases.Count(phase => phase.Phase.Kind == kind.Kind);
            if (Axes(prefill ? DotAttribute.PrefillAxes : DotAttribute.DecodeAxes) is not Dictionary<string, int> axes
                || Stages(prefill ? DotAttribute.PrefillStages : DotAttribute.DecodeStages) is not List<DagStage> stages
                || !TryRanks(prefill ? DotAttribute.PrefillRanks : DotAttribute.DecodeRanks, out List<int>? ranks))
                return [];
            DotAttribute orderName = prefill ? DotAttribute.PrefillOrder : DotAttribute.DecodeOrder;
            string[] order = Words(OfSet(orderName) ?? "");
            if (order.Distinct().Count() != order.Length || !order.All(axes.ContainsKey))
            {
                Refuse<object>(orderName, string.Join(' ', order), "the axes from inner to outer, each once, such as 'tp sp ep dp pp'");
                return [];
            }

            phases.Add(new DagPhase(kind, order, axes, stages) { RankGpus = ranks });
        }

        return phases;
    }

    /// <summary><c>tp=2 sp=2</c>.</summary>
    private Dictionary<string, int>? Axes(DotAttribute attribute)
    {
        var axes = new Dictionary<string, int>();
        foreach (string word in Words(OfSet(attribute) ?? ""))
        {
            int equals = word.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0 || !TryInt(word[(equals + 1)..], 1, GraphLimits.Degree, out int degree) || !axes.TryAdd(word[..equals], degree))
                return Refuse<Dictionary<string, int>>(attribute, word, "an axis with its degree such as tp=2, each axis once");
        }

        return axes;
    }

    /// <summary><c>1 layers 1-4 gpus 0-15; 2 layers 5-8 gpus 16-31</c>.</summary>
    private List<DagStage>? Stages(DotAttribute attribute)
    {
        var stages = new List<DagStage>();
        var indices = new HashSet<int>();
        foreach (string part in (OfSet(attribute) ?? "").Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            string[] words = Words(part);
            string[] layers = words.Length > 2 ? words[2].Split('-') : [];
            if (words.Length is not (4 or 5) || words[1] != "layers" || words[3] != "gpus" || layers.Length != 2
                || !TryInt(words[0], 1, GraphLimits.Degree, out int index)
                || !TryInt(layers[0], 0, GraphLimits.Degree, out int first) || !TryInt(layers[1], 0, GraphLimits.Degree, out int last)
                || !GraphLimits.TryGpus(words.Length == 5 ? words[4] : "", out GpuSet? gpus) || !indices.Add(index))
                return Refuse<List<DagStage>>(attribute, part, "a stage such as '1 layers 1-4 gpus 0-15', each stage once");
            stages.Add(new DagStage(index, first, last, gpus));
        }

        return stages;
    }

    /// <summary><c>4-5,0-1</c>: the GPU of rank 0, of rank 1, ...; null when the file does not say.</summary>
    private bool TryRanks(DotAttribute attribute, out List<int>? ranks)
    {
        ranks = null;
        if (OfSet(attribute) is not { Length: > 0 } text)
            return true;
        ranks = [];
        foreach (string run in text.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] ends = run.Split('-');
            if (ends.Length > 2 || !TryInt(ends[0], 0, GraphLimits.Gpus - 1, out int first)
                || !TryInt(ends[^1], first, GraphLimits.Gpus - 1, out int last) || ranks.Count + (last - first) >= GraphLimits.Gpus)
            {
                Refuse<object>(attribute, run, "a run of GPUs such as 0-3, one GPU for each rank");
                return false;
            }

            for (int gpu = first; gpu <= last; gpu++)
                ranks.Add(gpu);
        }

        return true;
    }

    /// <summary><c>prefill 1 weights=.. kv=.. activations=.. union=.. capacity=..; ...</c>.</summary>
    private List<DagMemory>? Memory(string text)
    {
        string[] names = ["weights=", "kv=", "activations=", "union=", "capacity="];
        var memory = new List<DagMemory>();
        long[] bytes = new long[names.Length];
        foreach (string part in text.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            string[] words = Words(part);
            bool good = words.Length == 2 + names.Length;
            for (int i = 0; good && i < names.Length; i++)
            {
                good = words[2 + i].StartsWith(names[i], StringComparison.Ordinal)
                    && long.TryParse(words[2 + i].AsSpan(names[i].Length), NumberStyles.None, CultureInfo.InvariantCulture, out bytes[i]);
            }

            if (!good || !VocabularyText.TryParse(words[0], out PhaseId phase) || !TryInt(words[1], 1, GraphLimits.Degree, out int stage))
                return Refuse<List<DagMemory>>(DotAttribute.Memory, part, "'prefill 1 weights=0 kv=0 activations=0 union=0 capacity=0'");
            memory.Add(new DagMemory(phase, stage, bytes[0], bytes[1], bytes[2], bytes[3], bytes[4]));
        }

        return memory;
    }

    /// <summary>What a fact of a phase says of the set of instances that is read: its part between bars.</summary>
    private string? OfSet(DotAttribute attribute)
    {
        if (_set is not int set || Text(attribute) is not string text)
            return Text(attribute);
        string[] parts = text.Split('|', StringSplitOptions.TrimEntries);
        return set < parts.Length ? parts[set] : null;
    }

    private string? Text(DotAttribute attribute) => _attributes[attribute]?.Text is string raw ? DotLabel.Fact(raw) : null;

    private static string[] Words(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static bool TryInt(string text, int low, int high, out int value) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value) && value >= low && value <= high;

    /// <summary>A fault in a file of ours; in a foreign file the attribute may mean something else, and is passed over.</summary>
    private T? Refuse<T>(DotAttribute attribute, string found, string wanted)
        where T : class => !isOurs ? null
        : throw new InputException(file, graph.Position,
            $"the graph's {attribute.ToName()} holds '{OneLine.Quote(found)}'; wanted is {wanted}");
}
