using System.Text.RegularExpressions;
using ParallelDag.Drawings;
using ParallelDag.Graphs;
using ParallelDag.Wording;

namespace ParallelDag.Checks;

/// <summary>
/// PD003: every node names its GPUs, inside the pool; no vague wording ("all GPUs"). A rule of presence: a node without GPUs fails it.
/// Whether they lie inside the pool is checked where the graph tells the pool.
/// </summary>
internal static partial class GpusNamed
{
    public static CheckRule Rule { get; } = new(
        "PD003",
        "GPUs named on every node",
        "Looks at the GPU set of every node and, in a drawing, at its label: each node names at least one GPU, all of them lie inside the "
            + "pool, and no label says \"all GPUs\" or the like in place of numbers. An input or output on the host needs none.",
        Check);

    private static CheckResult Check(Inspection inspection)
    {
        Dag dag = inspection.Dag;
        if (dag.NodeCount == 0)
            return inspection.Skip("node in the graph");

        // Verdicts per entry of the GPU table; equal entries mean equal sets.
        const byte Unseen = 0, Good = 1, Missing = 2, Outside = 3;
        ReadOnlySpan<int> column = dag.GpuColumn;
        byte[] verdicts = [];
        var seen = new List<GpuSet>();
        foreach (int node in inspection.NodesOfStages)
        {
            inspection.Step(node);
            int entry = column[node];
            if (entry >= verdicts.Length)
                Array.Resize(ref verdicts, Math.Max(entry + 1, verdicts.Length * 2));
            if (verdicts[entry] == Unseen)
            {
                GpuSet? gpus = dag.GpusOf(node);
                verdicts[entry] = gpus is null || gpus.IsEmpty
                    ? Missing
                    : dag.Pool is GpuSet pool && !pool.ContainsAll(gpus) ? Outside
                    : Good;
                if (gpus is not null)
                    seen.Add(gpus);
            }

            CheckWording(inspection, node, missing: verdicts[entry] == Missing);
            if (verdicts[entry] == Outside)
                inspection.NodeFault(node, $"on GPUs outside the pool {Inspection.OneLine(dag.Pool!.ToString())}",
                    Inspection.OneLine(dag.GpusOf(node)!.Except(dag.Pool!).ToString()));
        }

        GpuSet all = GpuSet.UnionAll(seen);
        string where = dag.Pool is null
            ? "; the graph does not tell its pool"
            : $", inside the pool {Inspection.OneLine(dag.Pool.ToString())}";
        return inspection.Conclude(
            $"{Words.Count(dag.NodeCount, "node")} name their GPUs, {LayerBlocks.Number(all.Count)} in all "
                + $"({Inspection.OneLine(all.ToString())}){where}");
    }

    /// <summary>Names the fault of a node that names no GPUs, or whose label has words in place of their numbers.</summary>
    private static void CheckWording(Inspection inspection, int node, bool missing)
    {
        NodeFacts facts = inspection.Dag.FactsOf(node);
        if (facts.Drawing?.Label is not string label)
        {
            if (missing)
                inspection.NodeFault(node, "without GPUs");
            return;
        }

        Match vague = Vague().Match(label);
        if (!missing && !vague.Success)
            return;
        GpuReading reading = GpuText.Read(label, moves: facts.Kind == NodeKind.Communication);
        if (reading.Speech == GpuSpeech.Unread && missing)
            inspection.NodeFault(node, "whose GPUs cannot be read to the end", Inspection.OneLine(reading.Phrase));
        else if (vague.Success && reading.Speech != GpuSpeech.Named)
            inspection.NodeFault(node, "with vague wording in place of GPU numbers", Inspection.OneLine(vague.Value));
        else if (missing && !(facts.Kind is NodeKind.Input or NodeKind.Output && Host().IsMatch(reading.Phrase)))
            inspection.NodeFault(node, "without GPUs", reading.Speech == GpuSpeech.Words ? Inspection.OneLine(reading.Phrase) : null);
    }

    // Tokens enter from and leave to a machine's processor.
    [GeneratedRegex(@"\b(?:host|cpu)\b", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Host();

    // "all GPUs", "every GPU", "GPUs: all", "GPU: *", "GPUs: TBD"; the "all" of All-Reduce and All-to-All does not count.
    [GeneratedRegex(
        @"(?<![\w-]|\bto[ -])(all|every|each|any|some|several|multiple|various|entire|remaining|other)[ _-]"
            + @"(the[ _-]|available[ _-])?([0-9]+[ _-])?(gpus?|devices?|ranks?|accelerators?)\b"
            + @"|\b(gpus?|devices?)[ ]?[:=][ ]?(all|every|each|any|some|several|multiple|various|entire|many"
            + @"|tbd|n/?a|none|unknown|\*|\?|\.\.\.)(?![\w-])",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Vague();
}
