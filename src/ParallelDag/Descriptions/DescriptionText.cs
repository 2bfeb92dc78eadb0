using System.Text;
using ParallelDag.Precisions;
using ParallelDag.Units;
using ParallelDag.Wording;

namespace ParallelDag.Descriptions;

/// <summary>Writes a description for people: plain text, at most 80 columns.</summary>
public static class DescriptionText
{
    private const int Columns = 80;

    /// <summary>The text.</summary>
    public static string Write(PlanDescription description)
    {
        var text = new StringBuilder();
        Line(text, $"{description.Name}");
        if (description.Engine is EngineKind engine)
            Line(text, $"Engine         {engine.ToString().ToLowerInvariant()}: its habits stand for what the phases leave out");
        Line(text, $"");
        ModelText.Write(text, description.Model);
        foreach (PhaseDescription phase in description.Phases)
            WritePhase(text, phase, description.Engine is not null);
        if (description.KvHandOff is KvHandOffDescription handOff)
        {
            Line(text, $"");
            string needed = Quantity.FormatBytes(handOff.NeededBytes), moved = Quantity.FormatBytes(handOff.MovedBytes);
            Line(text, $"KV hand-off    {needed} taken over, {moved} of them moved");
            WritePool(text, description.Pool!);
        }

        if (description.Speed is SpeedDescription speed)
            SpeedText.Write(text, speed);
        return text.ToString();
    }

    /// <summary>What sharing GPUs saves, and what keeps a unified pool from sharing weights.</summary>
    private static void WritePool(StringBuilder text, PoolUse pool)
    {
        if (pool.SharedWeightBytes > 0)
        {
            Line(text, $"Weights        shared: decode finds its own where prefill left them");
            string weights = Quantity.FormatBytes(pool.SharedWeightBytes);
            string gpus = Words.Count(pool.Gpus, "GPU");
            Line(text, $"Pool           {gpus} in place of {pool.GpusApart:N0}, {weights} of weights held once,");
            Line(text, $"               {Quantity.FormatBytes(pool.CacheBytesInPlace)} of KV cache taken over in place");
            return;
        }

        Line(text, $"Weights        held by each phase for itself");
        if (pool.TwiceWeightBytes > 0)
            Line(text, $"               {Quantity.FormatBytes(pool.TwiceWeightBytes)} of them twice on GPUs of both phases");
        foreach (string line in pool.Differences.SelectMany(difference => Wrap($"the phases differ: {difference}", Columns - 15)))
            Line(text, $"               {line.TrimStart()}");
        string held = $"{Words.Count(pool.Gpus, "GPU")}, {Quantity.FormatBytes(pool.CacheBytesInPlace)} of KV cache taken over in place";
        foreach (string line in Wrap($"Pool           {held}", Columns))
            Line(text, $"{line}");
    }

    private static void WriteTerms(StringBuilder text, PhaseDescription phase)
    {
        Line(text, $"");
        Line(text, $"  memory           once  divided by             fullest GPU    all GPUs  copies");
        foreach (MemoryTerm term in phase.MemoryTerms)
        {
            string once = term.WholeBytes == 0 ? "" : Quantity.FormatBytes(term.WholeBytes);
            string divisors = Cut(term.DividedBy, 22), sizes = $"{Size(term.FullestGpuBytes)}  {Size(term.AllGpusBytes)}";
            Line(text, $"  {term.Name,-11} {once,9}  {divisors,-22} {sizes}  {term.Copies,6:0.##}");
        }

        long fullest = phase.MemoryTerms.Sum(term => term.FullestGpuBytes), all = phase.MemoryTerms.Sum(term => term.AllGpusBytes);
        Line(text, $"  {"sum",-11} {"",9}  {"",-22} {Size(fullest)}  {Size(all)}");
        Line(text, $"");
    }

