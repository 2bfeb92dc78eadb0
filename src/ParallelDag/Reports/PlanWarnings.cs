using ParallelDag.Pictures;
using ParallelDag.Pictures.Facts;
using ParallelDag.Plans;
using ParallelDag.Serving;
using ParallelDag.Units;
using ParallelDag.Wording;

namespace ParallelDag.Reports;

/// <summary>Something that whoever approves a plan should know, and what would change it.</summary>
/// <param name="Title">What it is, in some words.</param>
/// <param name="Evidence">The numbers.</param>
/// <param name="Remedy">What to change.</param>
/// <param name="Phase">The phase that it is about; null for the whole plan.</param>
internal sealed record Warning(string Title, string Evidence, string Remedy, PhaseId? Phase = null);

/// <summary>The warnings of a plan: what breaks it first, then what costs most.</summary>
internal static class PlanWarnings
{
    /// <summary>From this share of a stage's time on, groups that leave their node are told.</summary>
    private const double MuchOfStage = 0.1;

    /// <summary>From this share of the ideal time on, a pipeline's bubble is told.</summary>
    private const double MuchBubble = 0.5;

    /// <summary>From this share of the capacity on, memory is called tight; below the other one, idle.</summary>
    private const double Tight = 0.9, Idle = 0.1;

    /// <summary>From this load of the fullest rank over the mean on, experts are called uneven.</summary>
    private const double Uneven = 1.15;

    public static IEnumerable<Warning> Of(DeploymentPlan plan, PlanDescription description, CheckReport checks, PlanTiming? timing)
    {
        string? change = description.CheapChange?.Value;
        IReadOnlyList<Conversation> talks = Conversation.Of(plan);
        return
        [
            .. checks.Failures.Select(failure => new Warning($"{failure.Id} {failure.Title}", failure.Evidence, RemedyOf(failure.Id))),
            .. change is null ? Array.Empty<Warning>()
                : [new Warning("Time given away", "the same GPUs, cut as often, would be faster by the time model", change)],
            .. plan.Phases.SelectMany(layout => Crossings(plan.Cluster, description, layout, talks, change)),
            .. description.Phases.SelectMany(Bubble),
            .. description.Phases.SelectMany(Memory),
            .. description.Phases.SelectMany(Experts),
            .. Transfer(timing),
            .. Twice(description.Pool),
            .. IdleGpus(plan),
        ];
    }

    private static string RemedyOf(string rule) => rule switch
    {
        "PD013" => "a higher tp, pp or ep, a smaller batch or prompt, or a format of fewer bits; search with the model and the GPUs finds "
            + "strategies that fit",
        "PD019" or "PD020" or "PD021" => "wider limits, or a strategy that search finds for these",
        _ => "the evidence names the nodes; the page and the pictures mark them in red",
    };

    /// <summary>Groups that are small enough for a node and leave it all the same.</summary>
    private static IEnumerable<Warning> Crossings(
        ClusterSpec cluster, PlanDescription description, PhaseLayout layout, IReadOnlyList<Conversation> talks, string? change)
    {
        double stage = description.Phases.First(phase => phase.Layout.Id == layout.Id).StageSeconds.Max() * layout.Passes.Count;
        int unit = NodeUnit.Size(cluster);
        foreach (Conversation talk in talks.Where(talk => talk.Phase == layout.Id && talk.Kind == EdgeKind.Data
            && talk.Crosses && talk.GroupSize <= unit && stage > 0 && talk.Seconds >= MuchOfStage * stage))
        {
            string noun = NodeUnit.Noun(cluster);
            yield return new Warning(
                $"{talk.Title} leaves its {noun}",
                $"{talk.GroupTexts[0]}: one {NodeUnit.Where(cluster, talk.Widest)} though {Words.Number(talk.GroupSize)} GPUs have "
                    + $"room in one, and {Amount.Seconds(talk.Seconds)} ({Amount.Share(talk.Seconds / stage)}) of the slowest stage go "
                    + "there",
                change?.Contains("order", StringComparison.Ordinal) == true ? $"the order above, which keeps more of it in a {noun}"
                    : $"an order that puts {talk.Axes} further in, where that gains more than it costs other axes; else smaller degrees of "
                        + "the axes inside it",
                layout.Id);
        }
    }

