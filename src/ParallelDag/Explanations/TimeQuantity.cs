using ParallelDag.Durations;
using ParallelDag.Formulas;
using ParallelDag.Graphs;
using ParallelDag.Precisions;
using ParallelDag.Wording;

namespace ParallelDag.Explanations;

/// <summary>The time of a node by the plan's model.</summary>
internal static class TimeQuantity
{
    /// <summary>The seconds term by term; null for what takes none.</summary>
    public static ExplainedQuantity? Of(TimeModel model, DagNode node)
    {
        NodeFacts facts = node.Facts;
        if (facts.Time is not null || node.Seconds is not double seconds || seconds == 0)
            return null;
        return facts.Collective == CollectiveKind.None ? Kernel(model, facts, seconds) : Message(model, node, seconds);
    }

    private static ExplainedQuantity Kernel(TimeModel model, NodeFacts facts, double seconds)
    {
        PeakRate rate = facts.Rate ?? PeakRate.Bits16;
        KernelRates rates = model.RatesOf(facts.Kernel, rate);
        KernelEfficiency used = model.Device.Kernel(facts.Kernel, model.EffectiveRate(rate));
        Term work = rates.Work<Term>((double)facts.Flops / Math.Max(1, facts.Members), facts.HbmBytes, facts.Extent);
        string peak = used.Kernel == KernelClass.Elementwise ? "operations do not count"
            : Words.Invariant($"P {model.Cluster.Gpu.PeakFlops(rate) / 1e12:0.#} TFLOPS, ec {used.Compute:0.###}");
        string error = used.IsGuess ? "a guess" : Words.Invariant($"mean error {used.Error:0.#%}");
        return new ExplainedQuantity("time", "s", (decimal)seconds,
            [ExplainedTerm.OfSeconds("the longer of operations and bytes", work), ExplainedTerm.OfSeconds("t0, a launch in it",
                Term.Real(rates.Latency, "t0"))],
            $"roofline max(F/(P x ec), M/(BW x em)) + t0 of {KernelNames.Of(facts.Kernel, rate)}: {peak}, "
                + Words.Invariant($"BW {model.Cluster.Gpu.MemoryBandwidth / 1e12:0.##} TB/s, em {used.Memory:0.###}"),
            $"Williams et al., CACM 52, 2009; {(used.Source.Length > 0 ? used.Source : "the plan's own numbers")} ({error})");
    }

    private static ExplainedQuantity Message(TimeModel model, DagNode node, double seconds)
    {
        NodeFacts facts = node.Facts;
        (double size, bool launches) = TimeModel.MessageOf(facts);
        GroupSpan span = node.GetDag().SpanOf(node.Index) ?? model.Cluster.SpanOf(node.Gpus!);
        (Term latency, Term link) = model.Collectives.Parts<Term>(facts.Collective, span, size);
        List<ExplainedTerm> terms = [ExplainedTerm.OfSeconds("latency", latency), ExplainedTerm.OfSeconds("S over links", link)];
        if (launches && model.LaunchSeconds > 0)
            terms.Add(ExplainedTerm.OfSeconds("launch", Term.Real(model.LaunchSeconds, "launch")));
        CollectiveLine? line = model.Collectives.LineOf(facts.Collective, span, size);
        bool network = line is null && span.Level == LinkLevel.Network && model.Device.Lines.Count > 0;
        string by = network ? "what the network costs however little is sent, and the busier of the links"
            : line is null ? "latency and bandwidth of the slowest link" : $"the quickest line of the device, {line.Implementation}";
        string source = network ? "docs/accuracy.md" : line is null ? "ring and alpha-beta models (Thakur et al., 2005)"
            : $"{line.Source} ({(line.IsGuess ? "a guess" : Words.Invariant($"mean error {line.Error:0.#%}"))})";
        return new ExplainedQuantity("time", "s", (decimal)seconds, terms, $"{by}; the group spans {span}", source);
    }
}
