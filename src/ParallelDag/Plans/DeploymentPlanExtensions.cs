namespace ParallelDag;

/// <summary>What programs read of a plan beside what people see; no properties of its own, as with <see cref="DagExtensions"/>.</summary>
public static class DeploymentPlanExtensions
{
    extension(DeploymentPlan plan)
    {
        /// <summary>The parts that the plan was made of.</summary>
        public PlanSpec Spec => plan.GetSpec();

        /// <summary>Where prefill runs, or null when the plan has no prefill.</summary>
        public PhaseLayout? PrefillLayout => plan.Layout(PhaseKind.Prefill);

        /// <summary>Where decode runs, or null when the plan has no decode.</summary>
        public PhaseLayout? DecodeLayout => plan.Layout(PhaseKind.Decode);
    }
}
