using ParallelDag.Durations;

namespace ParallelDag;

/// <summary>What programs read of a plan beside what people see; no properties of its own, as with <see cref="DagExtensions"/>.</summary>
public static class DeploymentPlanExtensions
{
    extension(DeploymentPlan plan)
    {
        /// <summary>The parts that the plan was made of.</summary>
        public PlanSpec Spec => plan.GetSpec();

        /// <summary>How long operators and collectives take.</summary>
        public TimeModel TimeModel => plan.GetTimeModel();
    }
}
