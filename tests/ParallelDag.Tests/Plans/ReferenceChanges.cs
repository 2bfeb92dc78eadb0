using ParallelDag.Tests.Support;

namespace ParallelDag.Tests.Plans;

/// <summary>The reference plan, which is accepted, and changes of a part of it.</summary>
internal static class ReferenceChanges
{
    public static PlanSpec Good => TestPlans.Reference;

    public static PlanSpec Prefill(Func<PhaseStrategy, PhaseStrategy> change) => Good with { Prefill = change(Good.Prefill!) };

    public static PlanSpec Decode(Func<PhaseStrategy, PhaseStrategy> change) => Good with { Decode = change(Good.Decode!) };

    public static PlanSpec Workload(Func<WorkloadSpec, WorkloadSpec> change) => Good with { Workload = change(Good.Workload) };
}
