using ParallelDag.Operators;
using ParallelDag.Plans;
using ParallelDag.Strategies;
using ParallelDag.Tensors;

namespace ParallelDag.Pictures.Facts;

/// <summary>Messages that one group of GPUs exchanges, again and again, in one step of a phase (all its layers and
/// micro-batches).</summary>
/// <param name="Layout">The phase; of a hand-off prefill.</param>
/// <param name="Stage">The stage, from 1; of a message to the next stage the sender's.</param>
/// <param name="Step">The collective; null between stages and phases.</param>
/// <param name="Kind">Data within a stage, pipeline or KV.</param>
/// <param name="Gpus">The members; between stages and phases sender and receiver.</param>
/// <param name="Traffic">Of one time.</param>
/// <param name="Times">How often: layers times micro-batches.</param>
internal sealed record Exchange(
    PhaseLayout Layout, int Stage, OperatorStep? Step, EdgeKind Kind, int[] Gpus, Traffic Traffic, long Times)
{
    /// <summary>What one member sends over the network each time, where that does not follow from its traffic; else null.</summary>
    public double? NetworkBytes { get; init; }

    /// <summary>Bytes on the wire in one step of the phase.</summary>
    public Int128 WireBytes => (Int128)Traffic.WireBytes * Times;

    /// <summary>
    /// The share of its bytes that leaves a run of <paramref name="unit"/> GPUs (a node or a domain). An All-to-All spreads evenly over
    /// the pairs of a group; gathers and reductions go round a
    /// ring in the order of the group, as the ring model of times has them.
    /// </summary>
    public double CrossingShare(int unit)
    {
        int n = Gpus.Length;
        if (n < 2)
            return 0;
        if (Step is null)
            return Gpus[0] / unit == Gpus[1] / unit ? 0 : 1;
        if (Step.Collective != CollectiveKind.AllToAll)
            return (double)Enumerable.Range(0, n).Count(i => Gpus[i] / unit != Gpus[(i + 1) % n] / unit) / n;
        double inside = Gpus.GroupBy(gpu => gpu / unit).Sum(node => (double)node.Count() * (node.Count() - 1));
        return 1 - (inside / ((double)n * (n - 1)));
    }

    /// <summary>Every exchange of a plan: collectives, then messages between stages, then the hand-off. Nothing is stored.</summary>
    public static IEnumerable<Exchange> Of(DeploymentPlan plan) =>
        plan.Phases.SelectMany(layout => Collectives(plan, layout).Concat(Pipeline(plan, layout))).Concat(HandOff(plan));

    private static IEnumerable<Exchange> Collectives(DeploymentPlan plan, PhaseLayout layout)
    {
        foreach ((PhaseSections sections, int passes, bool ends) in Passes(plan, layout))
        {
            foreach (DagStage stage in layout.Stages)
            {
                int[] gpus = layout.StageGpus[stage.Index - 1];
                foreach ((OperatorProgram program, int layers) in sections.OfStage(stage, ends))
                {
                    foreach (OperatorStep step in program.Steps.Where(step => step.Collective != CollectiveKind.None
                        && step.Traffic is not null))
                    {
                        foreach (int[] group in step.Mesh.Groups([.. step.GroupAxes]))
                        {
                            Traffic traffic = step.Traffic!.Of(group);
                            int[] members = [.. group.Select(rank => gpus[rank])];
                            yield return new Exchange(layout, stage.Index, step, EdgeKind.Data, members, traffic,
                                (long)layers * passes)
                            {
                                NetworkBytes = step.Traffic.NetworkBytesOfMember(group, rank => plan.Cluster.IslandOf(gpus[rank])),
                            };
                        }
                    }
                }
            }
        }
    }

    private static IEnumerable<Exchange> Pipeline(DeploymentPlan plan, PhaseLayout layout)
    {
        foreach ((PhaseSections sections, int passes, _) in Passes(plan, layout))
        {
            ITensor message = sections.Context.Message;
            for (int stage = 1; stage < layout.Stages.Count; stage++)
            {
                int[] from = layout.StageGpus[stage - 1], to = layout.StageGpus[stage];
                for (int rank = 0; rank < from.Length; rank++)
                {
                    long bytes = message.LocalBytes(rank);
                    yield return new Exchange(
                        layout, stage, null, EdgeKind.Pipeline, [from[rank], to[rank]], new Traffic(bytes, bytes), passes);
                }
            }
        }
    }

    private static IEnumerable<Exchange> HandOff(DeploymentPlan plan)
    {
        foreach (HandedSets sets in HandedSets.Of(plan))
        {
            var reshards = new LayerReshards(sets);
            foreach (IGrouping<(int Kind, int From, int To), int> layers in
                Enumerable.Range(1, plan.Model.Layers.Count).GroupBy(reshards.KeyOf))
            {
                foreach (KvReceiver receiver in reshards[layers.First()].Receivers)
                {
                    foreach (IGrouping<int, KvRoute> holder in receiver.Routes.Where(route => route.Gpu != receiver.Gpu)
                        .GroupBy(route => route.Gpu))
                    {
                        long bytes = holder.Sum(route => route.Bytes);
                        yield return new Exchange(sets.Prefill, layers.Key.From, null, EdgeKind.Kv, [holder.Key, receiver.Gpu],
                            new Traffic(bytes, bytes), layers.Count());
                    }
                }
            }
        }
    }

    /// <summary>Passes of one size share their programs.</summary>
    private static IEnumerable<(PhaseSections Sections, int Passes, bool Ends)> Passes(DeploymentPlan plan, PhaseLayout layout) =>
        layout.Passes.GroupBy(pass => (pass.Sequences, pass.Start, pass.Length, pass.Ends))
        .Select(alike => (plan.Sections(layout, alike.First()), alike.Count(), alike.Key.Ends));
}
