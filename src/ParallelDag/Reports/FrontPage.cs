using ParallelDag.Lowering;
using ParallelDag.Pictures;
using ParallelDag.Pictures.Facts;
using ParallelDag.Plans;
using ParallelDag.Serving;
using ParallelDag.Simulation;
using ParallelDag.Units;
using ParallelDag.Wording;

namespace ParallelDag.Reports;

/// <summary>
/// What the person reads who approves a plan: eight facts (what runs, on what, how, how fast, how full), then what to change before it is
/// approved. The verdict stands above it, the pictures below.
/// </summary>
internal static class FrontPage
{
    /// <summary>Beyond so many Device nodes times are those of stages, without a simulation of every GPU.</summary>
    private const long MostNodes = 300_000;

    public static void Write(
        Page page, DeploymentPlan plan, PlanDescription description, CheckReport checks, CancellationToken cancellation)
    {
        PlanTiming? timing = SizeEstimate.OfDeviceGraph(plan, [.. plan.Phases]).Nodes > MostNodes ? null
            : PlanTimer.Measure(plan, cancellation: cancellation);
        page.Table(["", ""], Facts(plan, description, timing).Select(fact => new[] { $"**{fact.Name}**", Markdown.Text(fact.Value) }));
        Warning[] warnings = [.. PlanWarnings.Of(plan, description, checks, timing)];
        page.Line("## Warnings");
        if (warnings.Length == 0)
            page.Line("None: it fits, every rule holds, and nothing that costs nothing would make it faster by 2 % or more.");
        page.Bullets(warnings.GroupBy(warning => warning with { Phase = null }).Select(alike =>
        {
            string phases = string.Join(" and ", alike.Select(warning => warning.Phase?.ToName()).OfType<string>());
            string title = phases.Length == 0 ? alike.Key.Title : $"{alike.Key.Title} ({phases})";
            return $"**{Markdown.Text(title)}**: {Markdown.Text(alike.Key.Evidence)}. *Remedy*: {Markdown.Text(alike.Key.Remedy)}.";
        }));
    }

    private static IEnumerable<(string Name, string Value)> Facts(DeploymentPlan plan, PlanDescription description, PlanTiming? timing)
    {
        ModelDescription model = description.Model;
        string active = model.ActiveParameters == model.TotalParameters ? ""
            : $", {Quantity.FormatCount(model.ActiveParameters)} of them active for a token";
        yield return ("Model", Words.Invariant($"{Quantity.FormatCount(model.TotalParameters)} parameters{active}; ")
            + Words.Invariant($"{Words.Count(plan.Model.Layers.Count, "layer")} of {plan.Model.Hidden} channels"));
        yield return ("Weights and cache", $"{Quantity.FormatBytes(model.WeightBytes)} of weights, "
            + $"{Quantity.FormatBytes(model.KvCacheBytesPerToken)} of cache a token"
            + (model.StateBytesPerSequence > 0 ? $", {Quantity.FormatBytes(model.StateBytesPerSequence)} of state a sequence" : ""));
        yield return ("GPUs", $"{Heading.Hardware(plan)}, {Words.Number(plan.UsedGpus)} of them in use, "
            + $"{Quantity.FormatBytes(plan.Cluster.CapacityBytes)} each without the reserve");
        yield return ("Links", Words.Invariant($"{plan.Cluster.LinkOf(LinkLevel.Domain).Bandwidth / 1e9:0.#} GB/s a GPU in a domain of ")
            + Words.Invariant($"{plan.Cluster.Domain}, {plan.Cluster.LinkOf(LinkLevel.Network).Bandwidth / 1e9:0.#} GB/s between nodes"));
        IEnumerable<string> batches =
            plan.Phases.Select(layout => $"{Words.Count(layout.Sequences, "sequence")} in {layout.Id.ToName()}");
        string own = plan.Phases.All(layout => layout.Sequences == plan.Workload.Batch) ? "" : $" ({string.Join(", ", batches)})";
        yield return ("Workload", Heading.Workload(plan) + own);
        yield return ("Strategy", string.Join("; ", plan.Phases.Select(layout => Heading.Phase(layout))));
        yield return ("Speed", timing is null ? Estimate(description) : Speed(timing));
        yield return ("Memory", string.Join("; ", description.Phases.Select(Memory)));
    }

    private static string Speed(PlanTiming timing)
    {
        var parts = new List<string>();
        if (timing.Serving.Ttft is double ttft)
            parts.Add($"first token after {Amount.Seconds(ttft)}");
        if (timing.Serving.Tpot is double tpot)
            parts.Add($"then one every {Amount.Seconds(tpot)}");
        if (timing.Serving.TokensPerSecondPerGpu is double rate)
            parts.Add(Words.Invariant($"{rate:0.#} tokens a second and GPU"));
        foreach (Timing phase in timing.Phases.Where(phase => phase.Part is not null))
            parts.Add($"GPUs compute {Amount.Share(phase.Utilisation)} of {phase.Part!.Value.ToName()}");
        return $"{string.Join(", ", parts)} ({timing.Accuracy})";
    }

    /// <summary>Of plans that are too large to simulate here.</summary>
    private static string Estimate(PlanDescription description) => string.Join("; ", description.Phases.Select(phase =>
        $"{phase.Layout.Id.ToName()}: {Amount.Seconds(phase.StageSeconds.Max())} for a micro-batch in the slowest of "
        + $"{Words.Count(phase.StageSeconds.Count, "stage")}"));

    private static string Memory(PhaseDescription phase)
    {
        DagMemory fullest = phase.Memory.MaxBy(memory => memory.UnionBytes)!;
        string room = phase.SequencesThatFit is int fit ? $", room for {Words.Count(fit, "sequence")}" : "";
        return Words.Invariant($"{phase.Layout.Id.ToName()} {Quantity.FormatBytes(fullest.UnionBytes)} of ")
            + $"{Quantity.FormatBytes(fullest.CapacityBytes)} on the fullest GPU (stage {Words.Number(fullest.Stage)}){room}";
    }
}
