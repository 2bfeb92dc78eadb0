using ParallelDag.Meshes;
using ParallelDag.Wording;

namespace ParallelDag.Plans;

/// <summary>Limits that no plan could keep, or that speak of what this plan does not have.</summary>
internal static class LimitRules
{
    /// <summary>Every fault of the limits of a plan.</summary>
    public static IEnumerable<PlanFault> Faults(PlanSpec spec, bool hasPhases = true)
    {
        if (spec.Limits is not LimitsSpec limits)
            return [];
        var faults = new List<PlanFault>();
        Time("ttft", limits.Ttft, spec.Prefill, "prefill, at whose end the first token is there");
        Time("tpot", limits.Tpot, spec.Decode, "decode, whose step makes the further tokens");
        Rate("outputThroughput", limits.OutputThroughput);
        Rate("totalThroughput", limits.TotalThroughput);
        Share("communicationShare", limits.CommunicationShare);
        Share("bubble", limits.Bubble);
        if (limits.ExpertImbalance is double imbalance)
        {
            if (!(imbalance >= 1) || !double.IsFinite(imbalance))
                Fault("expertImbalance", $"{imbalance} is below 1, which is an even load; give 1 or more, such as 1.2");
            else if (spec.Model.Experts is null)
                Fault("expertImbalance", $"the model has no experts; leave the key out");
        }

        Axes(limits.CrossNode);
        return faults;

        void Fault(string key, InvariantText message) =>
            faults.Add(new PlanFault($"limits.{key}", Words.Invariant(message)));

        void Time(string key, double? seconds, PhaseStrategy? phase, string needed)
        {
            if (seconds is not double value)
                return;
            if (!(value > 0) || !double.IsFinite(value))
                Fault(key, $"a limit of {value} s cannot be kept; give a time above 0");
            else if (phase is null && hasPhases)
                Fault(key, $"the plan has no {needed}; leave the key out");
        }

        void Rate(string key, double? rate)
        {
            if (rate is not double value)
                return;
            if (!(value > 0) || !double.IsFinite(value))
                Fault(key, $"{value} tokens a second and GPU are kept by every plan or none; give a rate above 0");
            else if (spec.Decode is null && hasPhases)
                Fault(key, $"the plan has no decode, which makes the tokens; leave the key out");
        }

        void Share(string key, double? share)
        {
            if (share is double value && !(value is >= 0 and <= 1))
                Fault(key, $"{value} is no share of a time; give 0 % to 100 %");
        }

        void Axes(IReadOnlyList<string>? axes)
        {
            if (axes is null)
                return;
            if (axes.Count == 0)
                Fault("crossNode", $"the list is empty; give axes that must not leave a node, such as [tp, ep], or leave the key out");
            foreach (string name in axes)
            {
                if (!Meshes.Axes.TryParse(name, out Axis axis))
                    Fault("crossNode", $"'{name}' is no axis; give some of tp, sp, ep, dp, pp, etp, edp");
                else if (axis is Axis.Etp or Axis.Edp && hasPhases && !IsFolded(spec.Prefill) && !IsFolded(spec.Decode))
                    Fault("crossNode", $"{name} is an axis of expertParallel: folded alone; leave it out");
            }

            if (axes.Distinct().Count() != axes.Count)
                Fault("crossNode", $"[{string.Join(", ", axes)}] names an axis twice; name each once");
        }
    }

    private static bool IsFolded(PhaseStrategy? phase) => phase?.Sets.Any(set => set.ExpertParallel == ExpertParallelMode.Folded) == true;
}