    private static void WritePhase(StringBuilder text, PhaseDescription phase, bool hasHabits)
    {
        Line(text, $"");
        IEnumerable<string> axes = phase.Layout.AxisDegrees.Select(axis => Words.Invariant($"{axis.Key}={axis.Value}"));
        Line(text, $"{phase.Layout.Id.ToTitle()}: {Words.Count(phase.Layout.RankGpus.Count, "GPU")}, {string.Join(" ", axes)}");
        WriteInstances(text, phase.Layout);
        if (hasHabits)
        {
            foreach (string line in Wrap($"  with its habits: {phase.Layout.Strategy}", Columns))
                Line(text, $"{line}");
        }

        foreach ((string axis, IReadOnlyList<int[]> groups) in phase.Groups)
        {
            if (groups.Count > 0)
                Line(text, $"  {axis,-4} groups  {Groups(groups)}");
        }

        Line(text, $"");
        Line(text, $"  stage  layers     weights   KV cache      peak      total       left  fits");
        for (int i = 0; i < phase.Memory.Count; i++)
        {
            DagStage stage = phase.Layout.Stages[i];
            DagMemory memory = phase.Memory[i];
            string layers = Words.Invariant($"{stage.FirstLayer}-{stage.LastLayer}");
            string sizes = string.Join(" ", new[]
            {
                memory.WeightBytes, memory.KvCacheBytes, memory.ActivationBytes, memory.TotalBytes,
                memory.CapacityBytes - memory.UnionBytes,
            }.Select(Size));
            Line(text, $"  {stage.Index,5}  {layers,-7} {sizes}  {(memory.Fits ? "yes" : "NO")}");
            foreach (string line in Wrap($"GPUs {stage.Gpus}", Columns - 9))
                Line(text, $"         {line}");
        }

        Line(text, $"  (fullest GPU of a stage; left: capacity less all phases of that GPU)");
        WriteTerms(text, phase);
        if (phase.SequencesThatFit is int sequences)
        {
            string tokens = Quantity.FormatCount(sequences * phase.SequenceLength);
            Line(text, $"  room, by itself: {sequences:N0} sequences of {phase.SequenceLength:N0} tokens ({tokens} tokens)");
        }

        string held = string.Join(", ", phase.WeightBytesByClass.Select(row => $"{row.Key.ToName()} {Quantity.FormatBytes(row.Value)}"));
        foreach (string line in Wrap($"weights of the fullest GPU: {held}", Columns - 2))
            Line(text, $"  {line.TrimStart()}");
        if (phase.Layout.Stages.Count > 1)
            Line(text, $"  pipeline bubble {phase.PipelineBubble:0.###} of the ideal time");
        if (phase.Dispatch is DispatchDescription dispatch)
        {
            string mode = Wording.Words.CamelCase(dispatch.Mode.ToString());
            string reach = dispatch.RanksPerToken is double ranks
                ? $", a token to {ranks:0.##} ranks on {dispatch.NodesPerToken:0.##} nodes" : "";
            string network = dispatch.NetworkBytes is long bytes ? $", {Quantity.FormatBytes(bytes)} a layer between nodes" : "";
            Line(text, $"  dispatch {mode}{reach}{network}");
        }

        if (phase.ExpertImbalanceBefore is double before && phase.Layout.Strategy.Ep > 1)
            Line(text, $"  expert load, fullest rank over mean: {before:0.###} in order, {phase.ExpertImbalanceAfter:0.###} as placed");
    }

    /// <summary>The GPUs of each instance of a phase that has several; of many the first and how many more.</summary>
    private static void WriteInstances(StringBuilder text, PhaseLayout layout)
    {
        const int Most = 8;
        if (layout.Strategy.Replicas == 1)
            return;
        IReadOnlyList<GpuSet> instances = layout.InstanceGpus;
        for (int instance = 0; instance < Math.Min(Most, instances.Count); instance++)
        {
            string before = Words.Invariant($"  instance {instance + 1}  ");
            foreach (string line in Wrap($"GPUs {instances[instance]}", Columns - before.Length))
            {
                Line(text, $"{before}{line}");
                before = new string(' ', before.Length);
            }
        }

        if (instances.Count > Most)
            Line(text, $"  ... {instances.Count} instances in all");
    }

    /// <summary>The first groups and how many there are.</summary>
    private static string Groups(IReadOnlyList<int[]> groups)
    {
        const int Width = 50;
        var text = new StringBuilder();
        int shown = 0;
        foreach (int[] group in groups)
        {
            string next = $"[{string.Join(",", group.Take(8))}{(group.Length > 8 ? ",..." : "")}]";
            if (shown > 0 && text.Length + next.Length > Width)
                break;
            text.Append(shown++ > 0 ? " " : "").Append(next);
        }

        return shown == groups.Count ? text.ToString() : Words.Invariant($"{text} ... {groups.Count} in all");
    }

    internal static IEnumerable<string> Wrap(string text, int width)
    {
        while (text.Length > width)
        {
            int cut = text.LastIndexOf(',', width - 1) + 1;
            if (cut <= 0)
                cut = width;
            yield return text[..cut];
            text = text[cut..];
        }

        yield return text;
    }

    private static string Cut(string text, int width) => text.Length <= width ? text : text[..(width - 3)] + "...";

    private static string Size(long bytes) => Quantity.FormatBytes(bytes).PadLeft(10);

    private static void Line(StringBuilder text, InvariantText line) =>
        text.Append(Words.Invariant(line).TrimEnd()).Append('\n');
}
