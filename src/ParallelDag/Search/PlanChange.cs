using ParallelDag.Meshes;
using ParallelDag.Plans;
using ParallelDag.Strategies;
using ParallelDag.Wording;

namespace ParallelDag.Search;

/// <summary>One change of a plan.</summary>
/// <param name="Keys">The keys that it changes, as plans call them.</param>
/// <param name="Text">The change as a plan says it: <c>prefill order [tp, ep, sp, dp, pp]</c>.</param>
/// <param name="Spec">The plan with it.</param>
/// <param name="IsCheap">True where no degree changes: the same GPUs hold the same model, cut as often.</param>
internal sealed record PlanChange(IReadOnlyList<string> Keys, string Text, PlanSpec Spec, bool IsCheap)
{
    /// <summary>The keys that changes touch.</summary>
    public static IReadOnlyList<string> AllKeys { get; } =
        ["tp", "pp", "sp", "dp", "ep", "order", "attentionOutput", "dispatch", "pipelineMessage", "balance", "microBatches"];

    private static readonly string[][] Orders =
    [
        ["tp", "ep", "sp", "dp", "pp"], ["tp", "sp", "dp", "ep", "pp"], ["tp", "ep", "dp", "sp", "pp"], ["tp", "dp", "sp", "ep", "pp"],
        ["tp", "dp", "ep", "sp", "pp"], ["tp", "sp", "ep", "dp", "pp"], ["sp", "tp", "ep", "dp", "pp"], ["ep", "tp", "sp", "dp", "pp"],
        ["ep", "sp", "tp", "dp", "pp"], ["sp", "ep", "tp", "dp", "pp"],
    ];

    /// <summary>The changes of a plan, one step each: of a phase, or of both where they share weights.</summary>
    public static IEnumerable<PlanChange> Of(DeploymentPlan plan)
    {
        PlanSpec spec = plan.GetSpec();
        if (plan.SharesWeights)
        {
            foreach (Step step in Steps(spec, spec.Prefill!))
            {
                bool decodeToo = !step.Keys.Contains("sp") && !step.Keys.Contains("microBatches");
                yield return new PlanChange(step.Keys, decodeToo ? step.Text : $"prefill {step.Text}", spec with
                {
                    Prefill = step.Of(spec.Prefill!), Decode = decodeToo ? step.Of(spec.Decode!) : spec.Decode,
                }, step.IsCheap);
            }

            yield break;
        }

        foreach ((PhaseId id, PhaseStrategy own) in InstanceSets.Of(spec.Prefill, spec.Decode))
        {
            foreach (Step step in Steps(spec, own))
            {
                PlanSpec changed = id.Kind == PhaseKind.Prefill
                    ? spec with { Prefill = InstanceSets.With(spec.Prefill!, Math.Max(0, id.Set - 1), step.Of(own)) }
                    : spec with { Decode = InstanceSets.With(spec.Decode!, Math.Max(0, id.Set - 1), step.Of(own)) };
                yield return new PlanChange(step.Keys, $"{id.ToName()} {step.Text}", changed, step.IsCheap);
            }
        }
    }

    private static IEnumerable<Step> Steps(PlanSpec spec, PhaseStrategy own)
    {
        foreach (string[] order in Orders.Where(order => !order.SequenceEqual(own.Order) && Differs(own, order)))
            yield return new(["order"], $"order [{string.Join(", ", order)}]", strategy => strategy with { Order = [.. order] }, true);
        foreach (AttentionOutput output in Enum.GetValues<AttentionOutput>().Where(output => own.Tp > 1 && output != own.AttentionOutput))
        {
            yield return new(["attentionOutput"], $"attentionOutput {Words.CamelCase(output.ToString())}",
                strategy => strategy with { AttentionOutput = output }, true);
        }

        foreach (ExpertDispatch dispatch in Enum.GetValues<ExpertDispatch>().Where(dispatch => own.Ep > 1 && dispatch != own.Dispatch))
        {
            yield return new(["dispatch"], $"dispatch {Words.CamelCase(dispatch.ToString())}",
                strategy => strategy with { Dispatch = dispatch }, true);
        }

        if (own.Pp > 1 && own.Tp > 1 && own.PipelineMessage == PipelineMessage.Whole)
        {
            yield return new(["pipelineMessage"], "pipelineMessage scattered",
                strategy => strategy with { PipelineMessage = PipelineMessage.Scattered }, true);
        }

        if (own.Pp > 1 && !own.Balance && own.LayersPerStage is null)
            yield return new(["balance"], "balance true", strategy => strategy with { Balance = true }, true);
        int parts = own.MicroBatches ?? spec.Workload.MicroBatches;
        foreach (int other in new[] { 1, own.Pp, 2 * own.Pp }.Distinct().Where(other => own.Pp > 1 && other != parts))
        {
            yield return new(["microBatches"], Words.Invariant($"microBatches {other}"),
                strategy => strategy with { MicroBatches = other }, true);
        }

        foreach (Step move in Moves(own))
            yield return move;
    }

    /// <summary>A factor from one degree to another.</summary>
    private static IEnumerable<Step> Moves(PhaseStrategy own)
    {
        Axis[] axes = own.ExpertParallel == ExpertParallelMode.Dedicated ? [Axis.Tp, Axis.Pp, Axis.Sp, Axis.Dp, Axis.Ep]
            : [Axis.Tp, Axis.Pp, Axis.Sp, Axis.Dp];
        foreach (Axis from in axes)
        {
            int degree = DegreeOf(own, from);
            int factor = Enumerable.Range(2, Math.Max(0, degree - 1)).FirstOrDefault(divisor => degree % divisor == 0);
            foreach (Axis to in factor == 0 ? [] : axes.Where(axis => axis != from))
            {
                string text = Words.Invariant(
                    $"{from.ToName()} {degree / factor}, {to.ToName()} {DegreeOf(own, to) * factor}");
                yield return new([from.ToName(), to.ToName()], text, strategy => With(
                    With(strategy, from, DegreeOf(strategy, from) / factor), to, DegreeOf(strategy, to) * factor), false);
            }
        }
    }

    private static int DegreeOf(PhaseStrategy strategy, Axis axis) => axis switch
    {
        Axis.Tp => strategy.Tp, Axis.Pp => strategy.Pp, Axis.Sp => strategy.Sp, Axis.Dp => strategy.Dp, _ => strategy.Ep,
    };

    private static PhaseStrategy With(PhaseStrategy strategy, Axis axis, int degree) => axis switch
    {
        Axis.Tp => strategy with { Tp = degree },
        Axis.Pp => strategy with { Pp = degree, LayersPerStage = null },
        Axis.Sp => strategy with { Sp = degree },
        Axis.Dp => strategy with { Dp = degree },
        _ => strategy with { Ep = degree },
    };

    /// <summary>True where axes with more than one rank come in another order.</summary>
    private static bool Differs(PhaseStrategy own, string[] order)
    {
        return !Split(own.Order).SequenceEqual(Split(order));

        IEnumerable<string> Split(IEnumerable<string> names) => names.Where(name => name switch
        {
            "tp" => own.Tp > 1,
            "sp" => own.Sp > 1,
            "ep" => own.Ep > 1 && own.ExpertParallel == ExpertParallelMode.Dedicated,
            "dp" => own.Dp > 1,
            _ => own.Pp > 1,
        });
    }

    /// <summary>A change of one phase's strategy.</summary>
    private sealed record Step(string[] Keys, string Text, Func<PhaseStrategy, PhaseStrategy> Of, bool IsCheap);
}