    private static IEnumerable<Warning> Bubble(PhaseDescription phase)
    {
        int stages = phase.Layout.Stages.Count, parts = phase.Layout.Passes.Count;
        if (stages < 2 || phase.PipelineBubble < MuchBubble)
            yield break;
        double idle = phase.PipelineBubble / (1 + phase.PipelineBubble);
        yield return new Warning(
            "The pipeline waits",
            Words.Invariant($"with {Words.Count(parts, "micro-batch")} through {stages} stages GPUs stand idle ")
                + $"{Amount.Share(idle)} of the time",
            Words.Invariant($"more micro-batches (microBatches: {4 * (stages - 1)} would bring that to 20 %), ")
                + "several batches in flight, or a smaller pp",
            phase.Layout.Id);
    }

    private static IEnumerable<Warning> Memory(PhaseDescription phase)
    {
        DagMemory fullest = phase.Memory.MaxBy(memory => (double)memory.UnionBytes / memory.CapacityBytes)!;
        double share = (double)fullest.UnionBytes / fullest.CapacityBytes;
        string evidence = $"{Quantity.FormatBytes(fullest.UnionBytes)} of {Quantity.FormatBytes(fullest.CapacityBytes)} on the fullest GPU";
        if (share is >= Tight and <= 1)
        {
            yield return new Warning("Memory is tight", $"{evidence}, {Amount.Share(share)}",
                "a smaller batch or prompt, a higher degree, or a smaller memoryReserve where the engine allows it", phase.Layout.Id);
        }
        else if (share < Idle)
        {
            yield return new Warning("Memory is hardly used", $"{evidence}, {Amount.Share(share)}",
                "a larger batch, or fewer GPUs, unless they are there for their speed", phase.Layout.Id);
        }
    }

    private static IEnumerable<Warning> Experts(PhaseDescription phase)
    {
        if (phase.ExpertImbalanceAfter is not double load || load < Uneven || phase.Layout.Strategy.Ep < 2)
            yield break;
        yield return new Warning(
            "Experts are unevenly loaded",
            Words.Invariant($"the fullest rank has {load:0.##} times the mean load as placed"),
            "redundantExperts, so that busy experts are held twice, or a smaller ep",
            phase.Layout.Id);
    }

    private static IEnumerable<Warning> Transfer(PlanTiming? timing)
    {
        if (timing?.Serving is not { ExposedTransfer: double exposed, Ttft: double ttft } || exposed < MuchOfStage * ttft)
            yield break;
        yield return new Warning(
            "The hand-off of the cache shows",
            $"{Amount.Seconds(exposed)} of it are not hidden behind prefill's {Amount.Seconds(ttft)}",
            "phases whose layouts agree, a cache of fewer bits, or faster links between the pools");
    }

    private static IEnumerable<Warning> Twice(PoolUse? pool)
    {
        if (pool is not { TwiceWeightBytes: > 0 })
            yield break;
        yield return new Warning(
            "Weights are held twice",
            $"{Quantity.FormatBytes(pool.TwiceWeightBytes)} on GPUs that run both phases",
            pool.Differences.Count == 0 ? "a unified pool" : $"phases that agree in {string.Join("; ", pool.Differences)}");
    }

    private static IEnumerable<Warning> IdleGpus(DeploymentPlan plan)
    {
        int idle = plan.Cluster.Gpus - plan.UsedGpus;
        if (idle > 0)
        {
            yield return new Warning(
                "GPUs stand idle",
                $"{Words.Number(idle)} of {Words.Count(plan.Cluster.Gpus, "GPU")} run neither phase",
                "a higher dp, more replicas, or a cluster of fewer GPUs");
        }
    }
}
